"""The one database: tables, engine, migrations.

Rows of `listings` and `labels` are never changed or deleted. Each is current from revision
`added_in` up to, not including, `removed_in` (NULL: still current), so every past state of the
catalogue can be read again.
"""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from rakuten_mlops.errors import BadDatabaseUrl, DatabaseUnavailable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

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
MIGRATIONS = Path(__file__).with_name("migrations") / "versions"
# What SQLite calls operational and PostgreSQL a mistake of ours: no table yet, no schema, a
# database that can only be read, and, of versions since 15, no right to make a table.
NOT_READY = {"42P01", "3F000", "25006", "42501"}
# The API serves on without the database, so it must notice soon that nobody answers there.
CONNECT_SECONDS = 5


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: SQLite keeps no time zone, and PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


revisions = Table(
    "revisions",
    metadata,
    Column("revision", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),  # import, synthetic, arrivals, review, feedback
    Column("source", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
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
    Column("created_at", UtcDateTime, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(16), nullable=False),  # queued, running, succeeded, failed, orphaned
    # 1 while queued or running, else NULL: the database itself refuses a second active job.
    Column("active", Integer, unique=True),
    # Whose process it is: another machine cannot see whether that process lives.
    Column("machine", String(32), nullable=False),
    Column("trigger", String(16), nullable=False),  # manual, schedule, first-start
    Column("requested_by", String(64), nullable=False),
    Column("parameters", Text, nullable=False),  # JSON
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("step", String(32)),
    Column("progress", Float, nullable=False, default=0.0),
    Column("message", Text),
    Column("outcome", Text),  # JSON: version, scorecard, verdict
)

review_items = Table(
    "review_items",
    metadata,
    Column("id", RowId, primary_key=True),
    # `own_productid` of the texts: a listing waits once, however often it comes.
    Column("content", BigInteger, nullable=False, unique=True),
    Column("designation", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # doubtful, random, label noise
    Column("state", String(16), nullable=False),  # waiting, answered, labelled, void
    Column("priority", Float, nullable=False),  # within its kind, highest first
    Column("model_version", String(64), nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("alternatives", Text, nullable=False),  # JSON
    Column("stored_code", Integer),  # label noise: what the catalogue says
    Column("offered_at", UtcDateTime, nullable=False),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("answer_code", Integer),  # or NOT_A_PRODUCT
    Column("answered_by", String(64)),
    Column("answered_at", UtcDateTime),
    # The one that made a label of the answer; none where people had said the same before.
    Column("revision", ForeignKey("revisions.revision")),
    Index("ix_review_items_state_kind_priority", "state", "kind", "priority"),
    Index("ix_review_items_leased_by", "leased_by"),
)

review_draws = Table(
    "review_draws",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("item_id", ForeignKey("review_items.id", ondelete="CASCADE"), nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
    UniqueConstraint("item_id", "model_version"),
    Index("ix_review_draws_model_version_drawn_at", "model_version", "drawn_at"),
)

review_answers = Table(
    "review_answers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("item_id", ForeignKey("review_items.id"), nullable=False),
    Column("reviewer", String(64), nullable=False),
    Column("answer", String(16), nullable=False),  # confirm, category, not a product, skip
    Column("prdtypecode", Integer),
    Column("answered_at", UtcDateTime, nullable=False),
    Index("ix_review_answers_item_id_reviewer", "item_id", "reviewer"),
)

feedback_requests = Table(
    "feedback_requests",
    metadata,
    Column("author", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body", String(64), nullable=False),  # SHA-256
    Column("outcome", Text),  # JSON
    Column("received_at", UtcDateTime, nullable=False),
)


# The champion and the challenger of a shadow, by version: each row some listings scored by both.
shadow_runs = Table(
    "shadow_runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("champion", String(64), nullable=False),
    Column("challenger", String(64), nullable=False),
    Column("compared", Integer, nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

shadow_disputes = Table(
    "shadow_disputes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("champion", String(64), nullable=False),
    Column("challenger", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("designation", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("prdtypecode", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("challenger_code", Integer, nullable=False),
    Column("challenger_confidence", Float, nullable=False),
    Index("ix_shadow_disputes_champion_challenger", "champion", "challenger"),
)


def open_database(url: str) -> Engine:
    """Return the engine of a database, which connects when it is first used.

    For SQLite it makes the folder and uses write-ahead logging. Raises `BadDatabaseUrl`.
    """
    try:
        parsed = make_url(url)
        return _open_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _open(parsed)
    except NoSuchModuleError as error:
        raise BadDatabaseUrl(
            f"RAKUTEN_DATABASE_URL names no kind of database that is known ({error}); it starts "
            "with sqlite:/// or postgresql://"
        ) from error
    except ImportError as error:
        raise BadDatabaseUrl(
            f"RAKUTEN_DATABASE_URL names a driver that does not load ({error}); install it, or "
            "use postgresql://, whose driver is installed"
        ) from error
    except (ArgumentError, ValueError) as error:
        # The text itself stays out of the message: it may hold a password.
        raise BadDatabaseUrl(
            "RAKUTEN_DATABASE_URL is not a database's URL; it is written like "
            "sqlite:////folder/catalog.db or postgresql://user:password@host:5432/rakuten, with "
            "%40 for an @ in the password, and so on"
        ) from error


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(url)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _open(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    return create_engine(url, pool_pre_ping=True)


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


def insert_into(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return an INSERT that can say what to do about a row that is there already."""
    # The dialect of the database is here already, the other one stays where it is.
    kind = connection.dialect.name
    return import_module(f"sqlalchemy.dialects.{kind}").insert(table)


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; safe to call at every start."""
    with reachable():
        if schema_revision(engine) == newest_schema():
            return
        _upgrade(engine)


def schema_revision(engine: Engine) -> str | None:
    """The schema's revision in a database; None where there is no schema yet."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def newest_schema() -> str:
    """The schema's newest revision, by the migrations' file names, which begin with theirs."""
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*.py"))


def _upgrade(engine: Engine) -> None:
    # Imported where there is something to do: most starts have nothing, and a process that serves
    # would keep its 10 MiB.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "rakuten_mlops:migrations")
    with engine.begin() as connection:
        if turn := TAKE_MIGRATION_TURN.get(connection.dialect.name):
            connection.exec_driver_sql(turn)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def reachable() -> Generator[None]:
    """Translate the driver's errors about a database that is away, locked or not made yet."""
    try:
        yield
    except DBAPIError as error:
        if not _is_away(error):
            raise
        reason = " ".join(str(error.orig).split())
        raise DatabaseUnavailable(
            f"The database did not answer ({reason}). Check RAKUTEN_DATABASE_URL, the disk, "
            "and that `rakuten-mlops up` made the database"
        ) from error


def _is_away(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, OperationalError) or error.connection_invalidated or state in NOT_READY
