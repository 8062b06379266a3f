import random
import threading
from datetime import UTC, datetime

import pytest
from tests.factories import a_served

from rakuten_mlops.monitoring.shadow import Shadow
from rakuten_mlops.monitoring.shadowing import Shadowing, following
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, shadow_share=1.0)


@pytest.fixture
def bring(tmp_path, candidate):
    """Make a version the challenger of this machine."""
    scorer, store = compile_pipeline(candidate.pipeline, {}), ChampionStore(tmp_path, "challenger")
    store.folder.mkdir()

    def bring(version: str) -> None:
        fetched = save(scorer, tmp_path / "fetched")
        store.adopt(fetched, Current(version, datetime.now(UTC)))

    return bring


@pytest.fixture
def write(settings, engine):
    shadowing = Shadowing(settings, random.Random(1))

    def write(*served):
        if compared := shadowing.compare(list(served)):
            with engine.begin() as connection:
                compared.write(connection)
        return [(each.champion, each.challenger, each.compared) for each in pairs()]

    def pairs():
        return sorted(Shadow(engine).comparisons(), key=lambda each: each.challenger)

    return write


def test_only_what_another_version_answered_is_compared(bring, write):
    bring("2")

    assert write(a_served(version="2")) == []
    assert write(a_served(version="1"), a_served(version="2")) == [("1", "2", 1)]


def test_a_new_challenger_takes_the_place_of_the_old_one(bring, write):
    bring("2")
    write(a_served(version="1"))

    bring("3")

    assert write(a_served(version="1")) == [("1", "2", 1), ("1", "3", 1)]


def test_a_challenger_that_is_promoted_is_compared_again_once_it_is_rolled_back(bring, write):
    bring("2")
    write(a_served(version="1"))
    write(a_served(version="2"))

    assert write(a_served(version="1")) == [("1", "2", 2)]


def test_without_a_challenger_nothing_is_compared(write):
    assert write(a_served()) == []


def test_nobody_looks_for_a_challenger_when_no_share_is_to_be_compared(settings):
    before = threading.active_count()

    with following(settings.model_copy(update={"shadow_share": 0.0})):
        during = threading.active_count()

    assert during == before
