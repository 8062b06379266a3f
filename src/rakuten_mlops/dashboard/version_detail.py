"""What there is to know about one version: its categories, confusions and origin."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Version
from rakuten_mlops.client.api_client import ApiError
from rakuten_mlops.dashboard import rendering, session, wording

ROW = 24


def show_categories(version: Version, champion: Version | None, names: dict[str, str]) -> None:
    """F1 of every category, beside the champion's."""
    mine = f"Version {version['version']}"
    rows, series = _points(version, mine, names), [mine]
    if champion is not None and champion["version"] != version["version"]:
        series.append(f"Version {champion['version']}, in production")
        rows = _points(champion, series[-1], names) + rows
        _warn_of_other_holdout(version, champion)
    order = [row["category"] for row in rendering.category_scores(version["scorecard"], names)]
    if not order:
        st.caption("No scores were recorded for this version.")
        return
    st.caption("F1 of each category on the holdout, weakest first.")
    st.vega_lite_chart(rows, _chart(order, series))


def _points(version: Version, series: str, names: dict[str, str]) -> list[dict[str, Any]]:
    scores = rendering.category_scores(version["scorecard"], names)
    return [row | {"series": series} for row in scores]


def _warn_of_other_holdout(version: Version, champion: Version) -> None:
    mine, theirs = (one["scorecard"].get("holdout", {}) for one in (version, champion))
    if mine.get("fingerprint") != theirs.get("fingerprint"):
        st.caption(
            f"The two were scored at revisions {mine.get('revision')} and "
            f"{theirs.get('revision')} of the catalogue, so on different rows: small differences "
            "mean nothing. The verdict compares both on the same rows."
        )


def _chart(order: list[str], series: list[str]) -> dict[str, Any]:
    """A dot for each model on each category's line, in Vega-Lite."""
    category = {"field": "category", "type": "nominal", "sort": order, "title": None}
    tooltip = {
        "category": "Category",
        "code": "Code",
        "series": "Model",
        "f1": "F1",
        "precision": "Precision",
        "recall": "Recall",
        "support": "Holdout rows",
    }
    return {
        "height": ROW * len(order),
        "mark": {"type": "circle", "size": 90, "opacity": 1},
        "encoding": {
            "y": category | {"axis": {"labelLimit": 340, "grid": True}},
            "x": {
                "field": "f1",
                "type": "quantitative",
                "title": "F1",
                "scale": {"zero": False},
                "axis": {"tickCount": 6},
            },
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": series},
                "title": None,
                "legend": {"orient": "top", "labelLimit": 340},
            },
            "tooltip": [{"field": name, "title": title} for name, title in tooltip.items()],
        },
    }


def show_confusion(version: str) -> None:
    """The confusion matrix, as training drew it."""
    try:
        picture = session.api().confusion_picture(version)
    except ApiError as error:
        if error.status != 404:
            raise
        st.caption("No picture was kept with this version.")
        return
    st.image(picture, caption="Rows: the true category. Columns: what the model said.")


def show_lineage(version: Version) -> None:
    """Where a version comes from: enough to make it again."""
    lineage = dict(version["lineage"])
    packages, seconds = lineage.pop("packages", None), lineage.pop("seconds", None)
    left, right = st.columns(2, gap="medium")
    with left:
        _show_facts("Made from", lineage)
        _show_facts("Parameters", version["parameters"])
    with right:
        _show_facts("Seconds by step", seconds)
        _show_facts("Packages", packages)
    if version["run_url"]:
        st.link_button("Open the run in MLflow", version["run_url"])


def _show_facts(title: str, facts: dict[str, Any] | None) -> None:
    if not facts:
        return
    st.markdown(f"**{title}**")
    st.dataframe(
        {
            "What": [name.replace("_", " ") for name in facts],
            "Value": [wording.figure(value) for value in facts.values()],
        },
        hide_index=True,
    )
