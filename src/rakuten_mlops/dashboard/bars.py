"""A list of named figures between 0 and 1, each with its bar. Pure: rows in, HTML out.

Streamlit's tables cut a long name off; these lines wrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Bar:
    """A name, a note beside it, and its figure, as a share of one and as it is written."""

    name: str
    note: str
    value: float
    written: str


def bar_list(bars: Sequence[Bar]) -> str:
    """The bars below one another."""
    return f'<div class="bars">{"".join(map(_line, bars))}</div>'


def _line(bar: Bar) -> str:
    width = 100 * min(max(bar.value, 0.0), 1.0)
    return (
        f"<div><div>{escape(bar.name)}<small>{escape(bar.note)}</small></div>"
        f'<div class="track"><div style="width:{width:.1f}%"></div></div>'
        f'<div class="value">{escape(bar.written)}</div></div>'
    )
