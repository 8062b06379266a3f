import pytest
from sqlalchemy import Engine

from rakuten_mlops.catalog.store import Catalog


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    return Catalog(engine)
