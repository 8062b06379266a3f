"""The API's processes: workers that answer, a lookout for their next champion, and a recorder.

One worker answers in this very process, several in processes of their own. The lookout is a thread
here, the recorder a process beside it, so there is one of each on a machine.
"""

import logging
import os
import signal
import sys

import uvicorn

from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.lookout import looking
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack.recording import recording
from rakuten_mlops.users import Users, prepare_users

log = logging.getLogger(__name__)


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
    """Answer HTTP until asked to end; meanwhile look for new champions."""
    os.environ |= settings.environment()
    if settings.workers > 1:
        from rakuten_mlops.api.metrics import share_between_workers

        share_between_workers(settings.home / "metrics")
    ChampionStore(settings.home).forget_registry()
    # uvicorn repeats the signal that ended it, which would end this process where it stands.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with recording(settings), looking(settings):
        uvicorn.run(
            "rakuten_mlops.stack.worker:application",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            http="rakuten_mlops.stack.http_protocol:JoiningProtocol",
            # There is no such route, and its library takes memory.
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
