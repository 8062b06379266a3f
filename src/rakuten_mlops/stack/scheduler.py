"""The schedule: what one tick does, and a clock for machines without cron.

A tick looks for drift before it retrains, while there is traffic that the old champion answered.
"""

import heapq
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from cronsim import CronSim

from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.errors import ApiError, ServiceFailed
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack.bootstrap import add_arrivals, ask_api, follow, scheduler_client

TICK = ["tick"]
DRIFT = ["drift", "--ask-api"]

log = logging.getLogger(__name__)


def tick(settings: Settings) -> str:
    """Ask the API for a retraining, in the demo with new arrivals first; what it came to.

    Raises ServiceFailed if the API refuses or the training fails.
    """
    client = scheduler_client(settings)
    came = add_arrivals(settings, partial(ask_api, client)) if settings.demo else 0
    if came:
        log.info("%d new listings arrived", came)
    if settings.drift_schedule == "auto":
        _look_for_drift(client)
    try:
        job = client.start_training({"trigger": "schedule"})
        log.info("training job %d started", job["id"])
        ended = follow(client, job["id"], lambda _step, _done: None)
    except ApiError as error:
        if error.status == 409:
            return f"Nothing started: {error}"
        raise ServiceFailed(f"The scheduled retraining failed: {error}") from error
    if ended["state"] != "succeeded":
        raise ServiceFailed(f"Training job {ended['id']} {ended['state']}: {ended['message']}")
    return f"Training job {ended['id']}: {ended['message']}"


def _look_for_drift(client: ApiClient) -> None:
    try:
        found = client.look_for_drift()
    except ApiError as error:
        # Whatever that is, retraining goes on.
        log.warning("nobody knows about drift: %s", error)
    else:
        log.info("drift: %s: %s", found["state"], found["headline"])


def run(settings: Settings) -> None:
    """Do whatever the schedule says, each time in a process of its own, for ever."""
    if settings.cron is None:
        log.info("no scheduled retraining: the schedule is off")
    else:
        log.info("retraining at %r (%s)", settings.cron, settings.schedule)
    for due, command in moments(settings, datetime.now()):  # noqa: DTZ005 - cron speaks local time
        time.sleep(max(0.0, due.timestamp() - time.time()))
        if time.time() - due.timestamp() > 60:
            log.warning("the %s of %s was missed", command[0], due)
            continue
        subprocess.run([sys.executable, "-m", "rakuten_mlops", *command], check=False)  # noqa: S603 - our own


def moments(settings: Settings, after: datetime) -> Iterator[tuple[datetime, list[str]]]:
    """When to do what, for ever: a command of `rakuten-mlops`. Nothing if both schedules are off.

    Of one moment, drift comes first: what was trained then has answered nothing yet.
    """
    plans = ((settings.drift_cron, DRIFT), (settings.cron, TICK))
    due = (_planned(cron, command, after) for cron, command in plans if cron is not None)
    return heapq.merge(*due, key=lambda planned: planned[0])


def _planned(
    cron: str, command: list[str], after: datetime
) -> Iterator[tuple[datetime, list[str]]]:
    return ((due, command) for due in CronSim(cron, after))
