"""Which files of the spool are recorded: none is lost, and none counts twice.

A file's name is noted in the transaction that records what it holds; only then is the file
removed. Whoever is killed between the two finds the name when he comes back.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from rakuten_mlops.tables import recorded_files


class Ledger:
    """The names, kept for no longer than the files."""

    def __init__(self) -> None:
        self._removed: list[str] = []

    def claim(self, connection: Connection, names: Sequence[str]) -> set[str]:
        """Note files as recorded, and return those that were not before."""
        name = recorded_files.c.name
        if self._removed:
            connection.execute(delete(recorded_files).where(name.in_(self._removed)))
        known = set(connection.scalars(select(name).where(name.in_(names))))
        fresh, now = [each for each in names if each not in known], datetime.now(UTC)
        if fresh:
            rows = [{"name": each, "recorded_at": now} for each in fresh]
            connection.execute(insert(recorded_files), rows)
        return set(fresh)

    def settle(self, names: Sequence[str]) -> None:
        """Take note that the last claim is committed, and that these files are removed."""
        self._removed = list(names)


def forget(connection: Connection, before: datetime) -> None:
    """Drop the names of a recorder that never came back."""
    connection.execute(delete(recorded_files).where(recorded_files.c.recorded_at < before))
