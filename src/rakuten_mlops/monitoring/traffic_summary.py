"""The log in figures for a page: what was predicted when, how surely, and how fast.

Counted by the database over an index that holds all it needs; the rows stay where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Integer, case, cast, func, select

from rakuten_mlops.database import reachable
from rakuten_mlops.monitoring.prediction_log import SECOND, between, moment
from rakuten_mlops.tables import predictions

# Equal parts of confidence from 0 to 1.
BINS = 20
# Latencies are told apart to this many microseconds.
STEP = 50
PERCENTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Count:
    """Predictions, and how many of them needed no person."""

    predictions: int
    accepted: int


@dataclass(frozen=True, slots=True)
class TrafficSummary:
    """A stretch of traffic: in all, by time, category, version and confidence.

    `times` begin every `step` and are left out where nothing was predicted; `confidence` holds
    `BINS` counts; `latency` the percentiles, in seconds, of the requests that listings came in.
    """

    since: datetime
    until: datetime
    step: timedelta
    total: Count
    times: dict[datetime, Count]
    categories: dict[int, Count]
    versions: dict[str, Count]
    confidence: list[int]
    latency: dict[float, float]


def summarise(
    engine: Engine,
    *,
    since: datetime,
    until: datetime,
    step: timedelta,
    version: str | None = None,
) -> TrafficSummary:
    """Count what was served from `since` on, before `until`, by one version or by all."""
    chosen = between(since, until, version)
    width = step // timedelta(microseconds=1)
    with reachable(), engine.connect() as connection:
        times = _count(connection, predictions.c.at // width, chosen)
        categories = _count(connection, predictions.c.prdtypecode, chosen)
        versions = _count(connection, predictions.c.version, chosen)
        confidence = _histogram(connection, chosen)
        latency = _percentiles(connection, chosen)
    return TrafficSummary(
        since=since,
        until=until,
        step=step,
        total=Count(
            sum(each.predictions for each in times.values()),
            sum(each.accepted for each in times.values()),
        ),
        times={moment(at * width): count for at, count in times.items()},
        categories=categories,
        versions=versions,
        confidence=confidence,
        latency=latency,
    )


def _count(
    connection: Connection, by: ColumnElement[Any], chosen: Sequence[ColumnElement[bool]]
) -> dict[Any, Count]:
    accepted = func.sum(case((predictions.c.accepted, 1), else_=0))
    query = select(by, func.count(), accepted).where(*chosen).group_by(by).order_by(by)
    return {key: Count(number, good) for key, number, good in connection.execute(query)}


def _histogram(connection: Connection, chosen: Sequence[ColumnElement[bool]]) -> list[int]:
    # Millionths first: databases disagree about how a fraction becomes an integer.
    place = cast(predictions.c.confidence * SECOND, Integer) // (SECOND // BINS)
    counts = [0] * BINS
    query = select(place, func.count()).where(*chosen).group_by(place)
    for found, number in connection.execute(query):
        counts[min(found, BINS - 1)] += number
    return counts


def _percentiles(
    connection: Connection, chosen: Sequence[ColumnElement[bool]]
) -> dict[float, float]:
    place = predictions.c.microseconds // STEP
    query = select(place, func.count()).where(*chosen).group_by(place).order_by(place)
    rows = connection.execute(query).all()
    if not rows:
        return {}
    reached = list(accumulate(number for _, number in rows))
    return {
        share: next(
            (place + 1) * STEP / SECOND
            for (place, _), so_far in zip(rows, reached, strict=True)
            if so_far >= share * reached[-1]
        )
        for share in PERCENTILES
    }
