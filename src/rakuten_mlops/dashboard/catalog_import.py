"""Files into the catalogue: first what they would do, then, if that pleases, the doing."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import ImportOutcome
from rakuten_mlops.dashboard import reader, recent, session
from rakuten_mlops.dashboard.listing_table import write_table
from rakuten_mlops.dashboard.reader import say

FIELDS = ("listings", "codes", "categories")
KINDS = ["csv", "gz"]
PREVIEW, DONE = "import preview", "import done"
REJECT = ("file", "line", "field", "value", "reason")


def show() -> None:
    """The files, what they would change, and the button that stores them."""
    if not session.is_admin():
        role = reader.words().name("role", session.user()["role"])
        st.info(say("import.only_admin", role=role))
        return
    if done := st.session_state.pop(DONE, None):
        st.success(done, icon=":material/check_circle:")
    st.markdown(say("import.lead"))
    files = _ask_files()
    replace = st.checkbox(say("import.replace"), help=say("import.replace_help"))
    most = st.number_input(
        say("import.most"), 0.0, 100.0, 1.0, step=0.5, width=260, help=say("import.most_help")
    )
    order = {"files": files, "replace": replace, "max_rejected": most / 100}
    key = (replace, *((name, content) for name, content in files.values()))
    if st.button(say("import.preview"), type="primary", disabled="listings" not in files):
        st.session_state.pop(PREVIEW, None)
        with session.reported(), st.spinner(say("import.reading")):
            outcome = session.api().import_listings(**order, commit=False)
            st.session_state[PREVIEW] = (hash(key), outcome)
    for_files, outcome = st.session_state.get(PREVIEW, (None, None))
    if outcome is not None and for_files == hash(key):
        _show_preview(outcome, order)


def _ask_files() -> dict[str, tuple[str, bytes]]:
    files: dict[str, tuple[str, bytes]] = {}
    for column, field in zip(st.columns(3), FIELDS, strict=True):
        upload = column.file_uploader(
            say(f"import.{field}"),
            type=KINDS,
            key=f"import {field}",
            help=say(f"import.{field}_help"),
        )
        if upload is not None:
            files[field] = (upload.name, upload.getvalue())
    return files


def _show_preview(outcome: ImportOutcome, order: dict[str, Any]) -> None:
    words = reader.words()
    bad = sum(outcome["rejected"].values())
    with st.container(border=True):
        st.markdown(f"**{say('import.would')}**")
        with st.container(horizontal=True):
            for name in ("rows_read", "added", "changed", "unchanged", "removed", "labels_added"):
                st.metric(say(f"import.{name}"), words.number(outcome[name]))
            st.metric(say("import.bad"), words.number(bad))
        if bad:
            _show_rejects(outcome)
        too_bad = bad > order["max_rejected"] * max(outcome["rows_read"], 1)
        nothing = not any(outcome[name] for name in ("added", "changed", "removed"))
        if too_bad:
            st.error(say("import.too_bad", share=words.share(bad / max(outcome["rows_read"], 1))))
        elif nothing:
            st.info(say("import.nothing"))
        elif st.button(say("import.store"), type="primary"):
            _store(order)


def _show_rejects(outcome: ImportOutcome) -> None:
    words = reader.words()
    for reason, rows in outcome["rejected"].items():
        st.markdown(f"- {words.count('row', rows)}: {reason}")
    rejects = [dict(row) for row in outcome["rejects"]]
    with st.expander(say("import.rejects", n=len(rejects))):
        st.dataframe([{name: row[name] for name in REJECT} for row in rejects], hide_index=True)
    header = (*REJECT, "row")
    page = write_table(
        header, [[str(row[name]) for name in header] for row in rejects], delimiter=","
    )
    st.download_button(say("import.take_rejects"), page, "rejects.csv", "text/csv")


def _store(order: dict[str, Any]) -> None:
    with session.reported(), st.spinner(say("import.storing")):
        outcome = session.api().import_listings(**order, commit=True)
        recent.forget()
        st.session_state.pop(PREVIEW, None)
        words = reader.words()
        st.session_state[DONE] = say(
            "import.stored",
            revision=outcome["revision"],
            added=words.number(outcome["added"]),
            changed=words.number(outcome["changed"]),
        )
        st.rerun()
