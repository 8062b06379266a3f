from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from rakuten_mlops.monitoring.drift.report import DriftReport
from rakuten_mlops.retraining.drift_answer import may_retrain

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class Job:
    trigger: str
    hours_ago: float

    @property
    def created_at(self):
        return NOW - timedelta(hours=self.hours_ago)


def a_report(state="drift"):
    return DriftReport(NOW, "3", state, "", None, None, 500, 0, 3_000, "holdout", 0.01)


def answered(report, *jobs):
    return may_retrain(report, jobs, now=NOW, cool_down=timedelta(hours=24))


def test_drift_is_a_reason_to_train():
    assert answered(a_report())


def test_a_report_that_led_to_a_training_is_no_reason_for_another():
    assert not answered(replace(a_report(), action="Training job 4 was started"))


@pytest.mark.parametrize("state", ["no drift", "watch", "too few listings"])
def test_nothing_else_is(state):
    assert not answered(a_report(state))


def test_a_drift_that_lasts_is_no_second_reason_within_the_cool_down():
    assert not answered(a_report(), Job("schedule", 1), Job("drift", 23))
    assert answered(a_report(), Job("schedule", 1), Job("drift", 24))
