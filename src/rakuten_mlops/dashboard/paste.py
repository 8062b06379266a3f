"""Several listings at once, pasted from anywhere: one a line."""

import streamlit as st

from rakuten_mlops.dashboard import batch, reader, session
from rakuten_mlops.dashboard.listing_table import MOST_PASTED, answer_cells, pasted
from rakuten_mlops.dashboard.reader import say

PASTED, RESULT = "pasted listings", "pasted result"
EXAMPLE = """\
Piscine tubulaire ronde 3,05 m	Livrée avec pompe et bâche
Console portable rétro 400 jeux
Lot de 12 cahiers 24x32 grands carreaux	96 pages, papier 90 g
Coussin décoratif 45x45 en lin
Lot de 3 pièces bleu
"""


def show() -> None:
    """The field, and what came of it."""
    text = st.text_area(
        say("paste.label"),
        key=PASTED,
        height=190,
        placeholder=EXAMPLE,
        help=say("paste.help"),
        persist_state="session",
    )
    with st.container(horizontal=True):
        pressed = st.button(say("batch.find"), type="primary")
        st.button(say("paste.example"), on_click=_fill_in)
    if pressed:
        st.session_state.pop(RESULT, None)
        _answer(text or "")
    if result := st.session_state.get(RESULT):
        batch.show_result(result)


def _fill_in() -> None:
    st.session_state[PASTED] = EXAMPLE


def _answer(text: str) -> None:
    table = pasted(text)
    if not table.rows:
        st.error(say("paste.empty"))
        return
    if len(table.rows) > MOST_PASTED:
        words = reader.words()
        many, most = words.count("line", len(table.rows)), words.number(MOST_PASTED)
        st.error(say("paste.too_many", lines=many, most=most))
        return
    with session.reported():
        answers = tuple(answer_cells(answer) for answer in batch.answered(table))
        st.session_state[RESULT] = batch.Result(say("paste.file"), table, answers)
