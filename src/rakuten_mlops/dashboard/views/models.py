"""Every version: how good it is beside another, why it is where it is, and the moves by hand."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Version, VersionList
from rakuten_mlops.client.api_client import champion
from rakuten_mlops.dashboard import (
    moves,
    reader,
    recent,
    rendering,
    session,
    shadow,
    side_by_side,
    trend,
    verdict,
    version_detail,
)
from rakuten_mlops.dashboard.language import NOTHING
from rakuten_mlops.dashboard.reader import say

TABS = ("scores", "categories", "confusion", "reliability", "verdict", "lineage", "card")


def show() -> None:
    st.title(say("page.models"))
    st.markdown(say("models.lead"))
    versions = recent.versions()
    moves.show_done()
    if not versions["versions"]:
        st.info(say("models.empty"), icon=":material/potted_plant:")
        return
    version = _chosen(versions)
    with st.container(horizontal=True, vertical_alignment="bottom", key="moves"):
        moves.show_buttons(version["version"], versions)
    _show_detail(version, versions)
    shadow.show(session.api().shadow())
    _show_moves(versions)


def _chosen(versions: VersionList) -> Version:
    """The version selected in the table; at first the one in production."""
    listed = versions["versions"]
    first = next((at for at, one in enumerate(listed) if one is champion(versions)), 0)
    number = st.column_config.NumberColumn(format="%.3f")
    table = st.dataframe(
        [_row(version) for version in listed],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [first]}},
        key="versions",
        placeholder=NOTHING,
        height=min(38 + 35 * len(listed), 300),
        column_config={
            say("models.column.trained"): rendering.time_column(),
            say("models.column.aliases"): st.column_config.ListColumn(),
            say("figure.macro_f1"): number,
            say("figure.accuracy"): number,
            say("figure.automation"): st.column_config.NumberColumn(
                format="percent", help=say("figure.automation_help")
            ),
        },
    )
    rows = table["selection"]["rows"]
    return listed[rows[0] if rows and rows[0] < len(listed) else first]


def _row(version: Version) -> dict[str, Any]:
    found = version["verdict"]
    gate = "unjudged" if found is None else "promote" if found["promote"] else "keep"
    return {
        say("models.column.version"): version["version"],
        say("models.column.aliases"): version["aliases"],
        say("figure.macro_f1"): trend.measured(version, "macro_f1"),
        say("figure.accuracy"): trend.measured(version, "accuracy"),
        say("figure.automation"): trend.measured(version, "automation"),
        say("models.column.gate"): say(f"models.gate.{gate}"),
        say("models.column.revision"): version["lineage"].get("revision"),
        say("models.column.trained"): reader.local(version["created_at"]),
    }


def _show_detail(version: Version, versions: VersionList) -> None:
    number = version["version"]
    heading, beside = st.columns([3, 2], vertical_alignment="bottom")
    heading.subheader(say("models.version", version=number))
    with beside:
        other = side_by_side.ask_other(version, versions)
    drawn: dict[str, Callable[[], object]] = {
        "scores": lambda: side_by_side.show_scores(version, other),
        "categories": lambda: side_by_side.show_categories(version, other),
        "confusion": lambda: version_detail.show_pictures("confusion", version, other),
        "reliability": lambda: version_detail.show_pictures("reliability", version, other),
        "verdict": lambda: rendering.show_verdict(version["verdict"]),
        "lineage": lambda: version_detail.show_lineage(version),
        "card": lambda: st.markdown(recent.version(number)["card"]),
    }
    names = [say(f"models.tab.{name}") for name in TABS]
    # Only the open one is asked for and drawn.
    tabs = st.tabs(names, key="version tabs", on_change="rerun")
    for name, tab in zip(TABS, tabs, strict=True):
        if tab.open:
            with tab, session.reported():
                drawn[name]()


def _show_moves(versions: VersionList) -> None:
    st.subheader(say("models.history"))
    if not versions["moves"]:
        st.caption(say("models.no_move"))
        return
    words = reader.words()
    when, why = say("models.column.when"), say("models.column.why")
    st.dataframe(
        [
            {
                when: reader.local(move["at"]),
                say("models.column.alias"): move["alias"],
                say("models.column.from"): move["source"],
                say("models.column.to"): move["target"],
                say("models.column.by"): move["by"],
                why: verdict.told(move["why"], words),
            }
            for move in versions["moves"]
        ],
        hide_index=True,
        placeholder=NOTHING,
        column_config={
            when: rendering.time_column(),
            why: st.column_config.TextColumn(width="large"),
        },
    )


if __name__ == "__main__":
    show()
