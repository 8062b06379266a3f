"""`/drift`: is traffic still what the model learnt from?"""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from rakuten_mlops.api.auth import Admin, Anyone
from rakuten_mlops.api.drift_schemas import DriftAnswer, DriftHistory
from rakuten_mlops.api.services import Services, ServicesOf
from rakuten_mlops.errors import DriftNotSeen, TrainingInProgress
from rakuten_mlops.monitoring.drift.report import DriftReport
from rakuten_mlops.monitoring.drift_page.page import write_page
from rakuten_mlops.monitoring.drift_reports import DriftReports, Kept
from rakuten_mlops.retraining.drift_answer import TRIGGER, may_retrain

router = APIRouter(prefix="/drift", tags=["monitoring"])

PATIENCE_SECONDS = 300.0
PAST = 60
JOBS = 1_000


@router.get("")
def show_drift(services: ServicesOf, _: Anyone) -> DriftAnswer:
    """The last report; 404 before the first."""
    return _answer(DriftReports(services.engine).last())


@router.get("/history")
def list_drift(
    services: ServicesOf, _: Anyone, limit: Annotated[int, Query(ge=1, le=500)] = 30
) -> DriftHistory:
    """The latest reports, newest first, without words and bins."""
    found = DriftReports(services.engine).history(limit=limit)
    return DriftHistory(
        reports=[_answer(replace(each, report=_brief(each.report))) for each in found]
    )


@router.get("/report.html", response_class=Response)
def show_drift_page(services: ServicesOf, _: Anyone) -> Response:
    """The last report as one HTML file, which can be sent to somebody."""
    found = DriftReports(services.engine).history(limit=PAST)
    last = found[0] if found else DriftReports(services.engine).last()
    past = [each.report for each in reversed(found) if each.report.version == last.report.version]
    return Response(write_page(last.report, past), media_type="text/html")


@router.post("")
def look_for_drift(services: ServicesOf, user: Admin) -> DriftAnswer:
    """Judge the champion's newest answers now, in a process of its own; takes some seconds.

    Where RAKUTEN_DRIFT_RETRAINS says so, drift starts a retraining; `action` tells.
    """
    found = _look(services)
    if services.settings.drift_retrains:
        found = _retrain(services, found, by=user.name)
    return _answer(found)


def _look(services: Services) -> Kept:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rakuten_mlops.retraining.drift_watch"],
            env=os.environ | services.settings.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DriftNotSeen(
            f"Looking took longer than {PATIENCE_SECONDS:.0f} s and was stopped; try again when "
            "the machine has less to do, or with a smaller RAKUTEN_DRIFT_WINDOW"
        ) from error
    if done.returncode:
        told = done.stderr.strip().splitlines()
        raise DriftNotSeen(told[-1] if told else f"It ended with status {done.returncode}")
    return DriftReports(services.engine).get(int(done.stdout))


def _retrain(services: Services, found: Kept, *, by: str) -> Kept:
    now, cool_down = datetime.now(UTC), timedelta(hours=services.settings.drift_cool_down_hours)
    jobs = services.jobs.history(limit=JOBS)
    if not may_retrain(found.report, jobs, now=now, cool_down=cool_down):
        return found
    try:
        job = services.jobs.start(trigger=TRIGGER, requested_by=by, parameters={})
        action = f"Training job {job.id} was started because of this drift"
    except TrainingInProgress as error:
        action = f"No training was started because of this drift: {error}"
    changed = replace(found, report=replace(found.report, action=action))
    DriftReports(services.engine).change(changed)
    return changed


def _answer(found: Kept) -> DriftAnswer:
    return DriftAnswer(id=found.id, **found.report.summary())


def _brief(report: DriftReport) -> DriftReport:
    tests = tuple(replace(each, bins=()) for each in report.tests)
    return replace(report, tests=tests, terms=(), gone=())
