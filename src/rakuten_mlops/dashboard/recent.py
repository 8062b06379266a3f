"""Answers that do not change from one moment to the next, kept for all readers of one role.

What is kept here is the same for everybody whom the API lets see it: nothing of the review queue,
and nothing that belongs to one user. A move or a new revision made here forgets it at once; one
made elsewhere is seen after `SECONDS` at the latest.
"""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import (
    CatalogRevision,
    CatalogSummary,
    ListingPage,
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


def listings(**wanted: Any) -> ListingPage:
    """A page of the listings that are current."""
    return _answer(*_asker(), "catalog_listings", **wanted)


def revisions() -> list[CatalogRevision]:
    """The latest writes to the catalogue, newest first."""
    return _answer(*_asker(), "revisions")


def traffic(window: str) -> dict[str, Any] | None:
    """What was predicted over a stretch; None where no log is kept."""
    return _unless_absent("traffic", window)


def drift() -> dict[str, Any] | None:
    """The last drift report; None before the first."""
    return _unless_absent("drift")


def drift_history() -> list[dict[str, Any]]:
    """Earlier drift reports, newest first."""
    return _unless_absent("drift_history") or []


def gains() -> list[dict[str, Any]]:
    """What trainings gained by people's labels, the newest version first."""
    return _unless_absent("training_gains") or []


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
def _unless_absent(method: str, *arguments: Any) -> Any:
    try:
        return _answer(*_asker(), method, *arguments)
    except ApiError as error:
        if error.status != 404:
            raise
        return None


@st.cache_data(ttl=SECONDS, max_entries=MOST, show_spinner=False)
def _answer(
    _api: ApiClient,
    address: str,  # noqa: ARG001 - part of the key
    role: str,  # noqa: ARG001 - part of the key
    method: str,
    *arguments: Any,
    **named: Any,
) -> Any:
    return getattr(_api, method)(*arguments, **named)


@st.cache_data(ttl=PICTURES, max_entries=MOST, show_spinner=False)
def _picture(_api: ApiClient, address: str, role: str, method: str, number: str) -> bytes | None:  # noqa: ARG001 - the key
    try:
        return getattr(_api, method)(number)
    except ApiError as error:
        if error.status != 404:
            raise
        return None
