"""Have MLflow's client do something in a process of its own.

It takes seconds and 120 MiB to import, which a process that answers requests must not keep for
good. The process stays for the next errand, and ends when none comes for a while.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Any

from rakuten_mlops.errors import RakutenError, RegistryUnavailable
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.settings import Settings

IDLE_SECONDS = 30.0


class Errands:
    """Calls methods of `MlflowRegistry` on a tracking URI, one at a time, in that process."""

    def __init__(self, url: str, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._url = url
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._runner: _Runner | None = None
        self._end = threading.Timer(0, self.close)

    def run(self, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return what the method returns. Raises what it raises, and RegistryUnavailable."""
        with self._lock:
            self._end.cancel()
            self._runner = self._runner or _Runner(self._url)
            try:
                outcome = self._runner.run(method, args, kwargs)
            except (OSError, EOFError) as error:
                self._stop()
                raise RegistryUnavailable(
                    f"The process that asks the model registry at {self._url} has ended; "
                    "its log says why"
                ) from error
            self._end = threading.Timer(self._idle_seconds, self.close)
            self._end.daemon = True
            self._end.start()
        if isinstance(outcome, RakutenError):
            raise outcome
        return outcome

    def close(self) -> None:
        """End the process, if there is one; the next errand starts another."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.end()


class _Runner:
    """That process, seen from here; it ends by itself when this process does."""

    def __init__(self, url: str) -> None:
        self._errands, theirs = Pipe()
        with theirs:
            handed = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - our own
                [sys.executable, "-m", "rakuten_mlops.registry.errand", url, str(handed)],
                stdin=subprocess.DEVNULL,
                pass_fds=[handed],
            )

    def run(self, *errand: Any) -> Any:
        self._errands.send(errand)
        return self._errands.recv()

    def end(self) -> None:
        self._errands.close()
        self._process.terminate()
        self._process.wait()


def main(url: str, errands: Connection) -> None:
    """Run errands until whoever sends them is gone."""
    # Ctrl-C goes to all processes of a terminal; the one that asks decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

    registry = MlflowRegistry(url)
    while True:
        try:
            method, args, kwargs = errands.recv()
        except EOFError:
            return
        try:
            outcome = getattr(registry, method)(*args, **kwargs)
        except RakutenError as error:
            outcome = error
        try:
            errands.send(outcome)
        except ConnectionError:
            return


if __name__ == "__main__":
    configure_logging(Settings().log_format)
    main(sys.argv[1], Connection(int(sys.argv[2])))
