"""A catalogue whose writes nobody else sees, and that are gone at the end: to look before."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection, Engine

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import reachable


@contextmanager
def rehearsal(engine: Engine) -> Generator[Catalog]:
    """Give the catalogue inside one transaction that is taken back, whatever happens in it."""
    with reachable(), engine.connect() as connection:
        try:
            yield Catalog(cast("Engine", _Alone(connection)))
        finally:
            connection.rollback()


class _Alone:
    """What a catalogue asks of its engine, on one connection that it neither ends nor commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def connect(self) -> Generator[Connection]:
        yield self._connection

    begin = connect
