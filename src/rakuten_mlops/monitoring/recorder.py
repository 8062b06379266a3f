"""Record what was served, in a process of its own.

    python -m rakuten_mlops.monitoring.recorder PARENT

One recorder a machine reads what the workers left in the spool, so that recording costs them
nothing: it works when nobody else wants the processor, many files at a time. It ends with the
process PARENT, which may be gone before this one can ask for it; what waits then waits on disk.
"""

import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rakuten_mlops.database import open_database, reachable
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.monitoring.entries import Entries
from rakuten_mlops.monitoring.ledger import Ledger, forget
from rakuten_mlops.monitoring.prediction_log import PredictionLog
from rakuten_mlops.monitoring.recorder_state import read_state, write_state
from rakuten_mlops.monitoring.review_offers import ReviewOffers
from rakuten_mlops.monitoring.shadowing import Shadowing, following
from rakuten_mlops.monitoring.traffic import SPOOL, Served, Spool, read
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

SECONDS = 0.5
PRUNE_SECONDS = 60.0
# Listings that are recorded in one transaction, about: some milliseconds for others to wait, or a
# second where nothing of the processor is left for it.
TOGETHER = 200
LAST_IN_LINE = 19


class Recorder:
    """Takes the spool's files in their order; each is removed once it is recorded."""

    def __init__(self, settings: Settings, *, seed: int | None = None) -> None:
        self._settings = settings
        self._spool = Spool(settings.home / SPOOL)
        self._engine = open_database(settings.database)
        self._log = PredictionLog(self._engine)
        self._entries = Entries(settings)
        self._offers = ReviewOffers(self._engine, settings)
        self._shadowing = Shadowing(settings, random.Random(seed))  # noqa: S311 - a sample
        self._ledger = Ledger()
        self._state = read_state(settings.home)
        self._prune_at = 0.0

    def record(self) -> int:
        """Record what waits, and return how many files; what the database refuses waits on."""
        # One that was told to end may still be at it: no file is for two.
        with self._spool.being_read() as mine:
            files = self._spool.files() if mine else []
            for together in self._read(files):
                self._take(together)
        return len(files)

    def prune(self) -> None:
        """Delete what is older, or more, than the settings allow."""
        before = datetime.now(UTC) - timedelta(days=self._settings.log_days)
        pruned = self._log.prune(before=before, most_rows=self._settings.log_rows)
        with reachable(), self._engine.begin() as connection:
            forget(connection, before)
        if self._log.prune_words(before=before):
            self._entries.forget_names()
        self._spool.sweep(older_than=PRUNE_SECONDS)
        if pruned:
            log.info("%s predictions of the log are deleted, as the settings say", pruned)
            self._note(pruned=pruned)

    def prune_sometimes(self) -> None:
        """Prune, unless that was done a minute ago."""
        if time.monotonic() >= self._prune_at:
            self.prune()
            self._prune_at = time.monotonic() + PRUNE_SECONDS

    def drop_texts(self) -> None:
        """Empty the texts of an earlier time, if the settings allow none."""
        if not self._settings.log_texts and (dropped := self._log.drop_texts()):
            log.info("the texts of %s logged predictions are deleted: RAKUTEN_LOG_TEXTS", dropped)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _read(self, files: list[Path]) -> Iterator[dict[Path, list[Served]]]:
        """What files hold, of as many together as make a transaction."""
        together: dict[Path, list[Served]] = {}
        for file in files:
            try:
                together[file] = list(read(file))
            except (ValueError, KeyError, TypeError, AttributeError):
                log.exception("%s is damaged; it is left out", file)
                file.unlink(missing_ok=True)
                self._note(dropped=1)
            if sum(map(len, together.values())) >= TOGETHER:
                yield together
                together = {}
        if together:
            yield together

    def _take(self, together: dict[Path, list[Served]]) -> None:
        """Record files, all in one transaction; if it fails for what one holds, one by one."""
        try:
            self._record(together)
        except DatabaseUnavailable:
            raise
        except Exception:
            if len(together) > 1:
                for file, served in together.items():
                    self._take({file: served})
                return
            ((file, served),) = together.items()
            log.exception("%s cannot be recorded; it is left out", file)
            file.unlink(missing_ok=True)
            self._note(dropped=len(served))

    def _record(self, together: dict[Path, list[Served]]) -> None:
        names = [file.name for file in together]
        with reachable(), self._engine.connect() as connection:
            fresh = self._ledger.fresh(connection, names)
        served = [one for file, each in together.items() if file.name in fresh for one in each]
        # All that takes time comes before: others wait while a transaction writes, and this process
        # may be held up by anybody.
        rows = self._entries.rows(served) if self._settings.log else []
        compared = self._shadowing.compare(served)
        # A transaction of its own: if the next one fails, what is offered again changes nothing.
        offered = self._offers.put(served)
        with reachable(), self._engine.begin() as connection:
            self._ledger.note(connection, fresh)
            self._entries.write(connection, rows)
            if compared is not None:
                compared.write(connection)
        for file in together:
            file.unlink(missing_ok=True)
        self._ledger.settle(names)
        self._entries.settle()
        self._note(recorded=len(served), offered=offered)

    def _note(self, **done: int) -> None:
        self._state = self._state.plus(**done)
        write_state(self._settings.home, self._state)


def run(settings: Settings, parent: int) -> None:
    """Record for ever, until the process that started this one is gone or asks it to end."""
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    _give_way()
    _show_name("recorder")
    with following(settings), closing(Recorder(settings)) as recorder:
        _repeat(recorder, lambda: os.getppid() == parent and not ended.wait(SECONDS))


def _give_way() -> None:
    """Run only while nobody else wants the processor.

    Niceness alone is too little: Linux lets a process of any niceness end its slice of some
    milliseconds, and a request that comes meanwhile waits.
    """
    os.nice(LAST_IN_LINE)
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _show_name(name: str) -> None:
    """Let `ps` and `top` tell this process from the one that it is a fork of, where they can."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name)


def _repeat(recorder: Recorder, goes_on: Callable[[], bool]) -> None:
    away = started = False
    while goes_on():
        try:
            if not started:
                recorder.drop_texts()
                started = True
            recorder.record()
            recorder.prune_sometimes()
            away = False
        except DatabaseUnavailable as error:
            if not away:
                log.warning("what was served waits to be recorded: %s", error)
            away = True


if __name__ == "__main__":
    settings = Settings()
    configure_logging(settings.log_format)
    run(settings, int(sys.argv[1]))
    sys.exit(0)
