"""How often the served model was right, on listings that chance drew and people reviewed."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import LivePrecision, LivePrecisionRow
from rakuten_mlops.dashboard import wording

ROW, AXIS = 24, 48


def show(found: LivePrecision) -> None:
    """The figures with their intervals, and what they mean while there are few."""
    version = found["model_version"]
    st.markdown(f"**Live precision** of {f'version {version}' if version else 'all versions'}")
    overall, accepted = found["overall"], found["accepted"]
    if overall["precision"] is None:
        st.caption(
            "Nothing to tell yet. One in four items of this page was drawn at random from all "
            "predictions; your answers to those measure how often the model is right, without "
            "favour to the doubtful ones."
        )
        return
    every, sure = st.columns(2)
    every.metric("All answers", told(overall), border=True, help=_meaning(overall, found))
    sure.metric("Accepted ones", told(accepted), border=True, help=_meaning(accepted, found))
    st.caption(f"Interval at {found['confidence']:.0%}: {_interval(overall)}. {_coverage(overall)}")
    _show_categories(found)


def told(row: LivePrecisionRow) -> str:
    """A share with the digits that a sample of its size can know."""
    return wording.NOTHING if row["precision"] is None else f"{row['precision']:.1%}"


def _interval(row: LivePrecisionRow) -> str:
    if row["low"] is None or row["high"] is None:
        return wording.NOTHING
    return f"{row['low']:.1%} to {row['high']:.1%}"


def _coverage(row: LivePrecisionRow) -> str:
    return f"{row['right']:,} right of {row['reviewed']:,} reviewed; {row['drawn']:,} were drawn."


def _meaning(row: LivePrecisionRow, found: LivePrecision) -> str:
    return f"{_interval(row)} at {found['confidence']:.0%} confidence. {_coverage(row)}"


def _show_categories(found: LivePrecision) -> None:
    rows = [row for row in found["categories"] if row["precision"] is not None]
    with st.expander("By predicted category"):
        st.vega_lite_chart([dict(row) for row in rows], _chart(len(rows)))


def _chart(rows: int) -> dict[str, Any]:
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
        "category": "Category",
        "prdtypecode": "Code",
        "right": "Right",
        "reviewed": "Reviewed",
        "drawn": "Drawn",
    }
    return {
        "height": ROW * rows + AXIS,
        "encoding": {"y": category},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                "encoding": {"x": share | {"field": "low", "title": None}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "circle", "size": 80, "opacity": 1},
                "encoding": {
                    "x": share | {"field": "precision", "title": "Precision"},
                    "tooltip": [{"field": name, "title": title} for name, title in tooltip.items()],
                },
            },
        ],
    }
