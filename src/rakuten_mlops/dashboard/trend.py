"""The headline figures of the version in production, and how they came to be. Pure."""

from dataclasses import dataclass
from typing import Any, Literal

from rakuten_mlops.client.answers import Version, VersionList
from rakuten_mlops.client.api_client import champion
from rakuten_mlops.dashboard.scorecards import within

# By the name of their text: where a scorecard has them, and whether more is better.
FIGURES: dict[str, tuple[tuple[str, ...], Literal["normal", "inverse"]]] = {
    "macro_f1": (("macro_f1",), "normal"),
    "accuracy": (("accuracy",), "normal"),
    "automation": (("decisions", "automation_rate"), "normal"),
    "calibration": (("decisions", "calibration_error"), "inverse"),
}
LONGEST = 30


@dataclass(frozen=True)
class Figure:
    """A figure of the served version, the same of the one before it, and of all versions so far.

    `series` runs from the oldest of the latest `LONGEST` versions to the newest.
    """

    name: str
    value: float | None
    change: float | None
    series: tuple[float, ...]
    better: Literal["normal", "inverse"]


def headline(versions: VersionList) -> list[Figure]:
    """The figures of the version in production; a change is against what served before it."""
    served = champion(versions)
    before = _served_before(versions)
    return [_figure(name, served, before, versions) for name in FIGURES]


def measured(version: Version | None, name: str) -> float | None:
    """One of `FIGURES` of a version; None where it was not measured."""
    return within(version, FIGURES[name][0])


def learning_curve(versions: VersionList) -> list[dict[str, Any]]:
    """A point for each version: the catalogue's revision it learnt from, and its macro-F1."""
    points = [
        {
            "revision": version["lineage"].get("revision"),
            "rows": version["lineage"].get("training_rows"),
            "macro_f1": measured(version, "macro_f1"),
            "automation": measured(version, "automation"),
            "version": version["version"],
            "production": version["version"] == versions["production"],
        }
        for version in reversed(versions["versions"])
    ]
    return [point for point in points if point["revision"] is not None and point["macro_f1"]]


def _figure(
    name: str, served: Version | None, before: Version | None, versions: VersionList
) -> Figure:
    value, earlier = measured(served, name), measured(before, name)
    change = None if value is None or earlier is None else value - earlier
    values = (measured(one, name) for one in reversed(versions["versions"][:LONGEST]))
    series = tuple(one for one in values if one is not None)
    return Figure(name, value, change, series, FIGURES[name][1])


def _served_before(versions: VersionList) -> Version | None:
    moves = (move for move in versions["moves"] if move["alias"] == "Production")
    source = next((move["source"] for move in moves), None)
    return next((one for one in versions["versions"] if one["version"] == source), None)
