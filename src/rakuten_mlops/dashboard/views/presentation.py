"""The tour: one slide at a time by keyboard, or all of them below one another, to be printed."""

import streamlit as st

from rakuten_mlops.dashboard import reader, recent, session, slides
from rakuten_mlops.dashboard.reader import say

AT = "slide"


def show() -> None:
    words = reader.words()
    deck = slides.slides(_live(), words)
    st.title(say("page.presentation"))
    with st.container(key="slide-controls"):
        everything = _show_controls(len(deck))
    if everything:
        st.html("".join(slides.page(slide, words) for slide in deck))
    else:
        st.html(slides.page(deck[_place(len(deck))], words))


def _live() -> slides.Live:
    return slides.Live(
        session.api().readiness(),
        session.unless_away(recent.catalog),
        session.unless_away(session.api().jobs),
        session.unless_away(recent.versions),
        session.unless_away(lambda: recent.traffic("24h")),
    )


def _place(count: int) -> int:
    return min(max(st.session_state.get(AT, 0), 0), count - 1)


def _show_controls(count: int) -> bool:
    """Back, on, and the switch to all slides, which it answers."""
    st.caption(say("tour.how"))
    with st.container(horizontal=True, vertical_alignment="center"):
        everything = st.toggle(say("tour.all"), key="whole tour", persist_state="session")
        at = _place(count)
        st.button(
            say("tour.back"),
            key="slide back",
            shortcut="Left",
            disabled=everything or at == 0,
            on_click=_go,
            args=(at - 1,),
        )
        st.button(
            say("tour.on"),
            key="slide on",
            type="primary",
            shortcut="Right",
            disabled=everything or at == count - 1,
            on_click=_go,
            args=(at + 1,),
        )
    return everything


def _go(place: int) -> None:
    st.session_state[AT] = place


if __name__ == "__main__":
    show()
