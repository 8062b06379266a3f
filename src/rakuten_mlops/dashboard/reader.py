"""Who reads: in which language, on which clock, as the browser says it."""

from datetime import UTC, datetime, tzinfo
from typing import Any

import streamlit as st

from rakuten_mlops.dashboard.language import (
    LANGUAGES,
    NOTHING,
    Language,
    instant,
    language,
    preferred,
    zone,
)

CHOSEN = "language"


def words() -> Language:
    """The language that the reader chose, or else the browser's."""
    chosen = st.session_state.get(CHOSEN) or st.query_params.get(CHOSEN)
    return language(chosen if chosen in LANGUAGES else preferred(st.context.locale))


def say(key: str, **values: Any) -> str:
    """A text in the reader's language."""
    return words().say(key, **values)


def ask_language() -> None:
    """The switch; the choice stands in the address, so that a reload keeps it."""
    st.segmented_control(
        "Language · Langue",
        list(LANGUAGES),
        default=words().code if CHOSEN not in st.session_state else None,
        format_func=LANGUAGES.__getitem__,
        key=CHOSEN,
        required=True,
        label_visibility="collapsed",
        bind="query-params",
        width="stretch",
    )


def here() -> tzinfo:
    """The time zone of the reader's browser."""
    return zone(st.context.timezone)


def local(iso: str) -> datetime:
    """A time on the reader's clock, without its zone, for a table."""
    return instant(iso).astimezone(here()).replace(tzinfo=None)


def moment(iso: str | None) -> str:
    """A time on the reader's clock."""
    return words().moment(iso, here())


def ago(iso: str | None) -> str:
    """How long ago a time was."""
    return words().ago(iso, datetime.now(UTC))


def since(iso: str | None) -> str:
    """A time, and how long ago it was."""
    return NOTHING if iso is None else f"{moment(iso)} ({ago(iso)})"
