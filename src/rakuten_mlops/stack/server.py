"""The API's processes: the workers that answer, and the keeper that brings them the champion."""

import logging
import os
import subprocess
import sys
import threading

import uvicorn

from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.settings import Settings
from rakuten_mlops.users import Users, prepare_users

log = logging.getLogger(__name__)

RESTART_SECONDS = 2.0


def prepare(settings: Settings) -> str | None:
    """Bring the database up to date and make its first users.

    Returns the administrator's password if this call invented it. With the database away, what
    is here is served without it.
    """
    engine = open_database(settings.database)
    given = settings.admin_password
    admin_password = None if given is None else given.get_secret_value()
    try:
        migrate(engine)
        return prepare_users(Users(engine, settings.home), settings.home, admin_password)
    except DatabaseUnavailable as error:
        log.warning("starting without the database: %s", error)
        return None
    finally:
        engine.dispose()


def serve(settings: Settings) -> None:
    """Answer HTTP until asked to end; the keeper is started again whenever it ends."""
    os.environ |= settings.environment()
    if settings.workers > 1:
        from rakuten_mlops.api.metrics import share_between_workers

        share_between_workers(settings.home / "metrics")
    ChampionStore(settings.home).forget_registry()
    ended = threading.Event()
    keeping = threading.Thread(target=_keep, args=(ended,))
    keeping.start()
    try:
        uvicorn.run(
            "rakuten_mlops.api.app:worker",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=10,
        )
    finally:
        ended.set()
        keeping.join()


def _keep(ended: threading.Event) -> None:
    command = [sys.executable, "-m", "rakuten_mlops.serving.keeper"]
    while not ended.is_set():
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as keeper:  # noqa: S603 - our own
            while keeper.poll() is None and not ended.wait(0.2):
                pass
            keeper.terminate()
        if not ended.wait(RESTART_SECONDS):
            log.warning("the keeper ended with status %s; starting it again", keeper.returncode)
