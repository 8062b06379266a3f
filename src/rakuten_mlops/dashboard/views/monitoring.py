"""Does the model still do its work: alerts, traffic, quality on live listings, drift."""

from typing import Any

import streamlit as st

from rakuten_mlops.dashboard import (
    alerts,
    drift_report,
    live_quality,
    reader,
    recent,
    session,
    traffic,
)
from rakuten_mlops.dashboard.reader import say

ICONS = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "info": ":material/lightbulb:",
}


def show() -> None:
    st.title(say("page.monitoring"))
    st.markdown(say("monitoring.lead"))
    _show_alerts()
    served, quality, shifted = st.tabs(
        [say(f"monitoring.tab.{name}") for name in ("traffic", "quality", "drift")],
        key="monitoring tabs",
        on_change="rerun",
    )
    for tab, draw in (
        (served, _show_traffic),
        (quality, live_quality.show),
        (shifted, drift_report.show),
    ):
        if tab.open:
            with tab, session.reported():
                draw()


@st.fragment(run_every="30s")
def _show_alerts() -> None:
    with session.reported():
        found = alerts.alerts(
            session.api().readiness(),
            session.unless_away(session.api().jobs) or [],
            session.unless_away(recent.drift),
            session.unless_away(lambda: recent.traffic("24h")),
            reader.words(),
        )
        if not found:
            st.success(say("monitoring.calm"), icon=":material/check_circle:")
        say_it = {"error": st.error, "warning": st.warning, "info": st.info}
        for alert in found:
            say_it[alert.level](say(f"alert.{alert.key}", **alert.values), icon=ICONS[alert.level])


@st.fragment(run_every="30s")
def _show_traffic() -> None:
    with session.reported():
        window = st.segmented_control(
            say("traffic.window"),
            traffic.WINDOWS,
            default="24h",
            required=True,
            format_func=lambda name: say(f"traffic.last.{name}"),
            label_visibility="collapsed",
        )
        found = recent.traffic(window or "24h")
        if found is None:
            st.info(say("traffic.absent"), icon=":material/inbox:")
            return
        if not found["logging"]:
            st.info(say("alert.no_log"), icon=":material/lightbulb:")
        if not found["total"]["predictions"]:
            st.info(say("traffic.empty"), icon=":material/potted_plant:")
            return
        _show_figures(found)
        _show_charts(found)


def _show_figures(found: dict[str, Any]) -> None:
    words = reader.words()
    with st.container(horizontal=True):
        total = words.number(found["total"]["predictions"])
        st.metric(say("traffic.predictions"), total, border=True)
        share = words.share(traffic.accepted_share(found))
        st.metric(
            say("traffic.accepted_share"), share, border=True, help=say("decision.accept_help")
        )
        for name in traffic.PERCENTILES:
            at = found["latency_ms"].get(name)
            told = words.seconds(None if at is None else at / 1_000)
            st.metric(say(f"traffic.{name}"), told, border=True, help=say("traffic.latency_help"))


def _show_charts(found: dict[str, Any]) -> None:
    words = reader.words()
    over_time, sure = st.columns([3, 2], gap="medium")
    with over_time:
        st.markdown(f"**{say('traffic.over_time')}**")
        st.vega_lite_chart(
            traffic.times(found, words, reader.here()),
            traffic.time_chart(words, step_seconds=found["step_seconds"]),
            alt=say("traffic.over_time"),
        )
    with sure:
        st.markdown(f"**{say('traffic.how_sure')}**")
        st.vega_lite_chart(
            traffic.confidence(found),
            traffic.confidence_chart(words),
            alt=say("traffic.how_sure"),
        )
    st.markdown(f"**{say('traffic.categories')}**")
    st.dataframe(
        [
            {
                say("word.category"): row["category"],
                say("word.code"): row["prdtypecode"],
                say("traffic.predictions"): row["predictions"],
                say("traffic.accepted_share"): row["accepted"] / row["predictions"],
            }
            for row in traffic.largest(found)
        ],
        hide_index=True,
        column_config={
            say("traffic.accepted_share"): st.column_config.ProgressColumn(
                format="percent", min_value=0, max_value=1
            )
        },
    )


if __name__ == "__main__":
    show()
