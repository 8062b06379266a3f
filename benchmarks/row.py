"""A row of the table: what was measured here and there, and whether the floor is met.

Pure. `ratio` always says how many times better ours is, be it faster, smaller or more accurate, so
that every floor is a least value.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; `peer`, `ratio` and `met` are None where there was nothing to compare."""

    figure: str
    measured: str
    unit: str
    ours: float | None
    peer_name: str
    peer: float | None = None
    ratio: float | None = None
    floor: float | None = None
    met: bool | None = None
    note: str = ""

    def summary(self) -> dict[str, Any]:
        """The row, ready for JSON; figures with four digits that count."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: _rounded(value) for name, value in values.items()}


def less_is_better(
    figure: str, measured: str, unit: str, *, ours: float, peer_name: str, peer: float, **rest: Any
) -> Row:
    """Compare seconds or bytes: the ratio is the peer's over ours."""
    return _judged(figure, measured, unit, ours, peer_name, peer, peer / ours, **rest)


def more_is_better(
    figure: str, measured: str, unit: str, *, ours: float, peer_name: str, peer: float, **rest: Any
) -> Row:
    """Compare rates or scores: the ratio is ours over the peer's."""
    return _judged(figure, measured, unit, ours, peer_name, peer, ours / peer, **rest)


def none_allowed(figure: str, measured: str, peer_name: str, *, found: int, among: int) -> Row:
    """Count what must not be there at all."""
    note = f"of {among:,}; must be 0"
    return Row(figure, measured, "differ", found, peer_name, met=found == 0, note=note)


def not_measured(figure: str, measured: str, peer_name: str, why: str) -> Row:
    """Keep the row of a peer that is not here, with the reason."""
    return Row(figure, measured, "", None, peer_name, note=f"not measured: {why}")


def _judged(
    figure: str,
    measured: str,
    unit: str,
    ours: float,
    peer_name: str,
    peer: float,
    ratio: float,
    *,
    floor: float | None,
    note: str = "",
) -> Row:
    met = None if floor is None else ratio >= floor
    return Row(figure, measured, unit, ours, peer_name, peer, ratio, floor, met, note)


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
