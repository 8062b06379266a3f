"""What goes over HTTP about the catalogue, field by field."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class CatalogSummary(BaseModel):
    """The catalogue as it stands; `categories` counts labelled listings by code."""

    revision: int
    listings: int
    labelled: int
    holdout: int
    without_description: int
    synthetic: bool
    categories: list[dict[str, Any]]


class CatalogListing(BaseModel):
    """A listing that is current, with its label if it has one.

    `label_source` is the kind of write that gave the label: import, review, feedback and so on.
    """

    productid: int
    imageid: int | None
    designation: str
    description: str
    in_holdout: bool
    added_in: int
    prdtypecode: int | None
    category: str | None
    label_source: str | None
    label_author: str | None


class ListingPage(BaseModel):
    """One page of the listings that were asked for, the newest first; `total` counts all pages."""

    total: int
    page: int
    size: int
    listings: list[CatalogListing]


class CatalogRevision(BaseModel):
    """One write to the catalogue. A changed text counts as a listing removed and one added."""

    revision: int
    kind: str
    source: str
    author: str
    created_at: datetime
    listings_added: int
    listings_removed: int
    labels_added: int


class RevisionList(BaseModel):
    """The latest revisions, newest first."""

    revisions: list[CatalogRevision]


class RejectedRow(BaseModel):
    """A row that could not be stored: where it stands, the field at fault, and why."""

    file: str
    line: int
    field: str
    value: str
    reason: str
    row: str


class ImportOutcome(BaseModel):
    """What an import did, or, not `committed`, would do.

    `rejected` counts bad rows by reason, `rejects` are the first of them. `revision` is None if the
    catalogue holds all of it already, or nothing was committed.
    """

    committed: bool
    rows_read: int
    added: int
    changed: int
    unchanged: int
    removed: int
    labels_added: int
    rejected: dict[str, int]
    rejects: list[RejectedRow]
    revision: int | None
