"""Who is logged in, and what happens when the API says no.

Name and password live in the API client of this session, in the server's memory, and nowhere else.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import streamlit as st

from rakuten_mlops.client.answers import Me
from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.dashboard import faults, reader
from rakuten_mlops.dashboard.reader import say
from rakuten_mlops.errors import ApiError
from rakuten_mlops.settings import Settings

T = TypeVar("T")
LONGEST_SESSION = 8 * 3600.0
LOGIN, NOTICE = "login", "login notice"


@dataclass(frozen=True)
class Login:
    """A user whom the API at an address has let in, and the connection that is theirs."""

    user: Me
    api: ApiClient
    address: str
    since: float = field(default_factory=time.monotonic)

    @property
    def ended(self) -> bool:
        """Whether this session has lasted long enough."""
        return time.monotonic() - self.since > LONGEST_SESSION


def current() -> Login | None:
    """Who is logged in; a session that has lasted its time is ended first."""
    found: Login | None = st.session_state.get(LOGIN)
    if found is not None and found.ended:
        log_out("login.ended")
        return None
    return found


def login() -> Login:
    """The login of this session."""
    return st.session_state[LOGIN]


def api() -> ApiClient:
    """The API as the user of this session."""
    return login().api


def user() -> Me:
    """The user of this session."""
    return login().user


def is_admin() -> bool:
    """Whether the user may train, import and move aliases; the API decides again."""
    return user()["role"] == "admin"


def is_reviewer() -> bool:
    """Whether the user may say what listings are; the API decides again."""
    return user()["role"] != "client"


def log_out(notice: str | None = None) -> None:
    """Forget the user and everything the pages kept for them; `notice` is the key of a text."""
    _forget_all_but_language()
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
            log_out("login.invalid")
            st.rerun()
        show(error)


def unless_away(ask: Callable[[], T]) -> T | None:
    """What the API answers; None where a part of the system is away."""
    try:
        return ask()
    except ApiError as error:
        if error.status != 503:
            raise
        return None


def show(error: ApiError) -> None:
    """An error as the reader sees it: what is wrong, and below it what to do."""
    st.error(faults.told(error, reader.words()), icon=":material/warning:")


def ask_for_login() -> None:
    """The login form, alone on the page."""
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        with st.container(horizontal=True, horizontal_alignment="right"), st.container(width=220):
            reader.ask_language()
        st.title(say("app.name"))
        st.markdown(say("login.lead"))
        if notice := st.session_state.get(NOTICE):
            st.info(say(notice))
        with st.form("login form"):
            name = st.text_input(say("login.user"), autocomplete="username")
            password = st.text_input(
                say("login.password"), type="password", autocomplete="current-password"
            )
            pressed = st.form_submit_button(say("login.button"), type="primary", width="stretch")
        if pressed:
            _log_in(name.strip(), password)
        st.caption(say("login.first"))


def _log_in(name: str, password: str) -> None:
    address = Settings().api
    client = ApiClient(address, name=name, password=password)
    try:
        user = client.me()
    except ApiError as error:
        show(error)
        return
    _forget_all_but_language()
    st.session_state[LOGIN] = Login(user, client, address)
    st.rerun()


def _forget_all_but_language() -> None:
    chosen = st.session_state.get(reader.CHOSEN)
    st.session_state.clear()
    if chosen:
        st.session_state[reader.CHOSEN] = chosen
