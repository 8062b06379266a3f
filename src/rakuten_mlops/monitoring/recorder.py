"""Record what was served, in a process of its own: `python -m rakuten_mlops.monitoring.recorder`.

One recorder a machine reads what the workers left in the spool, so that recording costs them
nothing. It ends with the process that started it; what it has not read yet waits on disk.
"""

import logging
import os
import random
import signal
import sys
import threading

from rakuten_mlops.database import open_database
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.monitoring.shadow import Shadow, compare, draw
from rakuten_mlops.monitoring.traffic import SPOOL, Served, Spool, read
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.lookout import lookout
from rakuten_mlops.serving.predictor import Predictor
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

SECONDS = 0.5


class Recorder:
    """Takes the spool's files one by one; each is removed once it is recorded."""

    def __init__(self, settings: Settings, *, seed: int | None = None) -> None:
        self._spool = Spool(settings.home / SPOOL)
        self._engine = open_database(settings.database)
        self._shadow = Shadow(self._engine)
        self._share = settings.shadow_share
        self._challenger = Predictor(ChampionStore(settings.home, "challenger"))
        self._chance = random.Random(seed)  # noqa: S311 - a sample, not a secret

    def record(self) -> int:
        """Record what waits, and return how many files; what the database refuses waits on."""
        self._challenger.refresh()
        done = 0
        for file in self._spool.files():
            try:
                served = list(read(file))
            except (ValueError, KeyError):
                log.exception("%s is damaged; it is left out", file)
            else:
                self._compare(served)
            file.unlink(missing_ok=True)
            done += 1
        return done

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _compare(self, served: list[Served]) -> None:
        challenger = self._challenger.loaded
        if challenger is None:
            return
        drawn = draw(served, self._share, self._chance)
        others = [one for one in drawn if one.version != challenger.version]
        if others:
            self._shadow.record(compare(others, challenger), challenger.version)


def run(settings: Settings) -> None:
    """Record for ever, until the process that started this one is gone or asks it to end."""
    parent, ended = os.getppid(), threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    threading.Thread(
        target=lookout(settings, ended, "challenger").watch,
        args=(ended,),
        kwargs={"seconds": settings.poll_seconds},
        daemon=True,
    ).start()
    recorder = Recorder(settings)
    away = False
    while os.getppid() == parent and not ended.wait(SECONDS):
        try:
            recorder.record()
            away = False
        except DatabaseUnavailable as error:
            if not away:
                log.warning("what was served waits to be recorded: %s", error)
            away = True


if __name__ == "__main__":
    settings = Settings()
    configure_logging(settings.log_format)
    run(settings)
    sys.exit(0)
