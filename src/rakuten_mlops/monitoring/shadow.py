"""The challenger beside the champion: what it would have answered to the same listings.

A share of what was served is scored again, later and by another process. What both say is
counted; where they differ the listing is kept, for people to see whose answer is right before
anyone promotes.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select

from rakuten_mlops.database import reachable
from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.serving.predictor import Champion
from rakuten_mlops.tables import shadow_disputes, shadow_runs

# Disputed listings that are kept of each pair of versions, the newest.
KEPT = 500


@dataclass(frozen=True, slots=True)
class Dispute:
    """A listing that two versions put into different categories."""

    at: datetime
    designation: str
    description: str
    prdtypecode: int
    confidence: float
    challenger_code: int
    challenger_confidence: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A challenger beside a champion: how many listings both scored, and how often they agreed."""

    champion: str
    challenger: str
    compared: int
    agreed: int
    since: datetime
    until: datetime

    @property
    def agreement(self) -> float:
        """The share of listings that both put into the same category."""
        return self.agreed / self.compared


def draw(served: Iterable[Served], share: float, chance: random.Random) -> list[Served]:
    """A random share of what was served."""
    return [one for one in served if chance.random() < share]


def compare(served: list[Served], challenger: Champion) -> list[tuple[Served, Dispute | None]]:
    """Score listings again; with each comes the dispute, if there is one."""
    answers = challenger.rank([(one.designation, one.description) for one in served])
    return [
        (one, _dispute(one, challenger.code(answer), answer.confidences[0]))
        for one, answer in zip(served, answers, strict=True)
    ]


def _dispute(one: Served, code: int, confidence: float) -> Dispute | None:
    if code == one.prdtypecode:
        return None
    return Dispute(
        at=one.at,
        designation=one.designation,
        description=one.description,
        prdtypecode=one.prdtypecode,
        confidence=one.confidence,
        challenger_code=code,
        challenger_confidence=confidence,
    )


def add(
    connection: Connection, compared: list[tuple[Served, Dispute | None]], challenger: str
) -> None:
    """Add what was compared, by the version that had answered, within a transaction."""
    for champion in sorted({one.version for one, _ in compared}):
        of_one = [pair for pair in compared if pair[0].version == champion]
        _add(connection, champion, challenger, of_one)


def _add(
    connection: Connection,
    champion: str,
    challenger: str,
    compared: list[tuple[Served, Dispute | None]],
) -> None:
    disputes = [dispute for _, dispute in compared if dispute]
    connection.execute(
        insert(shadow_runs).values(
            champion=champion,
            challenger=challenger,
            compared=len(compared),
            agreed=len(compared) - len(disputes),
            at=datetime.now(UTC),
        )
    )
    if not disputes:
        return
    pair = {"champion": champion, "challenger": challenger}
    connection.execute(
        insert(shadow_disputes),
        [
            pair | {name: getattr(dispute, name) for name in Dispute.__slots__}
            for dispute in disputes
        ],
    )
    of_pair = select(shadow_disputes.c.id).filter_by(**pair)
    newest = of_pair.order_by(shadow_disputes.c.id.desc()).limit(KEPT).subquery()
    oldest = connection.scalar(select(func.min(newest.c.id)))
    connection.execute(
        delete(shadow_disputes).filter_by(**pair).where(shadow_disputes.c.id < oldest)
    )


class Shadow:
    """Comparisons in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, compared: list[tuple[Served, Dispute | None]], challenger: str) -> None:
        """Add what was compared, by the version that had answered."""
        with reachable(), self._engine.begin() as connection:
            add(connection, compared, challenger)

    def comparisons(self) -> list[Comparison]:
        """Every pair of versions that was compared, the latest first."""
        runs = shadow_runs.c
        query = (
            select(
                runs.champion,
                runs.challenger,
                func.sum(runs.compared),
                func.sum(runs.agreed),
                func.min(runs.at),
                func.max(runs.at),
            )
            .group_by(runs.champion, runs.challenger)
            .order_by(func.max(runs.at).desc())
        )
        with reachable(), self._engine.connect() as connection:
            return [Comparison(*row) for row in connection.execute(query)]

    def disputes(self, champion: str, challenger: str, *, limit: int) -> list[Dispute]:
        """Listings on which two versions differ, those first of which both were surest."""
        kept = shadow_disputes.c
        query = (
            select(*(kept[name] for name in Dispute.__slots__))
            .where(kept.champion == champion, kept.challenger == challenger)
            .order_by((kept.confidence + kept.challenger_confidence).desc(), kept.id.desc())
            .limit(limit)
        )
        with reachable(), self._engine.connect() as connection:
            return [Dispute(**row) for row in connection.execute(query).mappings()]
