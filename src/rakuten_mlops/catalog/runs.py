"""Runs of equal values in sorted arrays (pure)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def run_bounds(values: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Where runs of equal values begin, in sorted values, and at last where the last one ends."""
    changed = np.empty(len(values) + 1, dtype=np.bool_)
    changed[0] = changed[-1] = True
    np.not_equal(values[1:], values[:-1], out=changed[1:-1])
    return changed.nonzero()[0]


def run_starts(values: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Where runs of equal values begin, in sorted values."""
    return run_bounds(values)[:-1]
