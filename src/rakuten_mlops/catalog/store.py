"""The catalogue: listings, labels and revisions; every past state of it can be read again.

Whole tables of listings are polars', imported where they are read: the API, which counts and
writes, does without.
"""

import gc
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, func, or_, select

from rakuten_mlops.catalog.categories import Category
from rakuten_mlops.catalog.corrections import Corrections
from rakuten_mlops.catalog.draft import Draft, read_categories, read_revisions
from rakuten_mlops.catalog.revision import NOT_A_PRODUCT, PEOPLE, Changes, Counts, Kind, Revision
from rakuten_mlops.catalog.staging import (
    Progress,
    Row,
    make_stage,
    stage_labels,
    stage_listings,
)
from rakuten_mlops.database import reachable
from rakuten_mlops.errors import CatalogTooSmall, UnknownRevision
from rakuten_mlops.tables import labels, listings, revisions

if TYPE_CHECKING:
    import polars as pl

    from rakuten_mlops.catalog.snapshot import Snapshot

ROWS_AT_ONCE = 2_000


class Catalog:
    """Listings by productid, and their labels, in the database behind an engine.

    Every method raises `DatabaseUnavailable` if that database is away or locked.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(
        self,
        rows: Iterable[Row],
        *,
        kind: Kind,
        source: str,
        author: str,
        replace: bool = False,
        categories: Iterable[Category] | None = None,
        progress: Progress | None = None,
    ) -> Revision | None:
        """Store rows as one revision; None if they are what is current already.

        `replace` retires current listings and labels that no row names. `categories` become the
        catalogue's own. A label that a person gave stands against one of a file. An error that
        `rows` raises while it is read leaves the catalogue as it was. A listing without productid
        gets a negative one, made from its text. Raises `MixedCatalog`.
        """
        with self._transaction() as connection:
            stage_listings(connection, rows, progress)
            draft = Draft(connection, kind=kind, source=source, author=author)
            if replace:
                draft.retire_missing()
            draft.refuse_strangers()
            draft.store_listings()
            draft.store_labels()
            if categories is not None:
                draft.replace_categories(categories)
                draft.refuse_nameless_labels()
            return draft.close()

    def label(
        self, labels: Iterable[tuple[int, int]], *, kind: Kind, author: str, source: str = ""
    ) -> Revision | None:
        """Store what people say: pairs of productid and prdtypecode; the latest word counts.

        None if people said the same before. `NOT_A_PRODUCT` takes a listing out of training. Raises
        `CatalogError` for a productid or prdtypecode that the catalogue does not have.
        """
        with self._transaction() as connection:
            stage_labels(connection, dict(labels))
            draft = Draft(connection, kind=kind, source=source, author=author)
            draft.refuse_unknown()
            draft.store_labels()
            return draft.close()

    @contextmanager
    def correcting(self, *, kind: Kind, author: str) -> Generator[Corrections]:
        """Store what people say about listings that the catalogue may hold or not.

        One transaction: what the block writes on the corrections' connection is kept with them.
        """
        with reachable(), self._engine.begin() as connection:
            yield Corrections(connection, kind=kind, author=author)

    def current_revision(self) -> int:
        """Return the newest revision's number; 0 if the catalogue is empty."""
        with self._reading() as connection:
            return connection.scalar(select(func.coalesce(func.max(revisions.c.revision), 0))) or 0

    def revisions(self) -> list[Revision]:
        """Return all revisions, oldest first."""
        with self._reading() as connection:
            return list(read_revisions(connection))

    def categories(self) -> dict[int, Category]:
        """Return the categories by prdtypecode: the catalogue's own, or the challenge's 27."""
        with self._reading() as connection:
            return read_categories(connection)

    def changes(self, revision: int) -> Changes:
        """Return what a revision did to listings. Raises `UnknownRevision`."""
        self._known(revision)
        came = select(listings.c.productid).where(listings.c.added_in == revision)
        left = select(listings.c.productid).where(listings.c.removed_in == revision)
        labelled = select(labels.c.productid).where(labels.c.added_in == revision)
        with self._reading() as connection:
            new = set(connection.scalars(came))
            gone = set(connection.scalars(left))
            touched = new.union(connection.scalars(labelled))
        return Changes(
            added=len(new - gone), changed=len(touched - (new - gone)), removed=len(gone - new)
        )

    def counts(self, revision: int | None = None) -> Counts:
        """Count what a revision holds, the newest by default. Raises `UnknownRevision`."""
        as_of = self._known(revision)
        here = _has_category(as_of)
        statement = (
            select(
                labels.c.prdtypecode,
                func.count(),
                func.count().filter(listings.c.in_holdout),
                func.count().filter(listings.c.description == ""),
            )
            .select_from(listings.outerjoin(labels, here))
            .where(_current(listings, as_of))
            .group_by(labels.c.prdtypecode)
        )
        with self._reading() as connection:
            return _counted([tuple(row) for row in connection.execute(statement)])

    def label_sources(self, revision: int | None = None) -> dict[str, int]:
        """Count a revision's labelled listings by where the label came from, the kind of a write.

        Raises `UnknownRevision`.
        """
        as_of = self._known(revision)
        here = _has_category(as_of)
        statement = (
            select(labels.c.source, func.count())
            .select_from(listings.join(labels, here))
            .where(_current(listings, as_of))
            .group_by(labels.c.source)
            .order_by(labels.c.source)
        )
        with self._reading() as connection:
            return {source: int(rows) for source, rows in connection.execute(statement)}

    def labelled_by_people(self, revision: int | None = None) -> set[int]:
        """Return the productids whose label a person gave. Raises `UnknownRevision`."""
        said = labels.c.source.in_(PEOPLE) & _current(labels, self._known(revision))
        with self._reading() as connection:
            return set(connection.scalars(select(labels.c.productid).where(said)))

    def labelled(self, revision: int | None = None) -> "pl.DataFrame":
        """Return a revision's labelled listings, the newest by default, ordered by productid.

        The columns are those of `snapshot.SCHEMA`. Raises `UnknownRevision`.
        """
        from rakuten_mlops.catalog.snapshot import SCHEMA, as_table

        as_of = self._known(revision)
        here = _has_category(as_of)
        tables = {name: labels if name == "prdtypecode" else listings for name in SCHEMA}
        statement = (
            select(*(table.c[name] for name, table in tables.items()))
            .select_from(listings.join(labels, here))
            .where(_current(listings, as_of))
        )
        with self._reading() as connection, _no_garbage_collection():
            return as_table(connection.execute(statement).partitions(ROWS_AT_ONCE))

    def snapshot(self, revision: int | None = None) -> "Snapshot":
        """Return what training needs as of a revision, the newest by default; always the same.

        Raises `UnknownRevision`, and `CatalogTooSmall` if there are not two categories to learn
        from, or nothing in the holdout to judge on.
        """
        from rakuten_mlops.catalog.snapshot import Snapshot, fingerprint

        as_of = self._known(revision)
        rows = self.labelled(as_of)
        found = Snapshot(as_of, fingerprint(rows), self.counts(as_of), rows)
        categories = found.training["prdtypecode"].n_unique()
        if categories < 2 or not found.counts.holdout:
            raise CatalogTooSmall(
                f"Revision {as_of} has {rows.height} labelled listings: {categories} categories to "
                f"learn from and {found.counts.holdout} listings to judge on. Import a larger "
                "catalogue, or make a synthetic one"
            )
        return found

    def _known(self, revision: int | None) -> int:
        newest = self.current_revision()
        if revision is None:
            return newest
        if not 0 <= revision <= newest:
            raise UnknownRevision(f"There is no revision {revision}; the newest is {newest}")
        return revision

    @contextmanager
    def _transaction(self) -> Generator[Connection]:
        with reachable(), self._engine.begin() as connection:
            make_stage(connection)
            yield connection

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with reachable(), self._engine.connect() as connection:
            yield connection


@contextmanager
def _no_garbage_collection() -> Generator[None]:
    """Rows hold texts and numbers only; to look through them costs as much as to read them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _current(table: Table, revision: int) -> ColumnElement[bool]:
    still = or_(table.c.removed_in.is_(None), table.c.removed_in > revision)
    return and_(table.c.added_in <= revision, still)


def _has_category(revision: int) -> ColumnElement[bool]:
    """Where a label belongs to a listing and names a category."""
    return and_(
        labels.c.productid == listings.c.productid,
        labels.c.prdtypecode != NOT_A_PRODUCT,
        _current(labels, revision),
    )


def _counted(groups: list[tuple[int | None, int, int, int]]) -> Counts:
    labelled = {code: (rows, held) for code, rows, held, _ in groups if code is not None}
    return Counts(
        listings=sum(rows for _, rows, _, _ in groups),
        labelled=sum(rows for rows, _ in labelled.values()),
        holdout=sum(held for _, held in labelled.values()),
        without_description=sum(bare for *_, bare in groups),
        categories={code: labelled[code][0] for code in sorted(labelled)},
    )
