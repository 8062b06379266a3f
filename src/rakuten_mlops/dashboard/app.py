"""The dashboard: log in, then the pages. Started by `launch.command`."""

from pathlib import Path

import streamlit as st

from rakuten_mlops.dashboard import reader, session
from rakuten_mlops.dashboard.reader import say

HERE = Path(__file__).parent
ICON = str(HERE / "icon.svg")
# What belongs together in the menu, in the order of a visit. The folder is not called `pages`:
# Streamlit would serve it by itself, before any login.
SECTIONS = {
    "start": ("overview", "presentation"),
    "listings": ("predict", "review", "catalogue"),
    "model": ("training", "models", "monitoring"),
}


def main() -> None:
    """Draw the page that was asked for, or the login form."""
    st.set_page_config(page_title=say("app.name"), page_icon=ICON, layout="wide")
    st.html(HERE / "style.css")
    login = session.current()
    # All pages are known before the login, so that an address like /models survives it.
    page = st.navigation(pages(login), position="hidden" if login is None else "sidebar")
    if login is None:
        session.ask_for_login()
        return
    st.logo(ICON, size="large")
    _show_user(login)
    with session.reported():
        page.run()


def pages(login: session.Login | None) -> dict[str, list[st.Page]]:
    """The pages by their section; what a role cannot use is not in its menu."""
    closed = {"review"} if login is not None and login.user["role"] == "client" else set()
    return {
        say(f"menu.{section}"): [
            st.Page(
                HERE / f"views/{name}.py",
                title=say(f"page.{name}"),
                default=name == "overview",
                visibility="hidden" if name in closed else "visible",
            )
            for name in names
        ]
        for section, names in SECTIONS.items()
    }


def _show_user(login: session.Login) -> None:
    with st.sidebar:
        name, role = login.user["name"], reader.words().name("role", login.user["role"])
        st.caption(say("login.as", name=name, role=role))
        st.button(say("login.out"), on_click=session.log_out, width="stretch")
        reader.ask_language()


if __name__ == "__main__":
    main()
