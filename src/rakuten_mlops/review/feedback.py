"""Corrections that other systems send, many at a time; each request counts once."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, select, update

from rakuten_mlops.catalog.listing import LabelledListing
from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import insert_into
from rakuten_mlops.errors import KeyReused
from rakuten_mlops.review.offering import withdraw
from rakuten_mlops.review.queue import now, wait_for_turn
from rakuten_mlops.tables import feedback_requests

REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """Longest texts of a listing, in characters."""

    designation: int
    description: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that was not stored: its place in the request, counted from 0, and why."""

    item: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request; `repeated` says that it came before and changed nothing now.

    `revision` is None if people had said all of it before.
    """

    accepted: int
    labels_added: int
    revision: int | None
    rejected: tuple[Refusal, ...]
    repeated: bool = False


class Feedback:
    """Where corrections enter the catalogue of one database."""

    def __init__(self, engine: Engine, *, limits: Limits) -> None:
        self._catalog = Catalog(engine)
        self._limits = limits

    def submit(
        self,
        items: Sequence[LabelledListing],
        *,
        author: str,
        source: str = "",
        key: str | None = None,
    ) -> Receipt:
        """Store corrections as one revision; a bad one is named and does not stop the rest.

        A request is known by its author and `key`, without a key by its content. Sent again
        within 30 days it gets the first one's receipt. Raises `KeyReused` if the content differs,
        and `DatabaseUnavailable`.
        """
        body = _digest(items, source)
        known = self._catalog.categories().keys()
        with self._catalog.correcting(kind="feedback", author=author) as corrections:
            connection = corrections.connection
            wait_for_turn(connection)
            if (before := _claim(connection, author, key or body, body)) is not None:
                return before
            refused = _refused(items, known, self._limits)
            bad = {refusal.item for refusal in refused}
            good = [each for place, each in enumerate(items) if place not in bad]
            said = [(each.listing, each.prdtypecode) for each in good]
            revision = corrections.store(said, source=f"feedback {source}".strip())
            withdraw(connection, {_content(each) for each in good})
            receipt = Receipt(
                accepted=len(good),
                labels_added=0 if revision is None else revision.labels_added,
                revision=None if revision is None else revision.revision,
                rejected=tuple(refused),
            )
            _remember(connection, author, key or body, receipt)
        return receipt


def _content(labelled: LabelledListing) -> int:
    return own_productid(replace(labelled.listing, productid=None))


def _digest(items: Sequence[LabelledListing], source: str) -> str:
    text = json.dumps([source, *map(asdict, items)])
    return hashlib.sha256(text.encode()).hexdigest()


def _refused(
    items: Sequence[LabelledListing], known: Collection[int], limits: Limits
) -> list[Refusal]:
    found = []
    for place, each in enumerate(items):
        listing, code = each.listing, each.prdtypecode
        for name, text, longest in (
            ("designation", listing.designation, limits.designation),
            ("description", listing.description, limits.description),
        ):
            if len(text) > longest:
                reason = f"has {len(text)} characters; the limit is {longest}"
                found.append(Refusal(place, name, reason))
            if "\0" in text:
                found.append(Refusal(place, name, "holds a NUL character"))
        if not listing.designation.strip():
            found.append(Refusal(place, "designation", "is blank; give the listing's title"))
        if code not in known:
            found.append(Refusal(place, "prdtypecode", f"{code} is not a category"))
    return found


def _claim(connection: Connection, author: str, key: str, body: str) -> Receipt | None:
    """Note a request that is new, or return what came of it the first time."""
    expired = feedback_requests.c.received_at < now() - REMEMBERED
    connection.execute(delete(feedback_requests).where(expired))
    row = {"author": author, "key": key, "body": body, "received_at": now()}
    new = insert_into(connection, feedback_requests).values(row).on_conflict_do_nothing()
    if connection.execute(new.returning(feedback_requests.c.key)).first():
        return None
    own = (feedback_requests.c.author == author, feedback_requests.c.key == key)
    columns = (feedback_requests.c.body, feedback_requests.c.outcome)
    first, outcome = connection.execute(select(*columns).where(*own)).one()
    if first != body:
        raise KeyReused(
            f"The idempotency key {key!r} came before with other items; give these a key of their "
            "own"
        )
    stored = json.loads(outcome)
    refused = tuple(Refusal(**each) for each in stored.pop("rejected"))
    return Receipt(**stored | {"rejected": refused, "repeated": True})


def _remember(connection: Connection, author: str, key: str, receipt: Receipt) -> None:
    own = (feedback_requests.c.author == author, feedback_requests.c.key == key)
    told = update(feedback_requests).where(*own)
    connection.execute(told.values(outcome=json.dumps(asdict(receipt))))
