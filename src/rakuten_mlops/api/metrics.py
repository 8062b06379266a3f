"""Figures for Prometheus: what this API counts, right also where several workers share a port.

What the database and the files of the home know is read when somebody asks (`figures`).
"""

import os
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from rakuten_mlops.api.processes import WorkerProcesses

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED = "PROMETHEUS_MULTIPROC_DIR"


class ManyHistogram(Histogram):
    """A histogram that takes a batch of values for little more than the price of one."""

    def observe_all(self, amounts: Sequence[float]) -> None:
        """Observe each of them."""
        # The library's own fields, since it offers one value at a time; a test holds both equal.
        places = Tally(bisect_left(self._upper_bounds, amount) for amount in amounts)
        for place, count in places.items():
            self._buckets[place].inc(count)
        self._sum.inc(sum(amounts))


REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
LATENCY = Histogram(
    "http_request_duration_seconds",
    "From a request's first byte to the end of its answer.",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10),
)
PREDICTIONS = Counter("rakuten_predictions", "Listings classified.", ["prdtypecode", "decision"])
CONFIDENCE = ManyHistogram(
    "rakuten_prediction_confidence",
    "How sure the answers were, from 0 to 1.",
    ["decision"],
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1),
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
def _predicted(code: int, decision: str) -> Counter:
    return PREDICTIONS.labels(code, decision)


@cache
def _confidence(decision: str) -> ManyHistogram:
    return CONFIDENCE.labels(decision)


def count_prediction(code: int, decision: str, confidence: float) -> None:
    """Count a listing that was given a category."""
    _predicted(code, decision).inc()
    _confidence(decision).observe(confidence)


def count_predictions(
    codes: Sequence[int], decisions: Sequence[str], confidences: Sequence[float]
) -> None:
    """Count the listings of a batch."""
    for (code, decision), count in Tally(zip(codes, decisions, strict=True)).items():
        _predicted(code, decision).inc(count)
    for decision in set(decisions):
        pairs = zip(decisions, confidences, strict=True)
        _confidence(decision).observe_all([sure for said, sure in pairs if said == decision])


def count_unrecorded(exchanges: int) -> None:
    """Count answers that were given but not recorded."""
    UNRECORDED.inc(exchanges)


def share_between_workers(folder: Path) -> None:
    """Let workers add up their figures in a folder; to be called before they start."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.db"):
        left_over.unlink()
    os.environ[SHARED] = str(folder)


def render(*figures: Collector) -> bytes:
    """Everything, in Prometheus's text format, with `figures` that are read now."""
    # When a series began tells Prometheus nothing that it would not see; workers tell none.
    disable_created_metrics()
    everything = CollectorRegistry()
    for each in (*_counted(), *figures):
        everything.register(each)
    return generate_latest(everything)


def _counted() -> list[Collector]:
    """What all workers counted, and what their processes take."""
    if SHARED not in os.environ:
        return [REGISTRY]
    folder = os.environ[SHARED]
    return [MultiProcessCollector(CollectorRegistry(), folder), WorkerProcesses(Path(folder))]
