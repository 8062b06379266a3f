"""The review queue in a spreadsheet: items out, answers in."""

import streamlit as st

from rakuten_mlops.client.answers import SheetOutcome
from rakuten_mlops.dashboard import session, wording

TAKEN = "review sheet"
SEPARATORS = {"Semicolons (Excel in France)": "semicolon", "Commas": "comma", "Tabs": "tab"}
SHOWN = 20


def show() -> None:
    """Take items into a file, and give the file back with its column `answer` filled in."""
    out, back = st.columns(2, gap="medium")
    with out:
        _show_export()
    with back:
        _show_import()


def _show_export() -> None:
    st.markdown("**1. Take items**")
    count = st.number_input("How many", 1, 1_000, 100, step=50)
    separator = st.selectbox("Separated by", list(SEPARATORS))
    if st.button("Take them into a file"):
        with session.reported():
            sheet = session.api().review_sheet(int(count), delimiter=SEPARATORS[separator])
            st.session_state[TAKEN] = sheet
    if sheet := st.session_state.get(TAKEN):
        st.download_button("Download review.csv", sheet, "review.csv", "text/csv", type="primary")
    st.caption(
        "They are yours for 24 hours. In the column `answer` write a prdtypecode, `ok` where the "
        "model is right, `skip`, or `not a product`; leave it empty for later."
    )


def _show_import() -> None:
    st.markdown("**2. Give the answers back**")
    upload = st.file_uploader("The same file with its answers", type=["csv", "txt", "tsv"])
    if upload is not None and st.button("Store the answers", type="primary"):
        with session.reported():
            _show_outcome(session.api().send_review_sheet(upload.getvalue()))


def _show_outcome(outcome: SheetOutcome) -> None:
    rejected = outcome["rejected"]
    st.success(
        f"{wording.counted(outcome['answered'], 'answer')} stored, {outcome['skipped']:,} skipped, "
        f"{outcome['open']:,} still without an answer."
    )
    if rejected:
        st.warning(f"{wording.counted(len(rejected), 'line')} rejected:")
        st.dataframe([dict(bad) for bad in rejected[:SHOWN]], hide_index=True)
        if len(rejected) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(rejected):,}.")
