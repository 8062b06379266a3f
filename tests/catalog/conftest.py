from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import migrate, open_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    return Catalog(engine)
