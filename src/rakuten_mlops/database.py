"""The one database: tables, engine, migrations.

Rows of `listings` and `labels` are never changed or deleted. Each is current from revision
`added_in` up to, not including, `removed_in` (NULL: still current), so every past state of the
catalogue can be read again.
"""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from rakuten_mlops.errors import DatabaseUnavailable

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows by itself only where the key's type is INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")
# Processes that start together migrate one after the other, and a killed one leaves nothing.
TAKE_MIGRATION_TURN = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(84916)",
}

revisions = Table(
    "revisions",
    metadata,
    Column("revision", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),  # import, synthetic, arrivals, review, feedback
    Column("source", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("listings_added", Integer, nullable=False),
    Column("listings_removed", Integer, nullable=False),
    Column("labels_added", Integer, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("productid", BigInteger, nullable=False),
    Column("imageid", BigInteger),
    Column("designation", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("in_holdout", Boolean, nullable=False),
    Column("added_in", ForeignKey("revisions.revision"), nullable=False),
    Column("removed_in", ForeignKey("revisions.revision")),
    Index("ix_listings_productid_removed_in", "productid", "removed_in"),
)

labels = Table(
    "labels",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("productid", BigInteger, nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("source", String(16), nullable=False),  # the kind of its revision
    Column("author", String(64), nullable=False),
    Column("added_in", ForeignKey("revisions.revision"), nullable=False),
    Column("removed_in", ForeignKey("revisions.revision")),
    Index("ix_labels_productid_removed_in", "productid", "removed_in"),
)

categories = Table(
    "categories",
    metadata,
    Column("prdtypecode", Integer, primary_key=True, autoincrement=False),
    Column("name_fr", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(16), nullable=False),  # queued, running, succeeded, failed, orphaned
    # 1 while queued or running, else NULL: the database itself refuses a second active job.
    Column("active", Integer, unique=True),
    Column("trigger", String(16), nullable=False),  # manual, schedule, first-start
    Column("requested_by", String(64), nullable=False),
    Column("parameters", Text, nullable=False),  # JSON
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("step", String(32)),
    Column("progress", Float, nullable=False, default=0.0),
    Column("message", Text),
    Column("outcome", Text),  # JSON: version, scorecard, verdict
)


def open_database(url: str) -> Engine:
    """Connect to a database; for SQLite make its folder and use write-ahead logging."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection, _record) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 20000")
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous = normal")
    cursor.execute("PRAGMA foreign_keys = on")
    cursor.close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    # The busy timeout does not cover this: of two processes that switch a new file at the same
    # time, SQLite fails one at once.
    deadline = time.monotonic() + 20
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; safe to call at every start."""
    config = Config()
    config.set_main_option("script_location", "rakuten_mlops:migrations")
    with reachable(), engine.begin() as connection:
        if turn := TAKE_MIGRATION_TURN.get(connection.dialect.name):
            connection.exec_driver_sql(turn)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def reachable() -> Generator[None]:
    """Translate the driver's errors about a database that is away, locked or not made yet."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnavailable(
            f"The database did not answer ({error.orig}). Check RAKUTEN_DATABASE_URL, the disk, "
            "and that `rakuten-mlops up` made the database"
        ) from error
