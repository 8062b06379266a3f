"""The last drift report: its finding, each test beside its threshold, and what came before."""

from typing import Any

import streamlit as st

from rakuten_mlops.dashboard import drift, drift_findings, reader, recent, session
from rakuten_mlops.dashboard.reader import say

PAGE = "drift page"


def show() -> None:
    """The report, or how there will be one."""
    report = recent.drift()
    _show_buttons(report)
    if report is None:
        st.info(say("drift.empty"), icon=":material/potted_plant:")
        return
    _show_finding(report)
    _show_tests(report)
    _show_changes(report)
    _show_history()


def _show_buttons(report: dict[str, Any] | None) -> None:
    with st.container(horizontal=True):
        admin = session.is_admin()
        only = None if admin else say("drift.only_admin")
        if st.button(say("drift.look"), disabled=not admin, help=only):
            with session.reported(), st.spinner(say("word.working")):
                session.api().look_for_drift()
                recent.forget()
                st.rerun()
        if report is not None and st.button(say("drift.page")):
            with session.reported():
                st.session_state[PAGE] = session.api().drift_page()
        if page := st.session_state.get(PAGE):
            st.download_button(say("drift.download"), page, "drift.html", "text/html")


def _show_finding(report: dict[str, Any]) -> None:
    words = reader.words()
    with st.container(border=True):
        state = words.name("drift_state", report["state"])
        st.badge(state, color=drift.COLOURS.get(report["state"], "gray"))
        st.markdown(f"#### {drift_findings.headline(report, words)}")
        for finding in drift_findings.findings(report, words)[1:]:
            st.markdown(f"- {finding}")
        st.caption(
            say(
                "drift.about",
                listings=words.count("listing", report["listings"]),
                reference=report["reference"],
                version=report["version"],
                since=reader.moment(report["since"]),
                until=reader.moment(report["until"]),
                false=words.share(report["false_alarm_rate"], 0),
            )
        )
        if report.get("action"):
            st.info(report["action"], icon=":material/sync:")


def _show_tests(report: dict[str, Any]) -> None:
    words = reader.words()
    rows = drift.weights(report, words)
    if not rows:
        return
    tests, one = st.columns(2, gap="medium")
    with tests:
        st.markdown(f"**{say('drift.tests')}**")
        st.caption(say("drift.tests_lead"))
        st.vega_lite_chart(rows, drift.weight_chart(rows, words), alt=say("drift.tests"))
    with one:
        drawable = [row for row in rows if row.get("bins")]
        if drawable:
            chosen = st.selectbox(
                say("drift.test"), drawable, format_func=lambda row: str(row["title"])
            )
            st.vega_lite_chart(
                drift.bins(chosen, words), drift.bin_chart(words), alt=chosen["title"]
            )
            st.caption(f"{chosen['finding']}  \n{chosen['source']}")


def _show_changes(report: dict[str, Any]) -> None:
    lists = (("terms", "term"), ("gone", "term"), ("categories", "category"))
    present = [(name, field) for name, field in lists if report.get(name)]
    if not present:
        return
    for column, (name, field) in zip(st.columns(len(present)), present, strict=True):
        with column:
            st.markdown(f"**{say(f'drift.{name}')}**")
            st.dataframe(
                [
                    {
                        say(f"drift.{field}"): row[field],
                        say("drift.reference"): row["reference"],
                        say("drift.current"): row["current"],
                    }
                    for row in report[name]
                ],
                hide_index=True,
                column_config={
                    say(f"drift.{when}"): st.column_config.NumberColumn(format="percent")
                    for when in ("reference", "current")
                },
            )


def _show_history() -> None:
    reports = recent.drift_history()
    if len(reports) < 2:
        return
    st.markdown(f"**{say('drift.history')}**")
    st.vega_lite_chart(
        drift.history(reports, reader.here(), reader.words()),
        drift.history_chart(reader.words()),
        alt=say("drift.history"),
    )
