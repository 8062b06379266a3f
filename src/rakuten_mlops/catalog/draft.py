"""A revision while it is written: inside one transaction, kept or dropped as a whole.

A handful of statements compare the staged rows with what is current. Whatever is no longer
current is closed, never changed; what is new is added.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from rakuten_mlops.catalog.categories import RAKUTEN, Category
from rakuten_mlops.catalog.revision import NOT_A_PRODUCT, PEOPLE, STRANGERS, Kind, Revision
from rakuten_mlops.catalog.staging import staged
from rakuten_mlops.errors import CatalogError, MixedCatalog
from rakuten_mlops.tables import categories, labels, listings, revisions

log = logging.getLogger(__name__)

LISTING = ("productid", "imageid", "designation", "description", "in_holdout")
CATEGORY = ("prdtypecode", "name_fr", "name_en")
REMEDY = "Use --replace to put one in the place of the other, or another RAKUTEN_HOME to keep both"


class Draft:
    """The next revision. Making one waits for any other writer to finish."""

    def __init__(self, connection: Connection, *, kind: Kind, source: str, author: str) -> None:
        self._connection = connection
        self._kind: Kind = kind
        self._author = author
        self._counts = {"listings_added": 0, "listings_removed": 0, "labels_added": 0}
        if connection.dialect.name == "postgresql":
            # SQLite's INSERT takes its one write lock by itself.
            connection.exec_driver_sql("LOCK TABLE revisions IN EXCLUSIVE MODE")
        newest = select(func.coalesce(func.max(revisions.c.revision), 0)).scalar_subquery()
        opening = insert(revisions).values(
            revision=newest + 1,
            kind=kind,
            source=source,
            author=author,
            created_at=datetime.now(UTC),
            **self._counts,
        )
        self.revision = connection.scalars(opening.returning(revisions.c.revision)).one()

    def refuse_strangers(self) -> None:
        """Raise `MixedCatalog` if current listings come from the other sort of source."""
        if (stranger := self._stranger()) is not None:
            raise MixedCatalog(
                f"The catalogue holds listings of kind {stranger!r}, which those of kind "
                f"{self._kind!r} would mix with. {REMEDY}"
            )

    def retire_missing(self) -> None:
        """Close what the staged rows do not name; everything, if strangers are current."""
        everything = self._stranger() is not None
        named = select(staged.c.productid)
        for table in (labels, listings):
            gone = true() if everything else table.c.productid.not_in(named)
            closed = self._close(table, gone)
        self._counts["listings_removed"] += closed

    def store_listings(self) -> None:
        """Add staged listings that are new, or whose text is not the current one."""
        differs = or_(
            listings.c.designation != staged.c.designation,
            listings.c.description != staged.c.description,
        )
        self._counts["listings_removed"] += self._close(listings, _is_staged(listings, differs))
        values = {name: staged.c[name] for name in LISTING}
        self._counts["listings_added"] += self._add(listings, values, where=true())

    def store_labels(self) -> None:
        """Add staged labels that are new or differ; only a person overrules a person.

        A person who repeats what a file said makes it a person's word. A row staged without a
        label leaves the listing the one that it has.
        """
        by_person = labels.c.source.in_(PEOPLE)
        differs = labels.c.prdtypecode != staged.c.prdtypecode
        stale = or_(differs, ~by_person) if self._kind in PEOPLE else and_(differs, ~by_person)
        given = staged.c.prdtypecode.is_not(None)
        self._close(labels, _is_staged(labels, and_(stale, given)))
        values = {
            "productid": staged.c.productid,
            "prdtypecode": staged.c.prdtypecode,
            "source": literal(self._kind),
            "author": literal(self._author),
        }
        self._counts["labels_added"] += self._add(labels, values, where=given)

    def refuse_unknown(self) -> None:
        """Raise `CatalogError` if a staged label names no current listing, or no category."""
        orphans = select(staged.c.productid).where(~_has_current(listings))
        if (orphan := self._connection.scalar(orphans.limit(1))) is not None:
            raise CatalogError(f"The catalogue has no listing {orphan}; nothing was labelled")
        codes = select(staged.c.prdtypecode).distinct()
        if (
            unknown := set(self._connection.scalars(codes))
            - {NOT_A_PRODUCT}
            - read_categories(self._connection).keys()
        ):
            raise CatalogError(
                f"The catalogue has no category {min(unknown)}; nothing was labelled"
            )

    def replace_categories(self, table: Iterable[Category]) -> None:
        """Make the catalogue's categories exactly these; none: the challenge's own."""
        rows = [{name: getattr(category, name) for name in CATEGORY} for category in table]
        self._connection.execute(delete(categories))
        if rows:
            self._connection.execute(insert(categories), rows)

    def refuse_nameless_labels(self) -> None:
        """Raise `MixedCatalog` if a current label is in no category of the catalogue."""
        used = select(labels.c.prdtypecode).where(labels.c.removed_in.is_(None)).distinct()
        known = read_categories(self._connection)
        if nameless := sorted(set(self._connection.scalars(used)) - {NOT_A_PRODUCT} - known.keys()):
            codes = ", ".join(map(str, nameless[:5])) + (", …" if nameless[5:] else "")
            raise MixedCatalog(
                f"The catalogue has labels that its table of categories lacks ({codes}). {REMEDY}"
            )

    def close(self) -> Revision | None:
        """Write down what changed; None, and no revision, if nothing did."""
        staged.drop(self._connection)
        this = revisions.c.revision == self.revision
        if not any(self._counts.values()):
            self._connection.execute(delete(revisions).where(this))
            log.info("nothing to change: every row is what is current already")
            return None
        self._connection.execute(update(revisions).where(this).values(self._counts))
        written = next(read_revisions(self._connection, this))
        log.info("wrote %s", written)
        return written

    def _stranger(self) -> Kind | None:
        strangers = revisions.c.kind.in_(STRANGERS.get(self._kind, ()))
        kinds = select(revisions.c.kind).join(listings, listings.c.added_in == revisions.c.revision)
        return self._connection.scalar(
            kinds.where(listings.c.removed_in.is_(None), strangers).limit(1)
        )

    def _close(self, table: Table, rows: ColumnElement[bool]) -> int:
        closing = update(table).where(table.c.removed_in.is_(None), rows)
        return self._connection.execute(closing.values(removed_in=self.revision)).rowcount

    def _add(self, table: Table, values: dict[str, Any], *, where: ColumnElement[bool]) -> int:
        values = values | {"added_in": literal(self.revision)}
        new = select(*values.values()).where(where, ~_has_current(table))
        adding = insert(table).from_select(list(values), new.order_by(staged.c.productid))
        # Unless asked to keep it, only SQLite's driver still knows how many rows an INSERT made.
        keep = {"preserve_rowcount": True}
        return self._connection.execute(adding, execution_options=keep).rowcount


def read_revisions(
    connection: Connection, where: ColumnElement[bool] | None = None
) -> Iterator[Revision]:
    """Yield revisions, oldest first."""
    chosen = select(revisions).where(true() if where is None else where)
    for row in connection.execute(chosen.order_by(revisions.c.revision)).mappings():
        yield Revision(**row)


def read_categories(connection: Connection) -> dict[int, Category]:
    """Return the catalogue's own categories by code, or the challenge's if it has none."""
    rows = connection.execute(select(*(categories.c[name] for name in CATEGORY))).mappings()
    own = [Category(**{name: row[name] for name in CATEGORY}) for row in rows]
    return {category.prdtypecode: category for category in own or RAKUTEN}


def _has_current(table: Table) -> ColumnElement[bool]:
    return exists().where(table.c.productid == staged.c.productid, table.c.removed_in.is_(None))


def _is_staged(table: Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # The first part lets a small write find its rows by the index, however large the catalogue.
    return and_(
        table.c.productid.in_(select(staged.c.productid)),
        exists().where(staged.c.productid == table.c.productid, condition),
    )
