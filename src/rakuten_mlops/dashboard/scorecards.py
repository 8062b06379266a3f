"""Figures of a version's scorecard, which comes as JSON. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from rakuten_mlops.client.answers import Version


def within(version: Version | None, place: Sequence[str]) -> float | None:
    """A figure by its place in a version's scorecard; None where it was not measured."""
    found: Any = version["scorecard"] if version else None
    for step in place:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def category_scores(
    scorecard: dict[str, Any] | None, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """F1 and rows of every category of a scorecard, weakest first."""
    scores = (scorecard or {}).get("categories", {})
    rows = [
        {"code": code, "category": names.get(code, code), **score} for code, score in scores.items()
    ]
    return sorted(rows, key=lambda row: row["f1"])
