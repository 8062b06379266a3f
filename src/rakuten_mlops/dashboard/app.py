"""The dashboard: log in, then five pages. Started by `launch.command`."""

from pathlib import Path

import streamlit as st

from rakuten_mlops.dashboard import session

HERE = Path(__file__).parent
NAME = "Rakuten product classifier"
ICON = str(HERE / "icon.svg")


def main() -> None:
    """Draw the page that was asked for, or the login form."""
    st.set_page_config(page_title=NAME, page_icon=ICON, layout="wide")
    login = session.current()
    # All pages are known before the login, so that an address like /models survives it.
    page = st.navigation(pages(), position="hidden" if login is None else "sidebar")
    if login is None:
        session.ask_for_login()
        return
    st.logo(ICON, size="large")
    _show_user(login)
    with session.reported():
        page.run()


def pages() -> dict[str, list[st.Page]]:
    """Overview, Predict, Review, Training, Models.

    Their folder is not called `pages`: Streamlit would serve it by itself, before any login.
    """
    return {
        NAME: [
            st.Page(HERE / "views/overview.py", title="Overview", default=True),
            st.Page(HERE / "views/predict.py", title="Predict"),
            st.Page(HERE / "views/review.py", title="Review"),
            st.Page(HERE / "views/training.py", title="Training"),
            st.Page(HERE / "views/models.py", title="Models"),
        ]
    }


def _show_user(login: session.Login) -> None:
    with st.sidebar:
        st.caption(f"Logged in as **{login.user['name']}** ({login.user['role']})")
        st.button("Log out", on_click=session.log_out, width="stretch")


if __name__ == "__main__":
    main()
