"""What the last look at the traffic found, test by test."""

from typing import get_args

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from pydantic_core import from_json
from sqlalchemy import Connection, select

from rakuten_mlops.monitoring.drift.report import DriftReport, State, read_report
from rakuten_mlops.tables import drift_reports

# Of each test: its value, and from where on it is more than noise, and matters.
OF_A_TEST = {
    "rakuten_drift_score": ("value", "What each test of the last drift report measured."),
    "rakuten_drift_threshold": ("threshold", "From where on a score is more than noise."),
    "rakuten_drift_floor": ("floor", "From where on a score matters."),
}


def read_drift(connection: Connection) -> list[Metric]:
    """The newest report on drift; nothing before the first."""
    newest = select(drift_reports.c.report).order_by(drift_reports.c.id.desc()).limit(1)
    found = connection.scalar(newest)
    if found is None:
        return []
    report = read_report(from_json(found))
    looked = GaugeMetricFamily(
        "rakuten_drift_report_timestamp_seconds",
        "When somebody last looked for drift.",
        report.at.timestamp(),
    )
    return [looked, _state(report), *_tests(report), *_accuracy(report)]


def _state(report: DriftReport) -> Metric:
    family = GaugeMetricFamily(
        "rakuten_drift_state", "What the last drift report came to: 1.", labels=["state"]
    )
    for state in get_args(State):
        family.add_metric([state], state == report.state)
    return family


def _tests(report: DriftReport) -> list[Metric]:
    families: list[Metric] = []
    for name, (figure, documentation) in OF_A_TEST.items():
        family = GaugeMetricFamily(name, documentation, labels=["test"])
        for test in report.tests:
            family.add_metric([test.name], getattr(test, figure))
        families.append(family)
    return families


def _accuracy(report: DriftReport) -> list[Metric]:
    if report.accuracy is None:
        return []
    return [
        GaugeMetricFamily(
            "rakuten_drift_estimated_accuracy",
            "Share of the answers that are right, estimated without labels.",
            report.accuracy.estimate,
        )
    ]
