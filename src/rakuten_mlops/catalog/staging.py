"""Rows on their way into the catalogue, in a temporary table that nobody else sees.

Laying them out takes no lock, so the catalogue's other writers wait only while rows are compared
with what is current.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import length_hint

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    exists,
    insert,
)

from rakuten_mlops.catalog.holdout import in_holdout
from rakuten_mlops.catalog.listing import LabelledListing, Listing

Row = LabelledListing | tuple[Listing, int | None]
Progress = Callable[[int, int | None], object]

CHUNK = 5_000

staged = Table(
    "staged",
    MetaData(),
    Column("productid", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("imageid", BigInteger),
    Column("designation", Text),
    Column("description", Text),
    Column("in_holdout", Boolean),
    Column("prdtypecode", Integer),
    prefixes=["TEMPORARY"],
)


def make_stage(connection: Connection) -> None:
    """Make the empty table inside a transaction, so that a failure takes it away again."""
    if connection.dialect.name == "sqlite":
        # The driver begins by itself only before an INSERT, UPDATE or DELETE.
        connection.exec_driver_sql("BEGIN")
    staged.create(connection)


def stage_listings(
    connection: Connection, rows: Iterable[Row], progress: Progress | None = None
) -> None:
    """Stage rows as they come; of rows with the same productid the last one counts."""
    done, total = 0, length_hint(rows) or None
    columns = _columns(rows)
    while chunk := list(islice(columns, CHUNK)):
        connection.execute(insert(staged), chunk)
        done += len(chunk)
        if progress is not None:
            progress(done, total)
    later = staged.alias()
    superseded = exists().where(
        later.c.productid == staged.c.productid, later.c.position > staged.c.position
    )
    connection.execute(delete(staged).where(superseded))


def stage_labels(connection: Connection, codes: Mapping[int, int]) -> None:
    """Stage the prdtypecode of each productid, without a listing."""
    rows = [
        {"productid": productid, "position": 0, "prdtypecode": code}
        for productid, code in codes.items()
    ]
    if rows:
        connection.execute(insert(staged), rows)


def own_productid(listing: Listing) -> int:
    """Return a productid for a listing without one: negative, the same for the same text."""
    text = f"{len(listing.designation)} {listing.designation}{listing.description}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return ~(int.from_bytes(digest, "big") >> 1)


def _columns(rows: Iterable[Row]) -> Iterator[dict[str, object]]:
    for position, row in enumerate(rows):
        listing, code = (row.listing, row.prdtypecode) if isinstance(row, LabelledListing) else row
        productid = own_productid(listing) if listing.productid is None else listing.productid
        yield {
            "productid": productid,
            "position": position,
            "imageid": listing.imageid,
            "designation": listing.designation,
            "description": listing.description,
            "in_holdout": in_holdout(listing.designation),
            "prdtypecode": code,
        }
