"""The whole system at a glance: the flow, what is in production and why, and how good it is."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from rakuten_mlops.client.answers import CatalogSummary, Readiness, Version, VersionList
from rakuten_mlops.client.api_client import champion
from rakuten_mlops.dashboard import (
    bars,
    flow,
    reader,
    recent,
    rendering,
    scorecards,
    session,
    trend,
)
from rakuten_mlops.dashboard.reader import say

VIEWS = Path(__file__).parent
WEAKEST = 6


def show() -> None:
    st.title(say("page.overview"))
    st.markdown(say("overview.lead"))
    _show_state()


@st.fragment(run_every="10s")
def _show_state() -> None:
    with session.reported():
        ready = session.api().readiness()
        found = flow.Found(
            ready,
            session.unless_away(recent.catalog),
            session.unless_away(session.api().jobs),
            session.unless_away(recent.versions),
        )
        _show_notices(ready, found.catalog)
        _show_flow(found)
        if found.versions is not None:
            _show_production(found.versions, found.catalog)


def _show_notices(ready: Readiness, catalog: CatalogSummary | None) -> None:
    for part in ("registry", "database"):
        if ready[part] != "ok":
            warning = f"**{say(f'part.{part}')}**: {ready[part]}."
            go_on = f" {say('overview.goes_on')}" if ready["ready"] else ""
            st.warning(warning + go_on, icon=":material/warning:")
    if catalog is not None and catalog["synthetic"] and catalog["listings"]:
        st.caption(f":material/science: {say('overview.synthetic')}")


def _show_flow(found: flow.Found) -> None:
    stages = flow.stages(found, reader.words(), datetime.now(UTC))
    for column, stage in zip(st.columns(len(stages), gap="small"), stages, strict=True):
        with column, st.container(key=f"stage {stage.name} {stage.state}", height="stretch"):
            page = VIEWS / f"{stage.page}.py"
            st.page_link(page, label=say(f"flow.{stage.name}.name"), width="stretch")
            st.html(flow.body(stage))
    st.html(f'<div class="flow-back">↺ {say("flow.back")}</div>')


def _show_production(versions: VersionList, catalog: CatalogSummary | None) -> None:
    version = champion(versions)
    if version is None:
        st.subheader(say("overview.production"))
        st.info(say("overview.no_production"))
        st.page_link(
            VIEWS / "training.py", label=say("overview.start"), icon=":material/arrow_forward:"
        )
        return
    st.subheader(say("overview.in_production", version=version["version"]))
    _show_figures(versions)
    why, weakest = st.columns(2, gap="medium")
    with why, st.container(border=True, height="stretch"):
        st.markdown(f"#### {say('overview.why')}")
        if move := rendering.production_move(versions):
            rendering.show_move(move)
        rendering.show_verdict(version["verdict"])
    with weakest, st.container(border=True, height="stretch"):
        _show_weakest(version, catalog)


def _show_figures(versions: VersionList) -> None:
    words = reader.words()
    figures = trend.headline(versions)
    for column, figure in zip(st.columns(len(figures)), figures, strict=True):
        share = figure.name == "automation"
        written = words.share(figure.value) if share else words.score(figure.value)
        column.metric(
            say(f"figure.{figure.name}"),
            written,
            _change(figure, share=share),
            delta_color=figure.better,
            border=True,
            help=say(f"figure.{figure.name}_help"),
            chart_data=figure.series if len(figure.series) > 1 else None,
            chart_type="area",
            height="stretch",
        )
    st.caption(say("overview.trend"))


def _change(figure: trend.Figure, *, share: bool) -> str | None:
    if figure.change is None:
        return None
    words = reader.words()
    if share:
        return say("figure.points", n=words.signed(100 * figure.change, 1))
    return words.signed(figure.change, 3)


def _show_weakest(version: Version, catalog: CatalogSummary | None) -> None:
    names = recent.names_of(catalog)
    words = reader.words()
    st.markdown(f"#### {say('overview.weakest')}")
    lines = [
        bars.Bar(
            row["category"],
            words.count("row", row["support"]),
            row["f1"],
            words.score(row["f1"]),
        )
        for row in scorecards.category_scores(version["scorecard"], names)[:WEAKEST]
    ]
    st.html(bars.bar_list(lines))


if __name__ == "__main__":
    show()
