"""How often the served model was right, on listings that chance drew and people reviewed."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import LivePrecision, LivePrecisionRow
from rakuten_mlops.dashboard import reader
from rakuten_mlops.dashboard.language import NOTHING, Language
from rakuten_mlops.dashboard.reader import say

ROW, AXIS = 24, 48


def show(found: LivePrecision) -> None:
    """The figures with their intervals, and what they mean while there are few."""
    version = found["model_version"]
    whose = say("models.version", version=version) if version else say("precision.all")
    st.markdown(say("precision.title", whose=whose))
    words, overall, accepted = reader.words(), found["overall"], found["accepted"]
    if overall["precision"] is None:
        st.caption(say("precision.empty"))
        return
    every, sure = st.columns(2)
    for column, name, row in ((every, "every", overall), (sure, "accepted", accepted)):
        meaning = f"{_interval(row, found, words)} {coverage(row, words)}"
        told = words.share(row["precision"])
        column.metric(say(f"precision.{name}"), told, border=True, help=meaning)
    st.caption(f"{_interval(overall, found, words)} {coverage(overall, words)}")
    _show_categories(found)


def _interval(row: LivePrecisionRow, found: LivePrecision, words: Language) -> str:
    if row["low"] is None or row["high"] is None:
        return NOTHING
    return words.say(
        "precision.interval",
        low=words.share(row["low"]),
        high=words.share(row["high"]),
        confidence=words.share(found["confidence"], 0),
    )


def coverage(row: LivePrecisionRow, words: Language) -> str:
    """How many of the drawn listings were reviewed, and right."""
    counts = {name: words.number(row[name]) for name in ("right", "reviewed", "drawn")}
    return words.say("precision.coverage", **counts)


def _show_categories(found: LivePrecision) -> None:
    rows = [row for row in found["categories"] if row["precision"] is not None]
    with st.expander(say("precision.by_category")):
        st.vega_lite_chart([dict(row) for row in rows], chart(len(rows), reader.words()))


def chart(rows: int, words: Language) -> dict[str, Any]:
    """A dot for each category with a line for its interval, least precise first."""
    category = {
        "field": "category",
        "type": "nominal",
        "title": None,
        "sort": {"field": "precision", "order": "ascending"},
        "axis": {"labelLimit": 220},
    }
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
    tooltip = {
        "category": words.say("word.category"),
        "prdtypecode": words.say("word.code"),
        "right": words.say("precision.right"),
        "reviewed": words.say("precision.reviewed"),
        "drawn": words.say("precision.drawn"),
    }
    return {
        "height": ROW * rows + AXIS,
        "config": words.chart_locale,
        "encoding": {"y": category},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                "encoding": {"x": share | {"field": "low", "title": None}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "circle", "size": 80, "opacity": 1},
                "encoding": {
                    "x": share | {"field": "precision", "title": words.say("precision.word")},
                    "tooltip": [{"field": name, "title": title} for name, title in tooltip.items()],
                },
            },
        ],
    }
