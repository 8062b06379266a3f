"""What was served lately, as charts. Pure: the API's summary in, rows and Vega-Lite out."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from rakuten_mlops.dashboard.language import Language, instant

WINDOWS = ("1h", "24h", "7d", "30d")
PERCENTILES = ("p50", "p95", "p99")
ACCEPTED, REVIEW = "#2f8f63", "#d98324"
ROW, SHOWN = 24, 12


def accepted_share(summary: Mapping[str, Any]) -> float | None:
    """The share of predictions that no person needs to look at; None where there are none."""
    total = summary["total"]
    return total["accepted"] / total["predictions"] if total["predictions"] else None


def times(summary: Mapping[str, Any], words: Language, where: tzinfo) -> list[dict[str, Any]]:
    """Accepted predictions and those to review by moment, on the reader's clock."""
    accepted, review = words.say("traffic.accepted"), words.say("traffic.review")
    rows: list[dict[str, Any]] = []
    for each in summary["times"]:
        at = instant(each["at"]).astimezone(where).replace(tzinfo=None).isoformat()
        rest = each["predictions"] - each["accepted"]
        rows.append({"at": at, "what": accepted, "listings": each["accepted"]})
        rows.append({"at": at, "what": review, "listings": rest})
    return rows


def time_chart(words: Language, *, step_seconds: int) -> dict[str, Any]:
    """Stacked bars of `times`."""
    accepted, review = words.say("traffic.accepted"), words.say("traffic.review")
    short = step_seconds < 86_400
    return {
        "height": 230,
        "config": words.chart_locale,
        "mark": {"type": "bar", "width": {"band": 0.8}},
        "encoding": {
            "x": {
                "field": "at",
                "type": "temporal",
                "title": None,
                "axis": {"format": "%d/%m %H:%M" if short else "%d/%m", "labelOverlap": True},
            },
            "y": {
                "field": "listings",
                "type": "quantitative",
                "title": words.say("catalogue.listings"),
                "axis": {"format": ",d", "tickCount": 5},
            },
            "color": {
                "field": "what",
                "type": "nominal",
                "title": None,
                "scale": {"domain": [accepted, review], "range": [ACCEPTED, REVIEW]},
                "legend": {"orient": "top"},
            },
            "tooltip": [
                {"field": "at", "type": "temporal", "title": "", "format": "%d/%m %H:%M"},
                {"field": "what", "title": ""},
                {"field": "listings", "title": words.say("catalogue.listings"), "format": ",d"},
            ],
        },
    }


def confidence(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How many listings were answered with which confidence; `low` and `high` are its bounds."""
    counts = summary["confidence"]
    step = 1 / len(counts) if counts else 1
    return [
        {"low": place * step, "high": (place + 1) * step, "listings": count}
        for place, count in enumerate(counts)
    ]


def confidence_chart(words: Language) -> dict[str, Any]:
    """A histogram of `confidence`."""
    return {
        "height": 230,
        "config": words.chart_locale,
        "mark": {"type": "bar", "binSpacing": 1},
        "encoding": {
            "x": {
                "field": "low",
                "bin": "binned",
                "title": words.say("traffic.confidence"),
                "scale": {"domain": [0, 1]},
                "axis": {"format": ".0%"},
            },
            "x2": {"field": "high"},
            "y": {
                "field": "listings",
                "type": "quantitative",
                "title": words.say("catalogue.listings"),
                "axis": {"format": ",d", "tickCount": 5},
            },
        },
    }


def largest(summary: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The categories that most listings were put into."""
    return sorted(summary["categories"], key=lambda row: -row["predictions"])[:SHOWN]
