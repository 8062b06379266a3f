"""Figures of the recorder, which is another process: read from its files when somebody asks."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rakuten_mlops.monitoring.recorder_state import read_state
from rakuten_mlops.monitoring.traffic import SPOOL, Spool


class RecorderFigures(Collector):
    """What this machine's recorder did, and what waits for it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._spool = Spool(home / SPOOL)

    def collect(self) -> Iterator[Metric]:
        """Read the figures."""
        state = read_state(self._home)
        yield CounterMetricFamily(
            "rakuten_log_recorded", "Predictions that the recorder wrote.", state.recorded
        )
        yield CounterMetricFamily(
            "rakuten_log_dropped",
            "Predictions that the recorder could not write; a file that it could not read is one.",
            state.dropped,
        )
        yield CounterMetricFamily(
            "rakuten_review_offers",
            "Predictions offered for review: the doubtful, and those drawn at random.",
            state.offered,
        )
        yield GaugeMetricFamily(
            "rakuten_log_waiting_bytes",
            "Bytes of answers that wait for the recorder.",
            self._spool.size(),
        )
        if state.at is not None:
            yield GaugeMetricFamily(
                "rakuten_log_last_recorded_timestamp_seconds",
                "When the recorder wrote last.",
                state.at.timestamp(),
            )
