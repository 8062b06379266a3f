"""Scheduled retraining: what one tick does, and a clock for machines without cron."""

import logging
import subprocess
import sys
import time
from datetime import datetime

from cronsim import CronSim

from rakuten_mlops.errors import ApiError, ServiceFailed
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack.bootstrap import add_arrivals, follow, scheduler_client

log = logging.getLogger(__name__)


def tick(settings: Settings) -> str:
    """Ask the API for a retraining, in the demo with new arrivals first; what it came to.

    Raises ServiceFailed if the API refuses or the training fails.
    """
    client = scheduler_client(settings)
    came = add_arrivals(settings) if settings.demo else 0
    if came:
        log.info("%d new listings arrived", came)
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


def run(settings: Settings) -> None:
    """Tick whenever the schedule says so, each in a process of its own, for ever."""
    if settings.cron is None:
        log.info("no scheduled retraining: the schedule is off")
        return
    log.info("retraining at %r (%s)", settings.cron, settings.schedule)
    for due in CronSim(settings.cron, datetime.now()):  # noqa: DTZ005 - cron speaks local time
        time.sleep(max(0.0, due.timestamp() - time.time()))
        if time.time() - due.timestamp() > 60:
            log.warning("the tick of %s was missed", due)
            continue
        subprocess.run([sys.executable, "-m", "rakuten_mlops", "tick"], check=False)
