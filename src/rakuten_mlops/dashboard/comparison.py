"""How two versions differ, as rows and as Vega-Lite charts. Pure: versions in, figures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rakuten_mlops.client.answers import Version
from rakuten_mlops.dashboard.language import Language
from rakuten_mlops.dashboard.scorecards import category_scores, within

FIGURES: dict[str, tuple[str, ...]] = {
    "macro_f1": ("macro_f1",),
    "weighted_f1": ("weighted_f1",),
    "accuracy": ("accuracy",),
    "automation": ("decisions", "automation_rate"),
    "accepted_precision": ("decisions", "accepted_precision"),
    "calibration": ("decisions", "calibration_error"),
    "brier": ("decisions", "brier"),
}
SHARES = ("automation", "accepted_precision")
ROW = 24
GAIN, LOSS = "#2f8f63", "#c8553d"
COLOURS = ("#3d8bd0", "#8595a5")


@dataclass(frozen=True)
class Row:
    """A figure of a version, and of the other one."""

    name: str
    value: float | None
    other: float | None

    @property
    def change(self) -> float | None:
        """The version's less the other's."""
        return None if self.value is None or self.other is None else self.value - self.other


def figures(version: Version, other: Version | None) -> list[Row]:
    """The figures that the version has, in the order of `FIGURES`."""
    rows = [
        Row(name, within(version, place), within(other, place)) for name, place in FIGURES.items()
    ]
    return [row for row in rows if row.value is not None]


def categories(
    version: Version, other: Version | None, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Every category of the version, the one that lost most first; without another, weakest."""
    scores = (other["scorecard"] if other else {}).get("categories", {})
    rows = category_scores(version["scorecard"], names)
    for row in rows:
        theirs = scores.get(row["code"], {}).get("f1")
        row["other"] = theirs
        row["change"] = None if theirs is None else row["f1"] - theirs
    return sorted(rows, key=lambda row: row["change"] or 0.0) if other else rows


def points(rows: Sequence[Mapping[str, Any]], series: Mapping[str, str]) -> list[dict[str, Any]]:
    """A point for each category and version, the other version's first: it lies below."""
    return [
        {"category": row["category"], "code": row["code"], "series": name, "score": row[field]}
        for field, name in reversed(list(series.items()))
        for row in rows
        if row[field] is not None
    ]


def legend(series: Mapping[str, str]) -> str:
    """Which colour is which version, as HTML."""
    names = zip(series.values(), COLOURS, strict=True)
    dots = "".join(f'<span style="--dot:{colour}">{escape(name)}</span>' for name, colour in names)
    return f'<div class="legend">{dots}</div>'


def score_chart(rows: Sequence[Mapping[str, Any]], words: Language) -> dict[str, Any]:
    """A bar for each category."""
    return {
        "height": ROW * len(rows),
        "config": words.chart_locale,
        "mark": {"type": "bar", "cornerRadiusEnd": 3, "height": 12},
        "encoding": {"y": _category(rows), "x": _score("f1"), "tooltip": _tooltip("f1", words)},
    }


def pair_chart(
    rows: Sequence[Mapping[str, Any]], series: Mapping[str, str], words: Language
) -> dict[str, Any]:
    """A dot for each version on each category's line."""
    return {
        "height": ROW * len(rows),
        "config": words.chart_locale,
        "mark": {"type": "circle", "size": 90, "opacity": 1},
        "encoding": {
            "y": _category(rows),
            "x": _score("score") | {"scale": {"zero": False}},
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": list(series.values()), "range": list(COLOURS)},
                # A legend inside would shift the lines away from those of the chart beside it.
                "legend": None,
            },
            "tooltip": _tooltip("score", words),
        },
    }


def change_chart(rows: Sequence[Mapping[str, Any]], words: Language) -> dict[str, Any]:
    """A bar for what each category gained or lost, in the same order."""
    return {
        "height": ROW * len(rows),
        "config": words.chart_locale,
        "mark": {"type": "bar", "height": 12},
        "encoding": {
            "y": _category(rows) | {"axis": None},
            "x": {
                "field": "change",
                "type": "quantitative",
                "title": words.say("compare.difference_f1"),
                "axis": {"format": "+.3f", "tickCount": 5},
            },
            "color": {
                "condition": {"test": "datum.change < 0", "value": LOSS},
                "value": GAIN,
            },
            "tooltip": [
                {"field": "category", "title": words.say("word.category")},
                {"field": "change", "title": words.say("compare.difference"), "format": "+.4f"},
                {"field": "support", "title": words.say("compare.rows"), "format": ",d"},
            ],
        },
    }


def _category(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "field": "category",
        "type": "nominal",
        "sort": [row["category"] for row in rows],
        "title": None,
        "axis": {"labelLimit": 260, "grid": True},
    }


def _score(field: str) -> dict[str, Any]:
    axis = {"tickCount": 6, "format": ".2f"}
    return {"field": field, "type": "quantitative", "title": "F1", "axis": axis}


def _tooltip(field: str, words: Language) -> list[dict[str, str]]:
    return [
        {"field": "category", "title": words.say("word.category")},
        {"field": "code", "title": words.say("word.code")},
        {"field": field, "title": "F1", "format": ".4f"},
    ]
