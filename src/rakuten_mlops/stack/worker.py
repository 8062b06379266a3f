"""A process that answers requests: how it deals with memory, settled before it does anything."""

import ctypes
import gc
from typing import Any

# Parameters of glibc's `mallopt`, from its malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
# More than most arrays of a batch, less than the 19 MiB of a password's check.
LARGE = 4 * 2**20


def application() -> Any:
    """Return the application of one worker; settings come from its environment."""
    give_back_large_blocks()
    # What is imported lives as long as the process: looking for garbage in it would lengthen the
    # start, and later, every now and then, an answer.
    gc.disable()
    from rakuten_mlops.api.app import worker

    app = worker()
    gc.freeze()
    gc.enable()
    return app


def give_back_large_blocks() -> None:
    """Have a large block of memory returned to the system as soon as it is freed.

    Else glibc keeps the largest block that was ever freed, once for each thread that checks
    passwords. Where there is no glibc, nothing is done.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(MMAP_THRESHOLD, LARGE)
        tune(TRIM_THRESHOLD, 4 * LARGE)
