"""What every figure gets: the material, how often and how long to measure, and the services."""

import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import Any

from benchmarks.material import FULL, Material, Source
from benchmarks.services.fleet import Fleet, fleet

Measure = Callable[[], Mapping[str, float]]


class Bench:
    """One run over one catalogue; close it to end its services."""

    def __init__(self, source: Source, *, rows: int, repeats: int, seconds: float) -> None:
        self.material = Material(source)
        self.kind = source.kind
        self.repeats = repeats
        self.seconds = seconds
        self._share = min(1.0, rows / FULL)
        self._stack = ExitStack()

    @cached_property
    def fleet(self) -> Fleet:
        """Ours and its peers, up and checked; started by the first figure that asks."""
        return self._stack.enter_context(fleet(self.material))

    def scaled(self, rows: int) -> int:
        """A size of a full run, made smaller as the catalogue of a short one is."""
        return max(300, round(rows * self._share))

    def close_services(self) -> None:
        """End the services, so that what is measured next has the machine for itself."""
        self.__dict__.pop("fleet", None)
        self._stack.close()

    def medians(self, **measures: Measure) -> dict[str, dict[str, float]]:
        """Measure each in turn, as often as asked, and return the median of every value."""
        found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in measures}
        for _ in range(self.repeats):
            for name, measure in measures.items():
                found[name].append(measure())
        return {name: median(each) for name, each in found.items()}


def median(found: list[Mapping[str, Any]]) -> dict[str, float]:
    """The median of every number in a list of measurements."""
    numbers = [name for name, value in found[0].items() if isinstance(value, int | float)]
    return {name: statistics.median(each[name] for each in found) for name in numbers}
