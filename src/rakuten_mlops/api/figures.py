"""Figures that are read when Prometheus asks: champion, trainings, review queue, what is away.

A scrape never fails or waits long for the database: without it the figures that it knows are left
out, and `rakuten_dependency_up` says so.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, case, func, select

from rakuten_mlops import __version__
from rakuten_mlops.api.drift_figures import read_drift
from rakuten_mlops.api.training_figures import Trainings
from rakuten_mlops.database import reachable
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.review.item import KINDS
from rakuten_mlops.review.queue import now
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.predictor import Predictor
from rakuten_mlops.tables import review_items

log = logging.getLogger(__name__)

# Prometheus asks every few seconds, and may ask any worker: it must not see a count go back.
FRESH_SECONDS = 2.0
PATIENCE_SECONDS = 2.0

Read = Callable[[Connection], list[Metric]]


class Figures(Collector):
    """What one worker tells about the state of the whole."""

    def __init__(self, engine: Engine, champions: ChampionStore, predictor: Predictor) -> None:
        self._champions = champions
        self._predictor = predictor
        self._trainings = Trainings()
        self._database = DatabaseFigures(engine, self._read)

    def collect(self) -> Iterable[Metric]:
        """Everything, as it stands now or stood a moment ago."""
        yield InfoMetricFamily("rakuten_build", "What answers.", {"version": __version__})
        yield from self._champion()
        known = self._database.families()
        up = GaugeMetricFamily(
            "rakuten_dependency_up", "Whether it answers: 1, or 0.", labels=["dependency"]
        )
        up.add_metric(["database"], known is not None)
        registry = self._champions.registry_state()
        if registry is not None:
            up.add_metric(["registry"], registry.answers(now()))
        yield up
        yield from known or ()

    def _champion(self) -> Iterable[Metric]:
        champion = self._predictor.loaded
        yield GaugeMetricFamily(
            "rakuten_champion_loaded", "Whether predictions are answered: 1, or 0.", bool(champion)
        )
        if champion is not None:
            info = {"version": champion.version}
            yield InfoMetricFamily("rakuten_champion", "The version that is served.", info)
            yield GaugeMetricFamily(
                "rakuten_champion_since_timestamp_seconds",
                "When the version came into service on this machine.",
                champion.since.timestamp(),
            )

    def _read(self, connection: Connection) -> list[Metric]:
        self._trainings.read(connection)
        return [
            *self._trainings.families(),
            *read_review_queue(connection),
            *read_drift(connection),
        ]


class DatabaseFigures:
    """Figures of a database, kept for a moment; reading never takes longer than some patience."""

    def __init__(
        self,
        engine: Engine,
        read: Read,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._engine = engine
        self._read = read
        self._fresh_seconds = fresh_seconds
        self._patience_seconds = patience_seconds
        self._asking = threading.Lock()
        self._reading: threading.Thread | None = None
        self._found: list[Metric] | None = None
        self._found_at = float("-inf")

    def families(self) -> list[Metric] | None:
        """The figures; None if the database does not answer, or not in time."""
        with self._asking:
            if time.monotonic() - self._found_at < self._fresh_seconds:
                return self._found
            # One that still waits for an earlier scrape will do: there are never two.
            if self._reading is None:
                self._reading = threading.Thread(target=self._note, daemon=True)
                self._reading.start()
            self._reading.join(self._patience_seconds)
            if self._reading.is_alive():
                return None
            self._reading = None
            return self._found

    def _note(self) -> None:
        try:
            with reachable(), self._engine.connect() as connection:
                self._found = self._read(connection)
        except DatabaseUnavailable:
            self._found = None
        except Exception:
            # A defect of ours, not a database that is away.
            log.exception("the database's figures are left out")
            self._found = []
        self._found_at = time.monotonic()


def read_review_queue(connection: Connection) -> list[Metric]:
    """How many items wait, by kind, free or held by somebody; and since when the oldest does."""
    held = case((review_items.c.leased_until > now(), "leased"), else_="waiting")
    kind, oldest = review_items.c.kind, func.min(review_items.c.offered_at)
    query = (
        select(kind, held.label("held"), func.count(), oldest)
        .where(review_items.c.state == "waiting")
        .group_by(kind, "held")
    )
    counts = {(each, state): 0 for each in KINDS for state in ("waiting", "leased")}
    since: dict[str, float] = {}
    for each, state, count, offered_at in connection.execute(query):
        counts[each, state] = count
        since[each] = min(since.get(each, float("inf")), offered_at.timestamp())
    items = GaugeMetricFamily(
        "rakuten_review_items", "Listings that people should look at.", labels=["kind", "state"]
    )
    for labels, count in counts.items():
        items.add_metric(labels, count)
    waits = GaugeMetricFamily(
        "rakuten_review_oldest_item_timestamp_seconds",
        "Since when the oldest of them waits.",
        labels=["kind"],
    )
    for each, moment in since.items():
        waits.add_metric([each], moment)
    return [items, waits]
