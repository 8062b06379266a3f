"""A drift report as rows and charts. Pure: the API's report in, Vega-Lite out."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, Literal

from rakuten_mlops.dashboard import drift_findings
from rakuten_mlops.dashboard.language import Language, instant

Colour = Literal["green", "orange", "red", "gray"]
COLOURS: dict[str, Colour] = {
    "no drift": "green",
    "watch": "orange",
    "drift": "red",
    "too few listings": "gray",
}
REFERENCE, CURRENT = "#8595a5", "#3d8bd0"
ROW = 30


def weights(report: Mapping[str, Any], words: Language) -> list[dict[str, Any]]:
    """Each test with its value as a multiple of its threshold, weightiest first: above 1 speaks.

    Title and finding are in the reader's language.
    """
    rows = [
        {
            **test,
            "weight": test["value"] / test["threshold"] if test["threshold"] else 0.0,
            "title": drift_findings.title(test, words),
            "finding": drift_findings.finding(test, report, words),
        }
        for test in report["tests"]
    ]
    return sorted(rows, key=lambda row: -row["weight"])


def weight_chart(rows: Sequence[Mapping[str, Any]], words: Language) -> dict[str, Any]:
    """A bar for each test, and the line beyond which it is more than noise."""
    return {
        "height": ROW * len(rows),
        "config": words.chart_locale,
        "layer": [
            {
                "mark": {"type": "bar", "height": 14, "cornerRadiusEnd": 3},
                "encoding": {
                    "y": {
                        "field": "title",
                        "type": "nominal",
                        "sort": [row["title"] for row in rows],
                        "title": None,
                        "axis": {"labelLimit": 220},
                    },
                    "x": {
                        "field": "weight",
                        "type": "quantitative",
                        "title": words.say("drift.weight"),
                        "axis": {"tickCount": 6},
                    },
                    "color": {
                        "condition": [
                            {"test": "datum.state == 'drift'", "value": "#c8553d"},
                            {"test": "datum.state == 'watch'", "value": "#d98324"},
                        ],
                        "value": REFERENCE,
                    },
                    "tooltip": [
                        {"field": "title", "title": words.say("drift.test")},
                        {"field": "measure", "title": words.say("drift.measure")},
                        {"field": "value", "title": words.say("models.facts.value")},
                        {"field": "threshold", "title": words.say("drift.threshold")},
                        {"field": "finding", "title": words.say("drift.finding")},
                    ],
                },
            },
            {
                "mark": {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 1.5},
                "encoding": {"x": {"datum": 1}, "color": {"value": "#8a6d3b"}},
            },
        ],
    }


def bins(test: Mapping[str, Any], words: Language) -> list[dict[str, Any]]:
    """The shares of a test, of the reference and of now."""
    now, then = words.say("drift.current"), words.say("drift.reference")
    return [
        {"label": each["label"], "what": what, "share": each[field], "place": place}
        for place, each in enumerate(test["bins"])
        for field, what in (("reference", then), ("current", now))
    ]


def bin_chart(words: Language) -> dict[str, Any]:
    """Pairs of bars of `bins`."""
    now, then = words.say("drift.current"), words.say("drift.reference")
    return {
        "height": 260,
        "config": words.chart_locale,
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "label",
                "type": "nominal",
                "sort": {"field": "place"},
                "title": None,
                "axis": {"labelAngle": -30, "labelLimit": 140},
            },
            "xOffset": {"field": "what", "sort": [then, now]},
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": words.say("drift.share"),
                "axis": {"format": ".0%", "tickCount": 5},
            },
            "color": {
                "field": "what",
                "type": "nominal",
                "title": None,
                "scale": {"domain": [then, now], "range": [REFERENCE, CURRENT]},
                "legend": {"orient": "top"},
            },
            "tooltip": [
                {"field": "label", "title": ""},
                {"field": "what", "title": ""},
                {"field": "share", "title": words.say("drift.share"), "format": ".1%"},
            ],
        },
    }


def history(
    reports: Sequence[Mapping[str, Any]], where: tzinfo, words: Language
) -> list[dict[str, Any]]:
    """The weightiest test of each report, oldest first, on the reader's clock."""
    return [
        {
            "at": instant(each["at"]).astimezone(where).replace(tzinfo=None).isoformat(),
            "state": each["state"],
            "headline": drift_findings.headline(each, words),
            "weight": max((row["weight"] for row in weights(each, words)), default=0.0),
        }
        for each in reversed(reports)
    ]


def history_chart(words: Language) -> dict[str, Any]:
    """A dot for each report of `history`, coloured by its state."""
    states = list(COLOURS)
    return {
        "height": 200,
        "config": words.chart_locale,
        "layer": [
            {
                "mark": {"type": "line", "opacity": 0.4},
                "encoding": {
                    "x": {"field": "at", "type": "temporal", "title": None},
                    "y": {"field": "weight", "type": "quantitative"},
                },
            },
            {
                "mark": {"type": "circle", "size": 110, "opacity": 1},
                "encoding": {
                    "x": {"field": "at", "type": "temporal", "title": None},
                    "y": {
                        "field": "weight",
                        "type": "quantitative",
                        "title": words.say("drift.weight"),
                    },
                    "color": {
                        "field": "state",
                        "type": "nominal",
                        "legend": None,
                        "scale": {
                            "domain": states,
                            "range": ["#2f8f63", "#d98324", "#c8553d", REFERENCE],
                        },
                    },
                    "tooltip": [
                        {"field": "at", "type": "temporal", "title": "", "format": "%d/%m %H:%M"},
                        {"field": "headline", "title": words.say("drift.finding")},
                    ],
                },
            },
        ],
    }
