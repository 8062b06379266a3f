"""Pages of the listings that are current: found by text, category, or place in the holdout."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select

from rakuten_mlops.catalog.revision import NOT_A_PRODUCT
from rakuten_mlops.database import reachable
from rakuten_mlops.tables import labels, listings

BEGINNING = 300
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which listings, and which page of them; `text` stands in the designation, or is a productid.

    `prdtypecode` None: of any category or none. `page` counts from 1.
    """

    text: str = ""
    prdtypecode: int | None = None
    holdout: bool | None = None
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """How many listings there are, and those of the page, the newest first."""

    total: int
    rows: tuple[Mapping[str, Any], ...]


def search(engine: Engine, wanted: Wanted) -> Found:
    """Look listings up; a description is cut after `BEGINNING` characters.

    Raises `DatabaseUnavailable`.
    """
    columns = (
        listings.c.productid,
        listings.c.imageid,
        listings.c.designation,
        func.substr(listings.c.description, 1, BEGINNING).label("description"),
        listings.c.in_holdout,
        listings.c.added_in,
        labels.c.prdtypecode,
        labels.c.source.label("label_source"),
        labels.c.author.label("label_author"),
    )
    page = (
        _current(select(*columns), wanted)
        .order_by(listings.c.id.desc())
        .limit(wanted.size)
        .offset((wanted.page - 1) * wanted.size)
    )
    with reachable(), engine.connect() as connection:
        total = connection.scalar(_current(select(func.count()), wanted)) or 0
        rows = tuple(dict(row) for row in connection.execute(page).mappings())
    return Found(total, rows)


def _current(columns: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    has_label = and_(
        labels.c.productid == listings.c.productid,
        labels.c.removed_in.is_(None),
        labels.c.prdtypecode != NOT_A_PRODUCT,
    )
    joined = columns.select_from(listings.outerjoin(labels, has_label))
    return joined.where(listings.c.removed_in.is_(None), *_conditions(wanted))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text := wanted.text.strip():
        named = listings.c.designation.icontains(text, autoescape=True)
        number = int(text) if text.isascii() and text.isdigit() else None
        own = None if number is None or number > LARGEST_ID else listings.c.productid == number
        found.append(named if own is None else or_(named, own))
    if wanted.prdtypecode is not None:
        found.append(labels.c.prdtypecode == wanted.prdtypecode)
    if wanted.holdout is not None:
        found.append(listings.c.in_holdout == wanted.holdout)
    return found
