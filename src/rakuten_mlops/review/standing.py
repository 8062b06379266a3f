"""Where the review stands: what waits, what was answered, and the draws that measure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, and_, case, func, select

from rakuten_mlops.database import reachable
from rakuten_mlops.review.item import KINDS, Kind
from rakuten_mlops.review.live_precision import Draw
from rakuten_mlops.review.queue import now
from rakuten_mlops.tables import review_answers, review_draws, review_items

RECENTLY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Count:
    """Items of one kind: free to be looked at, held by somebody, answered."""

    waiting: int = 0
    leased: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The queue by kind; `unlabelled` answers are not in the catalogue yet."""

    kinds: dict[Kind, Count]
    unlabelled: int
    answered_by_you: int


def standing(engine: Engine, reviewer: str) -> Standing:
    """Count the queue, and what a reviewer answered in the last 24 hours."""
    moment = now()
    waits = review_items.c.state == "waiting"
    held = and_(waits, review_items.c.leased_until > moment)
    of = case((held, "leased"), (waits, "waiting"), else_="answered")
    groups = select(review_items.c.kind, of.label("of"), func.count()).group_by("kind", "of")
    pending = select(func.count()).where(review_items.c.state == "answered")
    own = select(func.count(func.distinct(review_answers.c.item_id))).where(
        review_answers.c.reviewer == reviewer,
        review_answers.c.answer != "skip",
        review_answers.c.answered_at > moment - RECENTLY,
    )
    counts: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    with reachable(), engine.connect() as connection:
        for kind, state, items in connection.execute(groups):
            counts[kind][state] = items
        unlabelled, mine = (connection.scalar(each) or 0 for each in (pending, own))
    return Standing({kind: Count(**counts[kind]) for kind in KINDS}, unlabelled, mine)


def draws(engine: Engine, *, version: str | None, since: datetime) -> list[Draw]:
    """Return what chance drew since a moment, of one version or of all, with its answers."""
    columns = (review_draws.c.prdtypecode, review_draws.c.decision, review_items.c.answer_code)
    found = select(*columns).join(review_items).where(review_draws.c.drawn_at >= since)
    if version is not None:
        found = found.where(review_draws.c.model_version == version)
    with reachable(), engine.connect() as connection:
        return [Draw(*row) for row in connection.execute(found)]
