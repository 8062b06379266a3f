import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import NoChampion, RegistryUnavailable
from rakuten_mlops.registry.model_registry import PRODUCTION, InMemoryRegistry
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.keeper import Keeper
from rakuten_mlops.serving.predictor import Predictor
from rakuten_mlops.serving.scorer_files import save


class AwayRegistry(InMemoryRegistry):
    """A registry whose server can be switched off."""

    away = False

    def aliased(self, alias):
        if self.away:
            raise RegistryUnavailable("The model registry did not answer")
        return super().aliased(alias)


@pytest.fixture
def registry(scorer, tmp_path):
    made = AwayRegistry()
    for _ in range(5):
        made.register(a_submission(scorer=save(scorer, tmp_path / "submitted")))
    return made


@pytest.fixture
def store(tmp_path):
    return ChampionStore(tmp_path / "home")


def promote(registry, version):
    registry.move_alias(PRODUCTION, version, by="test", why="a test")


def test_there_is_no_champion_before_the_first_promotion(registry, store):
    predictor = Predictor(store)

    Keeper(registry, store).check()
    predictor.refresh()

    assert store.registry_state().state == "no champion"
    with pytest.raises(NoChampion):
        _ = predictor.champion


def test_what_is_promoted_is_copied_and_served(registry, store):
    predictor, keeper = Predictor(store), Keeper(registry, store)

    for version in ("2", "3"):
        promote(registry, version)
        keeper.check()
        predictor.refresh()

        assert predictor.champion.version == version
    assert predictor.champion.scorer.predict("Piscine tubulaire") == 2583


def test_a_registry_that_is_away_changes_nothing_that_is_served(registry, store):
    predictor, keeper = Predictor(store), Keeper(registry, store)
    promote(registry, "1")
    keeper.check()
    predictor.refresh()

    registry.away = True
    keeper.check()
    first = store.registry_state()
    keeper.check()

    assert predictor.champion.version == "1"
    assert first.state == "away"
    assert "did not answer" in first.why
    assert store.registry_state().since == first.since


def test_a_new_process_serves_the_local_copy_while_the_registry_is_away(registry, store):
    promote(registry, "1")
    Keeper(registry, store).check()
    registry.away = True

    restarted = Predictor(store)
    restarted.refresh()

    assert restarted.champion.version == "1"


def test_what_the_registry_said_to_an_earlier_process_is_forgotten(registry, store):
    promote(registry, "1")
    Keeper(registry, store).check()

    store.forget_registry()
    store.forget_registry()

    assert store.registry_state() is None
    assert store.current().version == "1"


def test_a_corrupt_copy_is_not_adopted(registry, store, tmp_path):
    promote(registry, "1")
    keeper = Keeper(registry, store)
    keeper.check()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "scorer.json").write_text("{}")
    bad = registry.register(a_submission(scorer=broken))

    promote(registry, bad)
    keeper.check()

    assert store.current().version == "1"
    assert store.registry_state().state == "away"


def test_a_copy_that_rots_leaves_the_old_one_serving(registry, store):
    predictor, keeper = Predictor(store), Keeper(registry, store)
    promote(registry, "1")
    keeper.check()
    predictor.refresh()
    promote(registry, "2")
    keeper.check()
    (store.scorer_folder("2") / "arrays.npz").write_bytes(b"rot")

    predictor.refresh()

    assert predictor.champion.version == "1"


def test_old_copies_are_removed_but_a_few(registry, store):
    keeper = Keeper(registry, store)

    for version in ("1", "2", "3", "4", "5"):
        promote(registry, version)
        keeper.check()

    held = sorted(path.name for path in store.folder.iterdir() if path.is_dir())
    assert held == ["3", "4", "5"]


def test_no_answer_fails_while_champions_change(scorer, store, tmp_path):
    predictor = Predictor(store)
    for version in ("1", "2"):
        save(scorer, store.scorer_folder(version))
    store.adopt(save(scorer, tmp_path / "fetched"), Current("1", datetime.now(UTC)))
    predictor.refresh()
    answers, ended = [], threading.Event()

    def ask():
        while not ended.is_set():
            champion = predictor.champion
            answers.append((champion.version, champion.scorer.predict("Piscine tubulaire")))

    asking = threading.Thread(target=ask)
    asking.start()
    for number in range(6):
        since = datetime.now(UTC) + timedelta(seconds=number)
        version = str(2 + number % 2)
        store.adopt(save(scorer, tmp_path / "fetched"), Current(version, since))
        predictor.refresh()
    ended.set()
    asking.join()

    assert {code for _, code in answers} == {2583}
    assert {version for version, _ in answers} >= {"1", "2", "3"} - {"1"}
