"""Answers that do not change from one moment to the next, kept for all readers of one role.

What is kept here is the same for everybody whom the API lets see it: nothing of the review queue,
and nothing that belongs to one user. A move or a new revision made here forgets it at once; one
made elsewhere is seen after `SECONDS` at the latest.
"""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import (
    CatalogSummary,
    VersionDetail,
    VersionList,
)
from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.dashboard import session
from rakuten_mlops.errors import ApiError

SECONDS = 10.0
PICTURES = 3600.0
MOST = 500


def versions() -> VersionList:
    """All versions and alias moves, newest first."""
    return _answer(*_asker(), "versions")


def version(number: str) -> VersionDetail:
    """One version with its model card."""
    return _answer(*_asker(), "version", number)


def catalog() -> CatalogSummary:
    """The catalogue as it stands."""
    return _answer(*_asker(), "catalog")


def picture(method: str, number: str) -> bytes | None:
    """A picture of a version's report; None where the version has none."""
    return _picture(*_asker(), method, number)


def category_names() -> dict[str, str]:
    """The name of each code, as the catalogue has it; codes as text, as in a scorecard."""
    return names_of(catalog())


def names_of(found: CatalogSummary | None) -> dict[str, str]:
    """The name of each code of a catalogue; none where the database is away."""
    rows = found["categories"] if found else []
    return {str(row["prdtypecode"]): row["category"] for row in rows}


def forget() -> None:
    """Ask anew: something was changed here."""
    _answer.clear()


def _asker() -> tuple[ApiClient, str, str]:
    login = session.login()
    return login.api, login.address, login.user["role"]


# The client is not part of the key; the address and the role of who asks are.
@st.cache_data(ttl=SECONDS, max_entries=MOST, show_spinner=False)
def _answer(_api: ApiClient, address: str, role: str, method: str, *arguments: Any) -> Any:  # noqa: ARG001 - the key
    return getattr(_api, method)(*arguments)


@st.cache_data(ttl=PICTURES, max_entries=MOST, show_spinner=False)
def _picture(_api: ApiClient, address: str, role: str, method: str, number: str) -> bytes | None:  # noqa: ARG001 - the key
    try:
        return getattr(_api, method)(number)
    except ApiError as error:
        if error.status != 404:
            raise
        return None
