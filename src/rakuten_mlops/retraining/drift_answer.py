"""Whether drift is answered with a retraining. Pure.

One drift is one reason: while it lasts, it starts no second training within the cool-down, whatever
the gate said about the first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from rakuten_mlops.monitoring.drift.report import DriftReport

TRIGGER = "drift"


class Started(Protocol):
    """What is asked of a training job."""

    @property
    def trigger(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


def may_retrain(
    report: DriftReport, jobs: Iterable[Started], *, now: datetime, cool_down: timedelta
) -> bool:
    """Tell whether a report is a reason to train, after the jobs that there were.

    One that already led to something is none.
    """
    if report.state != "drift" or report.action:
        return False
    return all(job.trigger != TRIGGER or job.created_at + cool_down <= now for job in jobs)
