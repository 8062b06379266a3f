"""Who is logged in, and what happens when the API says no.

Name and password live in the API client of this session, in the server's memory, and nowhere else.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from rakuten_mlops.client.answers import Me
from rakuten_mlops.client.api_client import ApiClient, ApiError
from rakuten_mlops.settings import Settings

LONGEST_SESSION = 8 * 3600.0
LOGIN, NOTICE = "login", "login notice"


@dataclass(frozen=True)
class Login:
    """A user whom the API has let in, and the connection that is theirs."""

    user: Me
    api: ApiClient
    since: float = field(default_factory=time.monotonic)

    @property
    def ended(self) -> bool:
        """Whether this session has lasted long enough."""
        return time.monotonic() - self.since > LONGEST_SESSION


def current() -> Login | None:
    """Who is logged in; a session that has lasted its time is ended first."""
    login: Login | None = st.session_state.get(LOGIN)
    if login is not None and login.ended:
        log_out("You were logged out after 8 hours. Please log in again.")
        return None
    return login


def api() -> ApiClient:
    """The API as the user of this session."""
    return st.session_state[LOGIN].api


def user() -> Me:
    """The user of this session."""
    return st.session_state[LOGIN].user


def is_admin() -> bool:
    """Whether the user may train and move aliases; the API decides again."""
    return user()["role"] == "admin"


def is_reviewer() -> bool:
    """Whether the user may say what listings are; the API decides again."""
    return user()["role"] != "client"


def log_out(notice: str | None = None) -> None:
    """Forget the user and everything the pages kept for them."""
    st.session_state.clear()
    st.session_state[NOTICE] = notice


@contextmanager
def reported() -> Generator[None]:
    """Show what the API refuses in place; a login that no longer holds ends the session.

    A part of a page that refreshes itself runs without the rest of the app: it needs its own.
    """
    if current() is None:
        st.rerun()
    try:
        yield
    except ApiError as error:
        if error.status == 401:
            log_out("Your login is no longer valid. Please log in again.")
            st.rerun()
        show(error)


def show(error: ApiError) -> None:
    """An error as the reader sees it: what is wrong, and below it what to do."""
    st.error(f"{error.message}\n\n{error.remedy}" if error.remedy else error.message)


def ask_for_login() -> None:
    """The login form, alone on the page."""
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        st.title("Rakuten product classifier")
        st.markdown("Train, compare, promote and use the model that gives a listing its category.")
        if notice := st.session_state.get(NOTICE):
            st.info(notice)
        with st.form("login form"):
            name = st.text_input("User", autocomplete="username")
            password = st.text_input("Password", type="password", autocomplete="current-password")
            pressed = st.form_submit_button("Log in", type="primary", width="stretch")
        if pressed:
            _log_in(name.strip(), password)
        st.caption(
            "First time here? The user is `admin`; the first password is in the file "
            "`var/admin-password`, or, in containers, the `API_PASSWORD` that they were started "
            "with. The login lasts 8 hours, or until this page is reloaded."
        )


def _log_in(name: str, password: str) -> None:
    client = ApiClient(Settings().api, name=name, password=password)
    try:
        user = client.me()
    except ApiError as error:
        show(error)
        return
    st.session_state.clear()
    st.session_state[LOGIN] = Login(user, client)
    st.rerun()
