"""The prediction log: what was served, a row a listing, without its text unless a setting allows.

Only the recorder writes it. Readers get columns: a stretch of traffic as a `Window`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import OperationalError

from rakuten_mlops.database import reachable
from rakuten_mlops.monitoring.text_statistics import TextStatistics
from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.monitoring.window import COLUMNS, Sketch, Window
from rakuten_mlops.tables import logged_words, predictions, shadow_disputes

# Of a longer listing the sketch holds those words whose hashes are smallest: a random choice, and
# the same words in every listing.
MOST_WORDS = 256
SECOND = 1_000_000
# Deleted in one go: other writers of SQLite wait for no more than that.
PIECE = 5_000

SIZE = {
    "sqlite": "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN ('predictions', "
    "'ix_predictions_at', 'ix_predictions_version_at')",
    "postgresql": "SELECT pg_total_relation_size('predictions')",
}

Rows = list[dict[str, Any]]
_SKETCHED = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Holding:
    """What the log holds: rows, of them those with their text, and when the oldest was served."""

    rows: int
    texts: int
    words: int
    since: datetime | None
    until: datetime | None


def row_of(one: Served, described: TextStatistics, *, keep_text: bool) -> dict[str, Any]:
    """A served listing as a row of the table."""
    return {
        "at": microseconds(one.at),
        "version": one.version,
        "request_id": one.request_id or None,
        "prdtypecode": one.prdtypecode,
        "confidence": one.confidence,
        "accepted": one.decision == "accept",
        "microseconds": min(round(one.seconds * SECOND), 2**31 - 1),
        "title_chars": described.title_chars,
        "description_chars": described.description_chars,
        "words": described.words,
        "unknown_words": described.unknown_words,
        "language": described.language,
        "garbled": described.garbled,
        "sketch": described.hashes[:MOST_WORDS].astype(_SKETCHED).tobytes(),
        "designation": one.designation if keep_text else None,
        "description": one.description if keep_text else None,
    }


def microseconds(at: datetime) -> int:
    """A moment as the log keeps it: since 1970, UTC."""
    return round(at.timestamp() * SECOND)


def moment(at: int) -> datetime:
    """The moment that the log keeps as this number."""
    return datetime.fromtimestamp(at / SECOND, UTC)


def add(connection: Connection, rows: Rows) -> None:
    """Write rows, within a transaction."""
    if rows:
        connection.execute(insert(predictions), rows)


def between(
    since: datetime | None = None, until: datetime | None = None, version: str | None = None
) -> list[ColumnElement[bool]]:
    """What a row meets that was served from `since` on, before `until`, by this version."""
    at = predictions.c.at
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found.append(at >= microseconds(since))
    if until is not None:
        found.append(at < microseconds(until))
    if version is not None:
        found.append(predictions.c.version == version)
    return found


class PredictionLog:
    """The log in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def window(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> Window:
        """The newest `limit` listings of a time that one version answered, in the order of time.

        Without `version` it is the one that answered last. An empty window if there is none.
        """
        with reachable(), self._engine.connect() as connection:
            version = version or _latest_version(connection, since, until) or ""
            newest = (
                select(*(predictions.c[name] for name in _WINDOW))
                .where(*between(since, until, version))
                .order_by(predictions.c.at.desc(), predictions.c.id.desc())
                .limit(limit)
            )
            rows = connection.execute(newest).all()
        return _window(version, rows[::-1])

    def words(self, hashes: Iterable[int]) -> dict[int, str]:
        """The words behind hashes, of those that several different listings held.

        Words of the model's own vocabulary are not here: whoever has it can hash them.
        """
        wanted, found = list(hashes), {}
        with reachable(), self._engine.connect() as connection:
            for start in range(0, len(wanted), PIECE):
                query = select(logged_words.c.hash, logged_words.c.word).where(
                    logged_words.c.hash.in_([int(each) for each in wanted[start : start + PIECE]])
                )
                found |= {row.hash: row.word for row in connection.execute(query)}
        return found

    def holding(self) -> Holding:
        """What the log holds."""
        rows = select(
            func.count(), func.count(predictions.c.designation), *_ends(predictions.c.at)
        ).select_from(predictions)
        with reachable(), self._engine.connect() as connection:
            count, texts, since, until = connection.execute(rows).one()
            words = connection.scalar(select(func.count()).select_from(logged_words)) or 0
        return Holding(
            rows=count,
            texts=texts,
            words=words,
            since=None if since is None else moment(since),
            until=None if until is None else moment(until),
        )

    def days(self) -> dict[date, int]:
        """How many predictions the log holds of each day, UTC, oldest first."""
        day = predictions.c.at // (86_400 * SECOND)
        query = select(day, func.count()).group_by(day).order_by(day)
        with reachable(), self._engine.connect() as connection:
            return {
                moment(at * 86_400 * SECOND).date(): rows for at, rows in connection.execute(query)
            }

    def size(self) -> int | None:
        """Bytes on disk, indexes included; None where the database does not tell."""
        query = SIZE[self._engine.dialect.name]
        with reachable(), self._engine.connect() as connection:
            try:
                return connection.scalar(text(query))
            except OperationalError as error:
                # SQLite may be built without its statistics.
                if "dbstat" not in str(error.orig):
                    raise
                return None

    def prune(self, *, before: datetime, most_rows: int) -> int:
        """Delete what was served before a time, and the oldest beyond so many rows.

        Disputed listings of the shadow, which are texts, go as early. Returns how many predictions
        were deleted.
        """
        columns, deleted = predictions.c, 0
        with reachable(), self._engine.connect() as connection:
            newest = connection.scalar(select(func.max(columns.id))) or 0
        old = or_(columns.at < microseconds(before), columns.id <= newest - most_rows)
        piece = select(columns.id).where(old).limit(PIECE)
        while count := self._execute(delete(predictions).where(columns.id.in_(piece))):
            deleted += count
        self._execute(delete(shadow_disputes).where(shadow_disputes.c.at < before))
        return deleted

    def prune_words(self, *, before: datetime) -> int:
        """Delete the words that were named before a time, and return how many."""
        return self._execute(delete(logged_words).where(logged_words.c.named_at < before))

    def drop_texts(self) -> int:
        """Empty the texts that are held, and return how many: a setting forbids them now."""
        held = select(predictions.c.id).where(predictions.c.designation.is_not(None)).limit(PIECE)
        emptied = update(predictions).where(predictions.c.id.in_(held))
        dropped = 0
        while count := self._execute(emptied.values(designation=None, description=None)):
            dropped += count
        return dropped

    def _execute(self, statement: Any) -> int:
        with reachable(), self._engine.begin() as connection:
            return connection.execute(statement).rowcount


_WINDOW = ("at", "prdtypecode", *COLUMNS[COLUMNS.index("confidence") :], "sketch")


def _ends(column: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return func.min(column), func.max(column)


def _latest_version(
    connection: Connection, since: datetime | None, until: datetime | None
) -> str | None:
    latest = select(predictions.c.version).where(*between(since, until))
    return connection.scalar(latest.order_by(predictions.c.at.desc()).limit(1))


def _window(version: str, rows: Sequence[Any]) -> Window:
    columns = dict(zip(_WINDOW, zip(*rows, strict=True), strict=True)) if rows else {}

    def column(name: str, kind: type) -> Any:
        return np.array(columns.get(name, ()), dtype=kind)

    sketches = columns.get("sketch", ())
    lengths = [len(each) // _SKETCHED.itemsize for each in sketches]
    return Window(
        version=version,
        at=column("at", np.float64) / SECOND,
        categories=column("prdtypecode", np.int64),
        confidence=column("confidence", np.float64),
        accepted=column("accepted", np.bool_),
        title_chars=column("title_chars", np.int64),
        description_chars=column("description_chars", np.int64),
        words=column("words", np.int64),
        unknown_words=column("unknown_words", np.int64),
        language=column("language", np.int64),
        garbled=column("garbled", np.bool_),
        sketch=Sketch(
            np.cumsum([0, *lengths], dtype=np.int64),
            np.frombuffer(b"".join(sketches), dtype=_SKETCHED).astype(np.uint32),
        ),
    )
