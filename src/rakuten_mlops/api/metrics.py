"""Figures for Prometheus, right also where several workers share a port."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from rakuten_mlops.serving.champion_store import ChampionStore

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
LATENCY = Histogram(
    "http_request_duration_seconds",
    "From a request's first byte to the end of its answer.",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10),
)
PREDICTIONS = Counter(
    "rakuten_predictions", "Listings classified.", ["prdtypecode", "decision", "model_version"]
)

OFFERS = Counter(
    "rakuten_review_offers", "Listings offered for review, and what became of them.", ["outcome"]
)
UNRECORDED = Counter(
    "rakuten_unrecorded_answers", "Answers that were not recorded, for want of room or of a disk."
)


@cache
def _answered(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, str(status)), LATENCY.labels(route)


def count_answer(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer and how long it took."""
    # Finding the figures of some labels takes longer than counting; they are few, so keep them.
    counter, histogram = _answered(method, route, status)
    counter.inc()
    histogram.observe(seconds)


@cache
def _predicted(code: int, decision: str, version: str) -> Counter:
    return PREDICTIONS.labels(code, decision, version)


def count_predictions(counts: Mapping[tuple[int, str], int], version: str) -> None:
    """Count listings that were given a category, by category and decision."""
    for (code, decision), count in counts.items():
        _predicted(code, decision, version).inc(count)


def count_offers(outcome: str, offers: int) -> None:
    """Count offers for review that were `written` or `dropped`."""
    OFFERS.labels(outcome).inc(offers)


def count_unrecorded(exchanges: int) -> None:
    """Count answers that were given but not recorded."""
    UNRECORDED.inc(exchanges)


def share_between_workers(folder: Path) -> None:
    """Let workers add up their figures in a folder; to be called before they start."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.db"):
        left_over.unlink()
    os.environ[SHARED] = str(folder)


class _ChampionInfo(Collector):
    def __init__(self, champions: ChampionStore) -> None:
        self._champions = champions

    def collect(self) -> list[Metric]:
        info = InfoMetricFamily("rakuten_champion", "The version in production.")
        current = self._champions.current()
        if current:
            info.add_metric([], {"version": current.version, "since": current.since.isoformat()})
        return [info]


def render(champions: ChampionStore, *others: Collector) -> bytes:
    """Everything, in Prometheus's text format."""
    extra = CollectorRegistry()
    for collector in (_ChampionInfo(champions), *others):
        extra.register(collector)
    return generate_latest(_shared() or REGISTRY) + generate_latest(extra)


def _shared() -> CollectorRegistry | None:
    if SHARED not in os.environ:
        return None
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
