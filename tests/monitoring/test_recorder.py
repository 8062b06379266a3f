import json
from contextlib import closing
from datetime import UTC, datetime

import pytest
from tests.factories import ALTERNATIVES

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.monitoring.recorder import Recorder
from rakuten_mlops.monitoring.shadow import Shadow
from rakuten_mlops.monitoring.traffic import SPOOL, Spool, exchange
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.settings import Settings

TITLES = [f"Piscine tubulaire ronde {n}" for n in range(40)]


@pytest.fixture
def settings(tmp_path, database):
    return Settings(home=tmp_path / "home", database_url=database.url, shadow_share=1.0)


@pytest.fixture
def spool(settings):
    return Spool(settings.home / SPOOL)


@pytest.fixture
def challenger(settings, candidate):
    """Version 9, which this machine holds as its challenger."""
    scorer = compile_pipeline(candidate.pipeline, {}).warm()
    store = ChampionStore(settings.home, "challenger")
    store.folder.mkdir(parents=True)
    store.adopt(save(scorer, settings.home / "fetched"), Current("9", datetime.now(UTC)))
    return scorer


@pytest.fixture
def recorder(settings):
    with closing(Recorder(settings, seed=1)) as recorder:
        yield recorder


def an_exchange(titles: list[str], codes: list[int], version: str) -> bytes:
    predictions = [
        {
            "prdtypecode": code,
            "confidence": 0.8,
            "decision": "accept",
            "model_version": version,
            "alternatives": ALTERNATIVES,
        }
        for code in codes
    ]
    body = {"items": [{"designation": title} for title in titles]}
    answer = {"predictions": predictions}
    return exchange(1_700_000_000.0, 0.01, json.dumps(body).encode(), json.dumps(answer).encode())


def test_what_was_served_is_compared_and_gone(recorder, spool, challenger, engine):
    right = [challenger.predict(title) for title in TITLES]
    spool.write([an_exchange(TITLES, [*right[:-1], -1], "8")])

    assert recorder.record() == 1

    (found,) = Shadow(engine).comparisons()
    assert (found.champion, found.challenger) == ("8", "9")
    assert (found.compared, found.agreed) == (40, 39)
    assert [each.designation for each in Shadow(engine).disputes("8", "9", limit=9)] == TITLES[-1:]
    assert spool.files() == []


@pytest.mark.usefixtures("challenger")
def test_the_challengers_own_answers_are_no_comparison(recorder, spool, engine):
    spool.write([an_exchange(TITLES, [10] * 40, "9")])

    recorder.record()

    assert Shadow(engine).comparisons() == []
    assert spool.files() == []


def test_without_a_challenger_the_spool_is_emptied_all_the_same(recorder, spool, engine):
    spool.write([an_exchange(TITLES, [10] * 40, "8")])

    recorder.record()

    assert Shadow(engine).comparisons() == []
    assert spool.files() == []


@pytest.mark.usefixtures("challenger")
def test_a_damaged_file_does_not_hold_up_the_others(recorder, spool, engine):
    spool.write([an_exchange(TITLES[:1], [-1], "8")])
    (spool.folder / "0-damaged.json").write_text('[{"at": 1')

    assert recorder.record() == 2

    assert Shadow(engine).comparisons()[0].compared == 1


@pytest.mark.usefixtures("challenger")
def test_what_the_database_refuses_waits(recorder, spool, database):
    spool.write([an_exchange(TITLES[:1], [-1], "8")])
    database.take_away()

    with pytest.raises(DatabaseUnavailable):
        recorder.record()

    assert len(spool.files()) == 1
