"""A prediction log to fill."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from rakuten_mlops.monitoring.prediction_log import PredictionLog, add, row_of
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.monitoring.traffic import Served

Fill = Callable[..., None]
KNOWN = hash_words(["piscine", "hors", "sol", "ronde"])


@pytest.fixture
def log(engine: Engine) -> PredictionLog:
    return PredictionLog(engine)


@pytest.fixture
def fill(engine: Engine) -> Fill:
    """Write what was served into the log."""

    def fill(*served: Served, keep_text: bool = False) -> None:
        with engine.begin() as connection:
            described = [(one, describe(one.designation, one.description, KNOWN)) for one in served]
            add(connection, [row_of(*each, keep_text=keep_text) for each in described])

    return fill
