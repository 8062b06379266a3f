"""Which files of the spool are recorded: none is lost, and none counts twice.

A file's name is noted in the transaction that records what it holds; only then is the file
removed. Whoever is killed between the two finds the name when he comes back.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from rakuten_mlops.tables import recorded_files


class Ledger:
    """The names, kept for no longer than the files."""

    def __init__(self) -> None:
        self._removed: list[str] = []

    def fresh(self, connection: Connection, names: Sequence[str]) -> set[str]:
        """Those files that are not recorded yet."""
        name = recorded_files.c.name
        return set(names).difference(connection.scalars(select(name).where(name.in_(names))))

    def note(self, connection: Connection, names: Collection[str]) -> None:
        """Note files as recorded, and drop the names of files that are gone."""
        if self._removed:
            gone = recorded_files.c.name.in_(self._removed)
            connection.execute(delete(recorded_files).where(gone))
        if names:
            now = datetime.now(UTC)
            rows = [{"name": each, "recorded_at": now} for each in names]
            connection.execute(insert(recorded_files), rows)

    def settle(self, names: Sequence[str]) -> None:
        """Take note that all of that is committed, and that these files are removed."""
        self._removed = list(names)


def forget(connection: Connection, before: datetime) -> None:
    """Drop the names of a recorder that never came back."""
    connection.execute(delete(recorded_files).where(recorded_files.c.recorded_at < before))
