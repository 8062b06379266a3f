"""An array that a second process computes, beside what is done in this one.

liblinear draws from one sequence of random numbers a process. Fits in threads would share it, and
no training could be repeated; a process has a sequence of its own. So what a second one computes is
what this one would: where there is none to be had, nothing but time is lost.
"""

import ctypes
import gc
import logging
import mmap
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

import numpy as np

from rakuten_mlops.training.calibration import Floats

# A second process that needs so many times what it had until it was asked will not end any more.
PATIENCE, LEAST_PATIENCE = 20.0, 60.0
# Linux's prctl: the signal that a process gets when the one that started it has ended.
PDEATHSIG = 1

log = logging.getLogger(__name__)

Compute = Callable[[], Floats]


def worthwhile() -> bool:
    """Tell whether a second process costs less than it saves.

    It needs a core of its own, and to begin with this one's memory: a fresh process would import
    for a second what is fitted in half of one.
    """
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@contextmanager
def computed_beside(
    compute: Compute, shape: tuple[int, ...], *, second: bool | None = None
) -> Generator[Compute]:
    """Compute an array of float64 while the block runs; what is given waits for it.

    `compute` may use numpy, scipy and scikit-learn, whose locks survive a fork; not polars, and it
    must import nothing. It is called here, when it is asked for, where a second process is not
    `worthwhile` or has failed.
    """
    if not (worthwhile() if second is None else second):
        yield compute
        return
    size = int(np.prod(shape))
    shared = np.frombuffer(mmap.mmap(-1, max(8 * size, 1)), np.float64, size).reshape(shape)
    process, start = _fork(compute, shared), time.monotonic()

    def wait() -> Floats:
        process.join(max(LEAST_PATIENCE, PATIENCE * (time.monotonic() - start)))
        if process.exitcode == 0:
            return shared
        log.warning("a second process ended with %s; computing here", process.exitcode)
        return compute()

    try:
        yield wait
    finally:
        process.kill()
        process.join()


def _fork(compute: Compute, target: Floats) -> BaseProcess:
    def fill() -> None:
        # It must neither outlive a training that is killed nor speak when that is interrupted.
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Looking for garbage would write to what the two share, which copies it.
        gc.disable()
        target[...] = compute()

    process = multiprocessing.get_context("fork").Process(target=fill, daemon=True)
    with warnings.catch_warnings():
        # Newer Pythons warn of locks that other threads hold; `computed_beside` says which matter.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    return process
