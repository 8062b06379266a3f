"""Look after the champion's copy from within the API: a look costs a millisecond.

Only where a glance does not tell is the keeper started as a process, with MLflow's client in it;
it lives as long as it takes to ask once, and to bring what is new.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rakuten_mlops.registry.glance import Glance
from rakuten_mlops.registry.mlflow_rest import Unclear
from rakuten_mlops.serving.champion_store import ChampionStore, Role
from rakuten_mlops.serving.keeper import ALIASES, Keeper
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

# A process that brought nothing is started again after so many times its own duration, or so many
# seconds if that is less: asking must not take a whole core.
REST = 10.0
LONGEST_REST = 30.0
# How long an announcement may go unseen.
BLINK = 0.2
# It may be waiting for a registry that does not answer; a keeper is called back at once.
LAST_LOOK_SECONDS = 2.0


class Lookout:
    """Has the keeper check, here if that is enough, else in a process.

    `ask_mlflow` runs that process to its end and returns its exit status, None if it was stopped.
    """

    def __init__(
        self,
        keeper: Keeper,
        store: ChampionStore,
        ask_mlflow: Callable[[], int | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper = keeper
        self._store = store
        self._ask_mlflow = ask_mlflow
        self._clock = clock
        self._rest_until = 0.0
        self._heard = store.announced()

    def check(self) -> None:
        """Look once, and act on it."""
        try:
            self._keeper.check()
        except Unclear:
            if self._clock() >= self._rest_until:
                self._ask()

    def _ask(self) -> None:
        began, held = self._clock(), self._store.stamp()
        status = self._ask_mlflow()
        if status:
            self._store.note("away", f"The keeper ended with status {status}; the log says more")
        if self._store.stamp() == held:
            ended = self._clock()
            self._rest_until = ended + min(REST * (ended - began), LONGEST_REST)

    def watch(self, ended: threading.Event, *, seconds: float) -> None:
        """Check every so many seconds, and when news is announced, until the event is set."""
        while not ended.is_set():
            try:
                self.check()
            except Exception:
                # A lookout that stops looking would serve an old champion for ever, in silence.
                log.exception("cannot look for a new champion; trying again")
            self._wait(ended, seconds)

    def _wait(self, ended: threading.Event, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._hears_news():
            if ended.wait(min(left, BLINK)):
                return

    def _hears_news(self) -> bool:
        """Whether something was announced since the last time; then there is no rest."""
        before, self._heard = self._heard, self._store.announced()
        if self._heard == before:
            return False
        self._rest_until = 0.0
        return True


def lookout(settings: Settings, ended: threading.Event, role: Role = "champion") -> Lookout:
    """The lookout of a machine; setting the event stops a process that it has started."""
    store = ChampionStore(settings.home, role)
    keeper = Keeper(Glance(settings.mlflow_url), store, ALIASES[role], _leave_to_mlflow)
    return Lookout(keeper, store, lambda: _run_keeper(ended, role))


@contextmanager
def looking(settings: Settings, role: Role = "champion") -> Generator[None]:
    """Look for new versions of a role, in a thread beside what this process does."""
    ended = threading.Event()
    watching = threading.Thread(
        target=lookout(settings, ended, role).watch,
        args=(ended,),
        kwargs={"seconds": settings.poll_seconds},
        daemon=True,
    )
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join(LAST_LOOK_SECONDS)


def _leave_to_mlflow(*_: object) -> None:
    """Making a scorer anew takes scikit-learn, which has no place in a process that answers."""
    raise Unclear


def _run_keeper(ended: threading.Event, role: Role) -> int | None:
    command = [sys.executable, "-m", "rakuten_mlops.serving.keeper", role]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as keeper:  # noqa: S603 - our own
        while keeper.poll() is None and not ended.wait(0.1):
            pass
        keeper.terminate()
    return None if ended.is_set() else keeper.returncode
