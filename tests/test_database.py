import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import IntegrityError

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import migrate, newest_schema, open_database, reachable, schema_revision
from rakuten_mlops.errors import BadDatabaseUrl, DatabaseUnavailable
from rakuten_mlops.tables import metadata, users


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalog.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Where nothing is yet, for both kinds of database in turn."""
    if request.param == "sqlite":
        yield sqlite_in(tmp_path)
        return
    server = request.getfixturevalue("postgresql_server")
    name = server.new_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def blank(url):
    """The engine of a database without a table."""
    engine = open_database(url)
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_names(blank):
    migrate(blank)

    with blank.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_keeps_what_is_there(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO categories VALUES (10, 'Livres', 'Books')")

    migrate(engine)

    assert Catalog(engine).categories().keys() == {10}


def test_the_newest_migration_is_known_without_alembic(blank):
    """Its file is the last one by name: what serves looks there, and imports no Alembic."""
    config = Config()
    config.set_main_option("script_location", "rakuten_mlops:migrations")

    before = schema_revision(blank)
    migrate(blank)

    assert before is None
    assert schema_revision(blank) == newest_schema()
    assert newest_schema() == ScriptDirectory.from_config(config).get_current_head()


def test_a_schema_that_is_not_the_newest_is_brought_up_to_date(blank):
    migrate(blank)
    with blank.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DELETE FROM alembic_version")

    migrate(blank)

    assert set(inspect(blank).get_table_names()) >= set(metadata.tables)


def test_a_schema_of_a_later_release_is_refused(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(CommandError, match="9999"):
        migrate(engine)


MIGRATE = "import sys; from rakuten_mlops.database import *; migrate(open_database(sys.argv[1]))"


def test_processes_that_start_together_migrate_one_after_the_other(url, blank):
    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]

    said = [process.communicate()[1] for process in started]
    assert said == [b""] * 3
    assert set(inspect(blank).get_table_names()) >= set(metadata.tables)


def test_a_database_that_is_not_made_yet_is_unavailable(blank):
    with pytest.raises(DatabaseUnavailable, match=r"no such table|does not exist"):
        Catalog(blank).current_revision()


def test_a_mistake_in_a_statement_is_not_taken_for_a_database_that_is_away(engine):
    with pytest.raises(IntegrityError), reachable(), engine.begin() as connection:
        connection.execute(insert(users).values(name="anna"))


def test_a_moment_comes_back_in_utc_wherever_the_database_stands(engine):
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    anna = {"name": "anna", "role": "client", "password_hash": "none"}
    with engine.begin() as connection:
        connection.execute(insert(users).values(created_at=moment, **anna))

        found = connection.scalar(select(users.c.created_at))

    assert (found, found.tzinfo) == (moment, UTC)


def test_a_user_of_postgresql_who_may_make_no_table_is_told(postgresql_server):
    name = postgresql_server.new_database()
    postgresql_server.execute("CREATE ROLE guest LOGIN")
    engine = open_database(postgresql_server.url(name).replace("rakuten@", "guest@"))

    with pytest.raises(DatabaseUnavailable, match="permission denied"):
        migrate(engine)
    engine.dispose()
    postgresql_server.drop_database(name)
    postgresql_server.execute("DROP ROLE guest")


def test_a_url_of_postgresql_needs_no_driver_and_waits_for_nobody_long():
    engine = open_database("postgresql://anna@example.com/rakuten")

    assert engine.driver == "psycopg"
    assert engine.url.query["connect_timeout"] == "5"


def test_how_long_to_wait_can_be_said_in_the_url():
    engine = open_database("postgresql://anna@example.com/rakuten?connect_timeout=60")

    assert engine.url.query["connect_timeout"] == "60"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("catalog.db", "is not a database's URL"),
        ("sqlite://catalog.db", "is not a database's URL"),
        ("postgresql://anna:secret@host:port/rakuten", "is not a database's URL"),
        ("postgres://anna:secret@host/rakuten", "starts with .* postgresql://"),
        ("postgresql+nothing://anna:secret@host/rakuten", "no kind of database that is known"),
        ("postgresql+psycopg2://anna:secret@host/rakuten", "No module named 'psycopg2'.*install"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_showing_its_password(url, said):
    with pytest.raises(BadDatabaseUrl, match=f"RAKUTEN_DATABASE_URL.*{said}") as refused:
        open_database(url)

    assert "secret" not in str(refused.value)


def test_a_database_in_write_ahead_mode_lets_readers_in_while_somebody_writes(tmp_path):
    engine = open_database(sqlite_in(tmp_path))
    migrate(engine)
    writer = sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    revision = Catalog(engine).current_revision()

    assert revision == 0
    writer.close()
    engine.dispose()
