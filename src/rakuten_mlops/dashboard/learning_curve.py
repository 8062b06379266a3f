"""What more and newer listings brought: macro-F1 of each version by the revision it learnt from."""

from typing import Any

import streamlit as st

from rakuten_mlops.dashboard import reader, recent, session, trend
from rakuten_mlops.dashboard.language import Language
from rakuten_mlops.dashboard.reader import say

SERVED, OTHER = "#2f8f63", "#3d8bd0"


def show() -> None:
    """The curve, or what it will show once there are two versions."""
    st.subheader(say("curve.title"))
    versions = session.unless_away(recent.versions)
    points = trend.learning_curve(versions) if versions else []
    if len(points) < 2:
        st.info(say("curve.empty"), icon=":material/show_chart:")
        return
    st.caption(say("curve.lead"))
    st.vega_lite_chart(points, chart(points, reader.words()), alt=say("curve.title"))


def chart(points: list[dict[str, Any]], words: Language) -> dict[str, Any]:
    """A line over revisions, and a dot for each version; those in production are filled."""
    revisions = sorted({point["revision"] for point in points})
    revision = {
        "field": "revision",
        "type": "quantitative",
        "title": words.say("curve.revision"),
        "scale": {"nice": False, "padding": 60},
        "axis": {
            "values": revisions[:: max(1, len(revisions) // 12)],
            "format": "d",
            "labelOverlap": False,
        },
    }
    score = {
        "field": "macro_f1",
        "type": "quantitative",
        "title": words.say("figure.macro_f1"),
        "scale": {"zero": False, "nice": True, "padding": 28},
        "axis": {"format": ".4~f", "tickCount": 5},
    }
    tooltip = [
        {"field": "version", "title": words.say("word.version")},
        {"field": "revision", "title": words.say("curve.revision")},
        {"field": "rows", "title": words.say("curve.rows"), "format": ",d"},
        {"field": "macro_f1", "title": words.say("figure.macro_f1"), "format": ".4f"},
        {"field": "automation", "title": words.say("figure.automation"), "format": ".1%"},
    ]
    return {
        "height": 260,
        "config": words.chart_locale,
        "encoding": {"x": revision, "y": score},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2, "opacity": 0.45}},
            {
                "mark": {"type": "circle", "size": 130, "opacity": 1},
                "encoding": {
                    "tooltip": tooltip,
                    "color": {
                        "condition": {"test": "datum.production", "value": SERVED},
                        "value": OTHER,
                    },
                },
            },
            {
                "transform": [{"filter": "datum.production"}],
                "mark": {"type": "text", "dy": -16, "fontWeight": 600},
                "encoding": {
                    "text": {"value": words.say("word.production")},
                    "color": {"value": SERVED},
                },
            },
        ],
    }
