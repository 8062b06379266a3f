"""A review queue over both kinds of database, with a clock that a test sets."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from tests.factories import a_listing

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue

LEASE = timedelta(minutes=15)


class Clock:
    """A moment that passes when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, time: timedelta) -> None:
        self.moment += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(engine: Engine, clock: Clock) -> Queue:
    return Queue(engine, lease=LEASE, clock=clock)


@pytest.fixture
def offering(engine: Engine) -> Offering:
    return Offering(engine, limit=1_000)


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    """Two listings: a pool (2583) and a book (10)."""
    catalog = Catalog(engine)
    pool, book = a_listing(productid=1), a_listing("Livre de poche", productid=2)
    catalog.write([(pool, 2583), (book, 10)], kind="import", source="X.csv", author="ada")
    return catalog
