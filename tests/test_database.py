import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import metadata, migrate, open_database
from rakuten_mlops.errors import DatabaseUnavailable


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalog.db'}"


def test_the_migrations_make_the_tables_that_the_code_names(tmp_path):
    engine = open_database(sqlite_in(tmp_path))

    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_again_keeps_what_is_there(tmp_path):
    engine = open_database(sqlite_in(tmp_path))
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO categories VALUES (10, 'Livres', 'Books')")

    migrate(engine)

    assert Catalog(engine).categories().keys() == {10}
    engine.dispose()


MIGRATE = "import sys; from rakuten_mlops.database import *; migrate(open_database(sys.argv[1]))"


def test_processes_that_start_together_migrate_one_after_the_other(tmp_path):
    url = sqlite_in(tmp_path)

    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]

    said = [process.communicate()[1] for process in started]
    assert said == [b""] * 3
    engine = open_database(url)
    assert set(inspect(engine).get_table_names()) >= set(metadata.tables)
    engine.dispose()


def test_a_database_that_is_not_made_yet_is_unavailable(tmp_path):
    engine = open_database(sqlite_in(tmp_path))

    with pytest.raises(DatabaseUnavailable, match="no such table"):
        Catalog(engine).current_revision()
    engine.dispose()


def test_a_database_in_write_ahead_mode_lets_readers_in_while_somebody_writes(tmp_path):
    engine = open_database(sqlite_in(tmp_path))
    migrate(engine)
    writer = sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    revision = Catalog(engine).current_revision()

    assert revision == 0
    writer.close()
    engine.dispose()
