"""The one database: engine, migrations, and what its absence looks like (see also `tables`)."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from rakuten_mlops.errors import BadDatabaseUrl, DatabaseUnavailable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

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
    # What is deleted is overwritten: texts may be personal.
    cursor.execute("PRAGMA secure_delete = on")
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
