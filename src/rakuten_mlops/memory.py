"""What becomes of memory that a process has freed, and when it looks for what it may free.

Without glibc, the functions about blocks and heaps change nothing.
"""

import atexit
import ctypes
import gc
from typing import Any

# Parameters of glibc's `mallopt`, from its malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
# For the environment of a process: what polars frees is returned at once, not after a second, in
# which a process that is forked would get it, too, and keep it.
POLARS_GIVES_BACK = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"}
# More than the arrays of a usual piece of work: giving those back costs more time than it is worth.
LARGE = 8 * 2**20
# So much freed memory stays with the process, for the next arrays.
KEPT = 16 * 2**20
# The listings, rows and answers of a piece of work all live until it is done: looking for garbage
# among every few hundred new objects, as Python does, finds none.
YOUNG = 20_000


def look_for_garbage_seldom() -> None:
    """Look for garbage only among many new objects, and no more once the process ends.

    Python looks through all that is imported, more than once, before it leaves: a second, where
    that is MLflow. What is found goes with the process anyway.
    """
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)


def give_back_large_blocks(large: int = LARGE, *, kept: int = KEPT) -> None:
    """Have each block of so many bytes returned to the system as soon as it is freed.

    Else glibc keeps ever larger ones, once for each thread, and they come to lie in pieces. Of
    smaller ones, `kept` bytes stay, once for each thread, too.
    """
    tune = _of_glibc("mallopt")
    if tune is not None:
        tune(MMAP_THRESHOLD, large)
        tune(TRIM_THRESHOLD, kept)


def share_one_heap() -> None:
    """Have threads that start later use the main thread's heap instead of one of their own.

    It is in the processor's caches already. For a process that is mostly Python: its threads seldom
    want memory at the same moment.
    """
    tune = _of_glibc("mallopt")
    if tune is not None:
        tune(ARENA_MAX, 1)


def give_back_all() -> None:
    """Return to the system, once, whatever glibc keeps of freed memory."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(function: str) -> Any:
    return getattr(ctypes.CDLL(None), function, None)
