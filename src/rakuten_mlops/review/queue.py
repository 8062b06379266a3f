"""The review queue: what waits, who holds what until when, and what was said.

An item is held by at most one reviewer, until a moment; when that has passed it is free again, so
a reviewer who vanishes keeps nothing from the others.
"""

import itertools
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    exists,
    insert,
    or_,
    select,
    update,
)

from rakuten_mlops.catalog.revision import NOT_A_PRODUCT
from rakuten_mlops.database import reachable
from rakuten_mlops.errors import ItemAnswered, ItemHeld, ReviewError, UnknownItem
from rakuten_mlops.review.item import Alternative, Item, Kind, Word
from rakuten_mlops.tables import review_answers, review_items

# Whose turn it is when a reviewer asks for items: half of what is looked at are doubtful listings,
# and a quarter each was drawn at random or may be labelled wrongly.
TURNS: tuple[Kind, ...] = ("doubtful", "random", "doubtful", "label noise")
# A reviewer who skipped an item is not asked again so soon; everybody else is.
SKIPPED_FOR = timedelta(hours=12)
EXPORTED_FOR = timedelta(hours=24)
WAIT_FOR_TURN = "SELECT pg_advisory_xact_lock(84917)"

# Both downwards, as the index is read.
ORDER = (review_items.c.priority.desc(), review_items.c.id.desc())
COLUMNS = [review_items.c[name] for name in Item.__dataclass_fields__]


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class Queue:
    """The items of one database.

    Every method raises `DatabaseUnavailable` if that database is away or locked; those that name
    an item raise `UnknownItem`.
    """

    def __init__(
        self, engine: Engine, *, lease: timedelta, clock: Callable[[], datetime] = now
    ) -> None:
        self._engine = engine
        self._lease = lease
        self._clock = clock
        self._turns = itertools.cycle(TURNS)

    def next(self, reviewer: str, *, count: int, lease: timedelta | None = None) -> list[Item]:
        """Give a reviewer items to look at, and keep everybody else from them for a while.

        What the reviewer holds already comes first, and is held anew.
        """
        moment = self._clock()
        until = moment + (lease or self._lease)
        with take_turn(self._engine) as connection:
            chosen = _held(connection, reviewer, moment, until)[:count]
            free = [is_free(moment), ~_skipped(reviewer, moment)]
            lanes = {kind: _lane(connection, kind, free, count) for kind in TURNS}
            chosen += interleave(lanes, self._turns, count - len(chosen))
            held = update(review_items).where(review_items.c.id.in_(chosen))
            connection.execute(held.values(leased_by=reviewer, leased_until=until))
            found = {item.id: item for item in _read(connection, review_items.c.id.in_(chosen))}
        return [found[each] for each in chosen]

    def answer(self, item: int, reviewer: str, word: Word, prdtypecode: int | None = None) -> Item:
        """Record what a reviewer says of an item; with `category`, which.

        The same answer again changes nothing; the reviewer's own later answer takes the place of
        the earlier one. Raises `ItemAnswered`, with who and when, if it was somebody else's, and
        `ItemHeld` while somebody else looks at the item. The word "skip" leaves it to the others.
        """
        moment = self._clock()
        with take_turn(self._engine) as connection:
            found = _find(connection, item)
            if word == "skip":
                _skip(connection, found, reviewer, moment)
                return _find(connection, item)
            _refuse_others(found, reviewer, moment)
            code = _code(found, word, prdtypecode)
            if found.answer_code != code:
                _store(connection, found, reviewer, code, moment)
                _note(connection, found, reviewer, word, code, moment)
            return _find(connection, item)

    def release(self, item: int, reviewer: str) -> None:
        """Give an item back; one that the reviewer does not hold stays as it is."""
        with take_turn(self._engine) as connection:
            _release(connection, _find(connection, item), reviewer)


@contextmanager
def take_turn(engine: Engine) -> Generator[Connection]:
    """Open a transaction beside which no other that took its turn runs.

    So what is read holds until it is changed. Turns take milliseconds, and nobody waits in a
    circle, as those may who lock one row after the other.
    """
    with reachable(), engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        wait_for_turn(connection)
        yield connection


