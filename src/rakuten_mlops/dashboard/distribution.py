"""How a catalogue is spread over its categories, and how it grew. Pure: answers in, charts out."""

from collections.abc import Sequence
from typing import Any

from rakuten_mlops.client.answers import CatalogRevision
from rakuten_mlops.dashboard.language import Language

ROW = 24
CAME, WENT = "#2f8f63", "#c8553d"


def category_chart(rows: Sequence[dict[str, Any]], words: Language) -> dict[str, Any]:
    """A bar for each category, the largest first."""
    order = [row["category"] for row in sorted(rows, key=lambda row: -row["listings"])]
    return {
        "height": ROW * len(rows),
        "config": words.chart_locale,
        "mark": {"type": "bar", "cornerRadiusEnd": 3, "height": 13},
        "encoding": {
            "y": {
                "field": "category",
                "type": "nominal",
                "sort": order,
                "title": None,
                "axis": {"labelLimit": 320},
            },
            "x": {
                "field": "listings",
                "type": "quantitative",
                "title": words.say("catalogue.listings"),
                "axis": {"format": ",d", "tickCount": 6},
            },
            "tooltip": [
                {"field": "category", "title": words.say("word.category")},
                {"field": "prdtypecode", "title": words.say("word.code")},
                {"field": "listings", "title": words.say("catalogue.listings"), "format": ",d"},
            ],
        },
    }


def growth(revisions: Sequence[CatalogRevision], words: Language) -> list[dict[str, Any]]:
    """What came and what went with each revision, oldest first; what went lies below zero."""
    came, went = words.say("catalogue.came"), words.say("catalogue.went")
    rows: list[dict[str, Any]] = []
    for each in reversed(revisions):
        rows.append({"revision": each["revision"], "what": came, "rows": each["listings_added"]})
        if each["listings_removed"]:
            gone = {"revision": each["revision"], "what": went, "rows": -each["listings_removed"]}
            rows.append(gone)
    return rows


def growth_chart(words: Language) -> dict[str, Any]:
    """Bars of `growth`."""
    return {
        "height": 220,
        "config": words.chart_locale,
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "revision", "type": "ordinal", "title": words.say("curve.revision")},
            "y": {
                "field": "rows",
                "type": "quantitative",
                "title": words.say("catalogue.listings"),
                "axis": {"format": ",d", "tickCount": 5},
            },
            "color": {
                "field": "what",
                "type": "nominal",
                "title": None,
                "scale": {
                    "domain": [words.say("catalogue.came"), words.say("catalogue.went")],
                    "range": [CAME, WENT],
                },
                "legend": {"orient": "top"},
            },
            "tooltip": [
                {"field": "revision", "title": words.say("curve.revision")},
                {"field": "what", "title": ""},
                {"field": "rows", "title": words.say("catalogue.listings"), "format": ",d"},
            ],
        },
    }
