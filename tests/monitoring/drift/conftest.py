"""A reference, and what its words and categories are called."""

import numpy as np
import pytest
from tests.monitoring.drift.windows import CATEGORIES, WORDS, make_window

from rakuten_mlops.monitoring.drift.judgement import Names
from rakuten_mlops.monitoring.reference import Reference


@pytest.fixture(scope="session")
def reference() -> Reference:
    window = make_window(2_000, seed=1)
    right = np.random.default_rng(2).random(2_000) < window.confidence
    return Reference(window, right, {}, "holdout of revision 1")


@pytest.fixture(scope="session")
def names() -> Names:
    return Names(CATEGORIES, WORDS)