def wait_for_turn(connection: Connection) -> None:
    """Wait until no turn runs on PostgreSQL; SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(WAIT_FOR_TURN)


def interleave(lanes: dict[Kind, list[int]], turns: Iterator[Kind], count: int) -> list[int]:
    """Take items from the lanes by turns, at most `count`; an empty lane's turn is the next one's.

    The lanes are used up from the front.
    """
    chosen: list[int] = []
    while len(chosen) < count and any(lanes.values()):
        lane = lanes[next(turns)]
        if lane:
            chosen.append(lane.pop(0))
    return chosen


def is_free(moment: datetime) -> ColumnElement[bool]:
    """Where an item waits and nobody holds it."""
    lease = review_items.c.leased_until
    return and_(review_items.c.state == "waiting", or_(lease.is_(None), lease <= moment))


def _skipped(reviewer: str, moment: datetime) -> ColumnElement[bool]:
    return exists().where(
        review_answers.c.item_id == review_items.c.id,
        review_answers.c.reviewer == reviewer,
        review_answers.c.answer == "skip",
        review_answers.c.answered_at > moment - SKIPPED_FOR,
    )


def _held(connection: Connection, reviewer: str, moment: datetime, until: datetime) -> list[int]:
    """What a reviewer holds, but for what was exported for longer than one holds items now."""
    own = select(review_items.c.id).where(
        review_items.c.state == "waiting",
        review_items.c.leased_by == reviewer,
        review_items.c.leased_until > moment,
        review_items.c.leased_until <= until,
    )
    return list(connection.scalars(own.order_by(*ORDER)))


def _lane(
    connection: Connection, kind: Kind, free: Sequence[ColumnElement[bool]], count: int
) -> list[int]:
    waiting = select(review_items.c.id).where(review_items.c.kind == kind, *free)
    return list(connection.scalars(waiting.order_by(*ORDER).limit(count)))


def _refuse_others(found: Item, reviewer: str, moment: datetime) -> None:
    if found.answered_by not in (None, reviewer):
        raise ItemAnswered(
            f"{found.answered_by} answered item {found.id} at {found.answered_at:%Y-%m-%d %H:%M:%S}"
            f" UTC ({found.answer}); your answer was not stored"
        )
    held = found.leased_until is not None and found.leased_until > moment
    if held and found.leased_by != reviewer:
        raise ItemHeld(
            f"{found.leased_by} holds item {found.id} until {found.leased_until:%Y-%m-%d %H:%M:%S} "
            "UTC; your answer was not stored"
        )


def _code(found: Item, word: Word, prdtypecode: int | None) -> int:
    if word == "not a product":
        return NOT_A_PRODUCT
    if word == "confirm":
        return found.prdtypecode
    if prdtypecode is None:
        raise ReviewError("The answer `category` needs the prdtypecode of that category")
    return prdtypecode


def _store(connection: Connection, found: Item, reviewer: str, code: int, moment: datetime) -> None:
    answered = update(review_items).where(review_items.c.id == found.id)
    connection.execute(
        answered.values(
            state="answered",
            answer_code=code,
            answered_by=reviewer,
            answered_at=moment,
            revision=None,
            leased_by=None,
            leased_until=None,
        )
    )


def _skip(connection: Connection, found: Item, reviewer: str, moment: datetime) -> None:
    _release(connection, found, reviewer)
    again = select(review_items.c.id).where(review_items.c.id == found.id)
    if connection.scalar(again.where(_skipped(reviewer, moment))) is None:
        _note(connection, found, reviewer, "skip", None, moment)


def _release(connection: Connection, found: Item, reviewer: str) -> None:
    if found.leased_by == reviewer:
        given_back = update(review_items).where(review_items.c.id == found.id)
        connection.execute(given_back.values(leased_by=None, leased_until=None))


def _note(
    connection: Connection,
    found: Item,
    reviewer: str,
    word: Word,
    code: int | None,
    moment: datetime,
) -> None:
    """Write down who said what, and when: this is never changed."""
    said = {"item_id": found.id, "reviewer": reviewer, "answer": word, "prdtypecode": code}
    connection.execute(insert(review_answers).values(**said, answered_at=moment))


def _find(connection: Connection, item: int) -> Item:
    found = next(_read(connection, review_items.c.id == item), None)
    if found is None:
        raise UnknownItem(f"There is no item {item} in the review queue")
    return found


def _read(connection: Connection, where: ColumnElement[bool]) -> Iterator[Item]:
    for row in connection.execute(select(*COLUMNS).where(where)).mappings():
        values: dict[str, Any] = dict(row)
        found = [Alternative(*each) for each in json.loads(row["alternatives"])]
        values["alternatives"] = tuple(found)
        yield Item(**values)
