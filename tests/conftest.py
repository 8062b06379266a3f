"""What all tests share; factories stand in `factories.py`."""

import pytest
from hypothesis import settings

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import train

# A deadline measures the machine's other work, not the code.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")


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
