"""What the last look at the traffic found, test by test."""

from datetime import datetime
from typing import Any

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from pydantic_core import from_json
from sqlalchemy import Connection, column, inspect, select, table

# By name: a database that nobody migrated yet has no such table, and the rest is told all the same.
REPORTS = table("drift_reports", column("id"), column("state"), column("report"))
STATES = ("no drift", "watch", "drift", "too few listings")
# Of each test: its value, and from where on it is more than noise, and matters.
OF_A_TEST = {
    "rakuten_drift_score": ("value", "What each test of the last drift report measured."),
    "rakuten_drift_threshold": ("threshold", "From where on a score is more than noise."),
    "rakuten_drift_floor": ("floor", "From where on a score matters."),
}


def read_drift(connection: Connection) -> list[Metric]:
    """The newest report on drift; nothing before the first."""
    if not inspect(connection).has_table(REPORTS.name):
        return []
    newest = select(REPORTS).order_by(REPORTS.c.id.desc()).limit(1)
    row = connection.execute(newest).first()
    if row is None:
        return []
    report = from_json(row.report)
    looked = GaugeMetricFamily(
        "rakuten_drift_report_timestamp_seconds",
        "When somebody last looked for drift.",
        datetime.fromisoformat(report["at"]).timestamp(),
    )
    return [looked, _state(row.state), *_tests(report), *_accuracy(report)]


def _state(found: str) -> Metric:
    family = GaugeMetricFamily(
        "rakuten_drift_state", "What the last drift report came to: 1.", labels=["state"]
    )
    for state in STATES:
        family.add_metric([state], state == found)
    return family


def _tests(report: dict[str, Any]) -> list[Metric]:
    families: list[Metric] = []
    for name, (key, documentation) in OF_A_TEST.items():
        family = GaugeMetricFamily(name, documentation, labels=["test"])
        for test in report["tests"]:
            family.add_metric([test["name"]], test[key])
        families.append(family)
    return families


def _accuracy(report: dict[str, Any]) -> list[Metric]:
    if report["accuracy"] is None:
        return []
    return [
        GaugeMetricFamily(
            "rakuten_drift_estimated_accuracy",
            "Share of the answers that are right, estimated without labels.",
            report["accuracy"]["estimate"],
        )
    ]
