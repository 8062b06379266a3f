"""How trainings ended and how long they took, counted from the jobs of the database."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from pydantic_core import from_json
from sqlalchemy import Connection, select

from rakuten_mlops.tables import jobs

SECONDS = (5, 10, 20, 40, 60, 120, 300, 600, 1_200, 3_600, 7_200, 14_400)


class Ended(NamedTuple):
    """A training job that is over; `outcome` is `failed`, `orphaned`, or what it came to."""

    id: int
    outcome: str
    trigger: str
    started_at: datetime | None
    finished_at: datetime


@dataclass
class Durations:
    """How many trainings took up to so many seconds, and the seconds of all of them."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Bounds with the number of trainings up to each, as Prometheus takes them."""
        bounds = [*map(str, map(float, SECONDS)), "+Inf"]
        return [(bound, sum(self.counts[: place + 1])) for place, bound in enumerate(bounds)]


class Trainings:
    """Every training that has ended; each is read once, since only one runs at a time."""

    def __init__(self) -> None:
        self._last = 0
        self._running = 0
        self._ended: Counter[tuple[str, str]] = Counter()
        self._durations: defaultdict[str, Durations] = defaultdict(Durations)
        self._failures_in_a_row = 0
        self._succeeded_at: float | None = None

    def read(self, connection: Connection) -> None:
        """Count what has ended since the last time."""
        new = select(jobs).where(jobs.c.id > self._last, jobs.c.active.is_(None))
        for job in connection.execute(new.order_by(jobs.c.id)):
            outcome = from_json(job.outcome)["result"] if job.state == "succeeded" else job.state
            self._add(Ended(job.id, outcome, job.trigger, job.started_at, job.finished_at))
        active = select(jobs.c.id).where(jobs.c.active == 1)
        self._running = len(connection.execute(active).all())

    def _add(self, job: Ended) -> None:
        failed = job.outcome in ("failed", "orphaned")
        self._last = job.id
        self._ended[job.outcome, job.trigger] += 1
        self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
        if not failed:
            self._succeeded_at = job.finished_at.timestamp()
        if job.started_at is not None:
            seconds = (job.finished_at - job.started_at).total_seconds()
            self._durations[job.outcome].add(seconds)

    def families(self) -> Iterable[Metric]:
        """What was counted."""
        ended = CounterMetricFamily(
            "rakuten_trainings", "Trainings that ended, by outcome.", labels=["outcome", "trigger"]
        )
        for labels, count in self._ended.items():
            ended.add_metric(labels, count)
        durations = HistogramMetricFamily(
            "rakuten_training_duration_seconds", "How long trainings ran.", labels=["outcome"]
        )
        for outcome, found in self._durations.items():
            durations.add_metric([outcome], found.buckets(), found.seconds)
        yield from (ended, durations)
        yield GaugeMetricFamily(
            "rakuten_training_running", "Trainings that run now, or are about to.", self._running
        )
        yield GaugeMetricFamily(
            "rakuten_training_failures_in_a_row",
            "Trainings that failed since the last that did not.",
            self._failures_in_a_row,
        )
        if self._succeeded_at is not None:
            yield GaugeMetricFamily(
                "rakuten_training_last_success_timestamp_seconds",
                "When a training last ended without failing, also one that was not promoted.",
                self._succeeded_at,
            )
