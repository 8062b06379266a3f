"""The two moves of `Production` by hand: promote and roll back, each with a reason."""

import streamlit as st

from rakuten_mlops.client.answers import Move, VersionList
from rakuten_mlops.dashboard import session
from rakuten_mlops.dashboard.rendering import PRODUCTION

ASKED, DONE = "move asked", "move done"
SHORTEST = 3


def show_done() -> None:
    """Say once that a move was made."""
    if message := st.session_state.pop(DONE, None):
        st.success(message)


def show_buttons(version: str, versions: VersionList) -> None:
    """Promote this version, or go back to an earlier one; for administrators."""
    production, earlier = versions["production"], served_before(versions)
    admin = session.is_admin()
    only = None if admin else "Only an administrator moves aliases."
    st.button(
        f"Promote version {version} …",
        disabled=not admin or version == production,
        help=only or ("It is in production already." if version == production else None),
        on_click=_ask,
        args=("promote",),
    )
    st.button(
        "Roll back …",
        disabled=not admin or not earlier,
        help=only or (None if earlier else "No other version was ever in production."),
        on_click=_ask,
        args=("roll back",),
    )
    if only:
        st.caption(only)
    match st.session_state.get(ASKED):
        case "promote":
            _confirm_promotion(version, production)
        case "roll back":
            _confirm_rollback(production, earlier)


def served_before(versions: VersionList) -> list[str]:
    """Versions that were in production before the present one, the latest first."""
    targets = [move["target"] for move in versions["moves"] if move["alias"] == PRODUCTION]
    return [one for one in dict.fromkeys(targets) if one != versions["production"]]


def _ask(move: str) -> None:
    st.session_state[ASKED] = move


def _forget() -> None:
    st.session_state.pop(ASKED, None)


@st.dialog("Promote by hand", on_dismiss=_forget)
def _confirm_promotion(version: str, production: str | None) -> None:
    instead = f" instead of version {production}" if production else ""
    st.markdown(f"Version **{version}** will answer all predictions{instead}, within seconds.")
    if why := _reason("promote", f"Put version {version} into production"):
        with session.reported():
            _finish(session.api().promote(version, why=why))


@st.dialog("Roll back", on_dismiss=_forget)
def _confirm_rollback(production: str | None, earlier: list[str]) -> None:
    st.markdown(f"Version **{production}** will no longer answer predictions.")
    target = st.selectbox(
        "Go back to version", earlier, help="Versions that were in production, the latest first."
    )
    if why := _reason("roll back", "Roll back"):
        with session.reported():
            _finish(session.api().roll_back(target, why=why))


def _reason(key: str, button: str) -> str | None:
    """The reason, once it is given and the button pressed."""
    with st.form(key, border=False):
        why = st.text_area("Why?", max_chars=500, placeholder="It stays in the alias history.")
        pressed = st.form_submit_button(button, type="primary")
    if pressed and len(why.strip()) < SHORTEST:
        st.error("Write the reason, in a few words: it is recorded with the move.")
        return None
    return why.strip() if pressed else None


def _finish(move: Move) -> None:
    source = f" in place of version {move['source']}" if move["source"] else ""
    _forget()
    st.session_state[DONE] = f"Version {move['target']} is in production{source}."
    st.rerun()
