"""What becomes of memory that a process has freed; without glibc, nothing is changed."""

import ctypes
from typing import Any

# Parameters of glibc's `mallopt`, from its malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
# More than the arrays of a usual piece of work: giving those back costs more time than it is worth.
LARGE = 8 * 2**20


def give_back_large_blocks() -> None:
    """Have each large block of memory returned to the system as soon as it is freed.

    Else glibc keeps ever larger ones, once for each thread, and they come to lie in pieces.
    """
    tune = _of_glibc("mallopt")
    if tune is not None:
        tune(MMAP_THRESHOLD, LARGE)
        tune(TRIM_THRESHOLD, 2 * LARGE)


def give_back_all() -> None:
    """Return to the system, once, whatever glibc keeps of freed memory."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(function: str) -> Any:
    return getattr(ctypes.CDLL(None), function, None)
