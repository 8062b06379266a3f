"""A prediction log to fill, and a recorder that fills it from a spool."""

from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import Engine

from rakuten_mlops.monitoring.prediction_log import PredictionLog, add, row_of
from rakuten_mlops.monitoring.recorder import Recorder
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.monitoring.traffic import SPOOL, Served, Spool
from rakuten_mlops.settings import Settings

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


@pytest.fixture
def settings(tmp_path, database):
    return Settings(home=tmp_path / "home", database_url=database.url, shadow_share=0)


@pytest.fixture
def spool(settings):
    return Spool(settings.home / SPOOL)


@pytest.fixture
def record(settings):
    """Start a recorder, let it record what waits, and end it."""

    def record(**changed):
        with closing(Recorder(settings.model_copy(update=changed))) as recorder:
            recorder.drop_texts()
            recorder.record()
            recorder.prune()

    return record
