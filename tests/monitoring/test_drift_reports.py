from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rakuten_mlops.errors import DatabaseUnavailable, NoDriftReport
from rakuten_mlops.monitoring.drift.report import DriftReport
from rakuten_mlops.monitoring.drift_reports import DriftReports

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
REPORT = DriftReport(NOW, "3", "no drift", "As before", NOW, NOW, 500, 0, 3_000, "holdout", 0.01)


def test_the_last_report_is_the_one_that_was_added_last(engine):
    reports = DriftReports(engine)
    reports.add(REPORT)

    added = reports.add(replace(REPORT, state="drift"))

    assert reports.last() == added
    assert reports.get(added.id).report.state == "drift"
    assert [each.report.state for each in reports.history(limit=5)] == ["drift", "no drift"]


def test_before_the_first_report_there_is_none(engine):
    with pytest.raises(NoDriftReport, match="POST /drift"):
        DriftReports(engine).last()
    with pytest.raises(NoDriftReport, match="no report 7"):
        DriftReports(engine).get(7)


def test_a_report_can_be_told_what_it_led_to(engine):
    reports = DriftReports(engine)
    added = reports.add(REPORT)

    reports.change(replace(added, report=replace(REPORT, action="Training job 7 was started")))

    assert reports.last().report.action == "Training job 7 was started"


def test_a_database_that_is_away_is_named(engine, database):
    engine.dispose()
    database.take_away()

    with pytest.raises(DatabaseUnavailable):
        DriftReports(engine).add(REPORT)
