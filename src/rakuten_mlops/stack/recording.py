"""Have what is served recorded by a process of its own, whatever happens to it.

The first recorder is a fork of the process that serves, made before that has threads: what both
have imported lies in memory once, which saves 17 MiB. If it ends, another one is started as a
process like any other, since a fork of a process with threads may find locks that nobody opens.
"""

import gc
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess

from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

RESTART_SECONDS = 2.0
LOOK_SECONDS = 0.2
# It may wait for the processor that long; killing it loses nothing.
GRACE_SECONDS = 3.0


@contextmanager
def recording(settings: Settings) -> Generator[None]:
    """Record what is served meanwhile; to be entered before anything starts a thread."""
    ended = threading.Event()
    first = _fork(settings) if sys.platform == "linux" else None
    watching = threading.Thread(target=_keep, args=(first, ended), daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _fork(settings: Settings) -> BaseProcess:
    # Both have it then, and neither pays for it alone.
    from rakuten_mlops.monitoring.recorder import run

    # A search for garbage would touch, and so copy, every object.
    gc.collect()
    gc.freeze()
    forked = multiprocessing.get_context("fork").Process(target=run, args=(settings, os.getpid()))
    forked.start()
    return forked


def _keep(first: BaseProcess | None, ended: threading.Event) -> None:
    if first is not None:
        _watch(lambda: first.exitcode, ended)
        first.terminate()
        first.join(GRACE_SECONDS)
        first.kill()
        first.join()
        _report(first.exitcode, ended)
    command = [sys.executable, "-m", "rakuten_mlops.monitoring.recorder", str(os.getpid())]
    while not ended.is_set():
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as recorder:  # noqa: S603 - our own
            _watch(recorder.poll, ended)
            recorder.terminate()
            with suppress(subprocess.TimeoutExpired):
                recorder.wait(GRACE_SECONDS)
            recorder.kill()
        _report(recorder.returncode, ended)


def _watch(status: Callable[[], int | None], ended: threading.Event) -> None:
    while status() is None and not ended.wait(LOOK_SECONDS):
        pass


def _report(status: int | None, ended: threading.Event) -> None:
    if not ended.wait(RESTART_SECONDS):
        log.warning("the recorder ended with status %s; started again", status)
