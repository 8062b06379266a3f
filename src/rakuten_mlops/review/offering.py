"""How listings enter the review queue, and which leave it unseen when it is full."""

import json
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    case,
    delete,
    exists,
    func,
    select,
)

from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import insert_into
from rakuten_mlops.review.item import KINDS, Kind, Offer
from rakuten_mlops.review.priority import rarities, suspicion, telling
from rakuten_mlops.review.queue import is_free, now, take_turn
from rakuten_mlops.tables import review_answers, review_draws, review_items

# Labels come in slowly, and counting them reads the whole catalogue.
COUNTED_EVERY = 600.0


class Offering:
    """Where offers are written: at most `limit` items of each kind wait."""

    def __init__(self, engine: Engine, *, limit: int) -> None:
        self._engine = engine
        self._limit = limit
        self._rarity: dict[int, float] = {}
        self._counted_at = float("-inf")

    def put(self, offers: Iterable[Offer]) -> None:
        """Store offers: a listing once, whatever number of times it comes.

        What waits already keeps the prediction that it came with, and moves up to a kind that says
        more; what is answered stays answered. Each drawn prediction is noted beside its listing,
        one a version. Raises `DatabaseUnavailable`.
        """
        moment, rarity = now(), self._rarities()
        rows: dict[int, dict[str, Any]] = {}
        draws: dict[int, list[Offer]] = {}
        for offer in offers:
            content = own_productid(offer.listing)
            row = _row(offer, content, rarity, moment)
            rows[content] = max(rows.get(content, row), row, key=_rank_of)
            if offer.drawn:
                draws.setdefault(content, []).append(offer)
        if not rows:
            return
        with take_turn(self._engine) as connection:
            _store(connection, [rows[content] for content in sorted(rows)])
            _note_draws(connection, draws, moment)
            for kind in {row["kind"] for row in rows.values()}:
                _let_go(connection, kind, self._limit, moment)

    def question(self, offers: Sequence[Offer]) -> None:
        """Store doubted labels of one training, in place of those that nobody has looked at yet.

        A listing that waits as doubtful is asked about its label instead, with the prediction that
        contradicts it. What is held, answered or drawn at random stays as it is. Raises
        `DatabaseUnavailable`.
        """
        moment, rarity = now(), self._rarities()
        rows = {}
        for offer in offers:
            content = own_productid(offer.listing)
            rows[content] = _row(offer, content, rarity, moment)
        with take_turn(self._engine) as connection:
            noise = review_items.c.kind == "label noise"
            connection.execute(delete(review_items).where(noise, _untouched(moment)))
            if rows:
                withdraw(connection, rows)
                adding = insert_into(connection, review_items).on_conflict_do_nothing()
                connection.execute(adding, [rows[content] for content in sorted(rows)])
                _let_go(connection, "label noise", self._limit, moment)

    def _rarities(self) -> dict[int, float]:
        if time.monotonic() - self._counted_at > COUNTED_EVERY:
            self._rarity = rarities(Catalog(self._engine).counts().categories)
            self._counted_at = time.monotonic()
        return self._rarity


def withdraw(connection: Connection, contents: Collection[int]) -> int:
    """Take out listings that need no answer any more; return how many.

    Those that somebody looks at stay, and so do those drawn at random: they measure.
    """
    moment = now()
    own = review_items.c.content.in_(contents)
    gone = delete(review_items).where(own, review_items.c.kind != "random", _untouched(moment))
    return connection.execute(gone).rowcount


def _row(offer: Offer, content: int, rarity: dict[int, float], moment: datetime) -> dict[str, Any]:
    best = offer.guesses[0]
    return {
        "content": content,
        "designation": offer.designation,
        "description": offer.description,
        "kind": offer.kind,
        "state": "waiting",
        "priority": _priority(offer, rarity, moment),
        "model_version": offer.model_version,
        "prdtypecode": best[0],
        "confidence": best[2],
        "alternatives": json.dumps([list(guess) for guess in offer.guesses]),
        "stored_code": offer.stored_code,
        "offered_at": moment,
    }


def _priority(offer: Offer, rarity: dict[int, float], moment: datetime) -> float:
    if offer.drawn:
        # The oldest first, whatever the model said: an order by doubt would have the doubtful of
        # the sample answered before the others, and the measure would be too low.
        return -moment.timestamp()
    if offer.stored_code is not None:
        return suspicion(offer.guesses, offer.stored_code, rarity)
    return telling(offer.guesses, rarity)


def _rank_of(row: dict[str, Any]) -> int:
    return KINDS.index(row["kind"])


def _rank(kind: ColumnElement[str]) -> ColumnElement[int]:
    return case({each: place for place, each in enumerate(KINDS)}, value=kind)


def _store(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    adding = insert_into(connection, review_items)
    new = adding.excluded
    says_more = _rank(new.kind) > _rank(review_items.c.kind)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=[review_items.c.content],
            set_={"kind": new.kind, "priority": new.priority, "stored_code": new.stored_code},
            where=(review_items.c.state == "waiting") & says_more,
        ),
        rows,
    )


def _note_draws(connection: Connection, draws: dict[int, list[Offer]], moment: datetime) -> None:
    if not draws:
        return
    drawn = select(review_items.c.content, review_items.c.id)
    ids = connection.execute(drawn.where(review_items.c.content.in_(draws))).all()
    rows = [
        {
            "item_id": item,
            "model_version": offer.model_version,
            "prdtypecode": offer.guesses[0][0],
            "decision": offer.decision,
            "drawn_at": moment,
        }
        for content, item in ids
        for offer in draws[content]
    ]
    connection.execute(insert_into(connection, review_draws).on_conflict_do_nothing(), rows)


def _let_go(connection: Connection, kind: Kind, limit: int, moment: datetime) -> None:
    """Delete what is too much of a kind: the least telling, or the oldest of those drawn.

    Nothing goes that somebody holds or said a word about.
    """
    waiting = (review_items.c.state == "waiting", review_items.c.kind == kind)
    too_many = (connection.scalar(select(func.count()).where(*waiting)) or 0) - limit
    if too_many > 0:
        last = select(review_items.c.id).where(*waiting, _untouched(moment))
        priority = review_items.c.priority
        chosen = last.order_by(priority.desc() if kind == "random" else priority).limit(too_many)
        connection.execute(delete(review_items).where(review_items.c.id.in_(chosen)))


def _untouched(moment: datetime) -> ColumnElement[bool]:
    return is_free(moment) & ~exists().where(review_answers.c.item_id == review_items.c.id)
