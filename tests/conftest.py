"""What all tests share; factories stand in `factories.py`."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine
from tests import postgresql

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.tables import metadata
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import train

# A deadline measures the machine's other work, not the code.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server of our own, for all tests."""
    programs = postgresql.find_programs()
    if programs is None and "CI" in os.environ:
        pytest.fail("PostgreSQL is not installed, and CI must try it")
    if programs is None:
        pytest.skip("PostgreSQL's initdb is not installed: only SQLite was tried")
    with postgresql.running(programs) as server:
        yield server


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: quicker than migrating for each test."""
    path = tmp_path_factory.mktemp("blank") / "catalog.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: postgresql.Server) -> str:
    """The name of a migrated database; whoever fills it empties it."""
    name = postgresql_server.new_database()
    _migrated(postgresql_server.url(name))
    return name


def _migrated(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()


@dataclass(frozen=True)
class Database:
    """A migrated database of one test, and how to make it go away."""

    url: str
    take_away: Callable[[], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Both kinds of database that hold a catalogue, in turn."""
    if request.param == "sqlite":
        path = Path(shutil.copy(request.getfixturevalue("blank_sqlite"), tmp_path))
        yield Database(f"sqlite:///{path}", lambda: replace_by_folder(path))
        return
    server = request.getfixturevalue("postgresql_server")
    name = request.getfixturevalue("migrated_postgresql")
    yield Database(server.url(name), lambda: server.shut_out(name))
    server.let_in(name)
    _empty(server.url(name))


def _empty(url: str) -> None:
    # Some milliseconds; a copied database takes a hundred.
    engine = open_database(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
    engine.dispose()


def replace_by_folder(path: Path) -> None:
    """Put a folder where an SQLite file was: nothing can open it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    path.mkdir()


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    engine = open_database(database.url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def synthetic_catalog(tmp_path_factory):
    """3,000 synthetic listings in a catalogue that no test changes."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('catalog') / 'catalog.db'}")
    migrate(engine)
    catalog = Catalog(engine)
    catalog.write(synthesize(3_000, seed=1), kind="synthetic", source="a test", author="test")
    yield catalog
    engine.dispose()


@pytest.fixture(scope="session")
def snapshot(synthetic_catalog):
    """The synthetic listings as training sees them."""
    return synthetic_catalog.snapshot()


@pytest.fixture(scope="session")
def candidate(snapshot):
    """A classifier trained on the synthetic listings."""
    return train(snapshot, Parameters())
