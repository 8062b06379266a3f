"""The two moves of `Production` by hand: promote and roll back, each with a reason."""

import streamlit as st

from rakuten_mlops.client.answers import Move, VersionList
from rakuten_mlops.dashboard import recent, session
from rakuten_mlops.dashboard.reader import say
from rakuten_mlops.dashboard.rendering import PRODUCTION

ASKED, DONE = "move asked", "move done"
SHORTEST = 3


def show_done() -> None:
    """Say once that a move was made."""
    if message := st.session_state.pop(DONE, None):
        st.success(message, icon=":material/check_circle:")


def show_buttons(version: str, versions: VersionList) -> None:
    """Promote this version, or go back to an earlier one; for administrators."""
    production, earlier = versions["production"], served_before(versions)
    admin = session.is_admin()
    only = None if admin else say("moves.only_admin")
    st.button(
        say("moves.promote", version=version),
        key="promote",
        disabled=not admin or version == production,
        help=only or (say("moves.is_there") if version == production else None),
        on_click=_ask,
        args=("promote",),
    )
    st.button(
        say("moves.roll_back"),
        key="roll back",
        disabled=not admin or not earlier,
        help=only or (None if earlier else say("moves.no_other")),
        on_click=_ask,
        args=("roll back",),
    )
    if only:
        st.caption(only)
    match st.session_state.get(ASKED):
        case "promote":
            _promotion(version, production)
        case "roll back":
            _rollback(production, earlier)


def served_before(versions: VersionList) -> list[str]:
    """Versions that were in production before the present one, the latest first."""
    targets = [move["target"] for move in versions["moves"] if move["alias"] == PRODUCTION]
    return [one for one in dict.fromkeys(targets) if one != versions["production"]]


def _ask(move: str) -> None:
    st.session_state[ASKED] = move


def _forget() -> None:
    st.session_state.pop(ASKED, None)


def _promotion(version: str, production: str | None) -> None:
    """Ask in a dialog, whose title is in the reader's language."""

    @st.dialog(say("moves.promote_title"), on_dismiss=_forget)
    def confirm() -> None:
        st.markdown(say("moves.will_answer", version=version))
        if production:
            st.caption(say("moves.instead_of", production=production))
        if why := _reason("promotion", say("moves.promote_button", version=version)):
            with session.reported():
                _finish(session.api().promote(version, why=why))

    confirm()


def _rollback(production: str | None, earlier: list[str]) -> None:
    """Ask in a dialog for the version to go back to, and why."""

    @st.dialog(say("moves.roll_back_title"), on_dismiss=_forget)
    def confirm() -> None:
        st.markdown(say("moves.will_not_answer", production=production))
        target = st.selectbox(say("moves.back_to"), earlier, help=say("moves.back_to_help"))
        if why := _reason("rollback", say("moves.roll_back_button")):
            with session.reported():
                _finish(session.api().roll_back(target, why=why))

    confirm()


def _reason(key: str, button: str) -> str | None:
    """The reason, once it is given and the button pressed."""
    with st.form(key, border=False):
        why = st.text_area(say("moves.why"), max_chars=500, placeholder=say("moves.why_stays"))
        pressed = st.form_submit_button(button, type="primary")
    if pressed and len(why.strip()) < SHORTEST:
        st.error(say("moves.write_why"))
        return None
    return why.strip() if pressed else None


def _finish(move: Move) -> None:
    recent.forget()
    _forget()
    st.session_state[DONE] = say("moves.done", target=move["target"])
    st.rerun()
