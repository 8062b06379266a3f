"""The review queue in a spreadsheet: items out, answers in."""

import streamlit as st

from rakuten_mlops.client.answers import SheetOutcome
from rakuten_mlops.dashboard import reader, session
from rakuten_mlops.dashboard.reader import say

TAKEN = "review sheet"
SEPARATORS = ("semicolon", "comma", "tab")
SHOWN = 20


def show() -> None:
    """Take items into a file, and give the file back with its column `answer` filled in."""
    out, back = st.columns(2, gap="medium")
    with out:
        _show_export()
    with back:
        _show_import()


def _show_export() -> None:
    st.markdown(f"**{say('sheet.take')}**")
    count = st.number_input(say("sheet.count"), 1, 1_000, 100, step=50)
    separator = st.selectbox(
        say("sheet.separated"), SEPARATORS, format_func=lambda name: say(f"sheet.{name}")
    )
    if st.button(say("sheet.take_button")):
        with session.reported():
            sheet = session.api().review_sheet(int(count), delimiter=separator)
            st.session_state[TAKEN] = sheet
    if sheet := st.session_state.get(TAKEN):
        st.download_button(say("sheet.download"), sheet, "review.csv", "text/csv", type="primary")
    st.caption(say("sheet.explained"))


def _show_import() -> None:
    st.markdown(f"**{say('sheet.give')}**")
    upload = st.file_uploader(say("sheet.upload"), type=["csv", "txt", "tsv"])
    if upload is not None and st.button(say("sheet.store"), type="primary"):
        with session.reported(), st.spinner(say("word.working")):
            _show_outcome(session.api().send_review_sheet(upload.getvalue()))


def _show_outcome(outcome: SheetOutcome) -> None:
    words, rejected = reader.words(), outcome["rejected"]
    st.success(
        say(
            "sheet.stored",
            answers=words.count("answer", outcome["answered"]),
            skipped=words.number(outcome["skipped"]),
            open=words.number(outcome["open"]),
        )
    )
    if rejected:
        st.warning(say("sheet.rejected", lines=words.count("line", len(rejected))))
        st.dataframe([dict(bad) for bad in rejected[:SHOWN]], hide_index=True)
        if len(rejected) > SHOWN:
            st.caption(say("batch.first", shown=SHOWN, total=words.number(len(rejected))))
