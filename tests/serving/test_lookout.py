import threading
import time
from datetime import UTC, datetime

import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import RegistryUnavailable
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.mlflow_rest import Unclear
from rakuten_mlops.registry.model_registry import PRODUCTION
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.keeper import Keeper
from rakuten_mlops.serving.lookout import LONGEST_REST, REST, Lookout, lookout
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.settings import Settings


@pytest.fixture
def store(scorer, tmp_path):
    """A home that serves version 1."""
    made = ChampionStore(tmp_path / "home")
    with made.being_written():
        made.adopt(save(scorer, tmp_path / "scorer"), Current("1", datetime.now(UTC)))
    return made


class World:
    """A registry that is unclear unless it has an answer, and a process that asks MLflow.

    The process takes `trip` seconds of the clock, and brings a version if it is to.
    """

    def __init__(self, store, scorer, folder) -> None:
        self.answer: str | Exception | None = Unclear()
        self.trips, self.trip, self.brings = 0, 2.0, ""
        self.status: int | None = 0
        self.now = 1_000.0
        self._store, self._scorer, self._folder = store, scorer, folder

    def aliased(self, alias):
        assert alias == PRODUCTION
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def fetch(self, *_):
        raise Unclear

    def ask_mlflow(self):
        self.trips += 1
        self.now += self.trip
        if self.brings:
            brought = save(self._scorer, self._folder / "brought")
            self._store.adopt(brought, Current(self.brings, datetime.now(UTC)))
        return self.status

    def clock(self):
        return self.now


@pytest.fixture
def world(store, scorer, tmp_path):
    return World(store, scorer, tmp_path)


@pytest.fixture
def watching(store, world):
    return Lookout(Keeper(world, store), store, world.ask_mlflow, world.clock)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("1", "ok"),
        (None, "no champion"),
        (RegistryUnavailable("The model registry did not answer"), "away"),
    ],
)
def test_what_a_glance_tells_is_not_asked_of_mlflow(watching, world, store, answer, state):
    world.answer = answer

    watching.check()

    assert world.trips == 0
    assert store.registry_state().state == state


@pytest.mark.parametrize("answer", ["2", Unclear()])
@pytest.mark.parametrize(("trip", "rest"), [(2.0, 2.0 * REST), (500.0, LONGEST_REST)])
def test_mlflow_that_brought_nothing_is_left_alone_for_a_while(watching, world, answer, trip, rest):
    world.answer, world.trip = answer, trip

    watching.check()
    world.now += rest - 0.1
    watching.check()
    resting = world.trips
    world.now += 0.2
    watching.check()

    assert (resting, world.trips) == (1, 2)


def test_after_something_was_brought_the_next_is_asked_for_at_once(watching, world, store):
    for version in ("2", "3"):
        world.answer = world.brings = version

        watching.check()

        assert store.current().version == version
    assert world.trips == 2


@pytest.mark.parametrize(("status", "state"), [(0, "ok"), (None, "ok"), (1, "away"), (-9, "away")])
def test_a_process_that_failed_is_told(watching, world, store, status, state):
    world.answer = "1"
    watching.check()
    world.answer, world.status = Unclear(), status

    watching.check()

    assert store.registry_state().state == state
    assert (f"ended with status {status}" in store.registry_state().why) == (state == "away")


def test_what_fails_does_not_end_the_watch(store, world):
    ended, looks = threading.Event(), []

    def fail():
        looks.append(1)
        if len(looks) > 2:
            ended.set()
        raise ZeroDivisionError

    Lookout(Keeper(world, store), store, fail).watch(ended, seconds=0.001)

    assert len(looks) == 3


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings of this process and of those that it starts."""
    found = Settings(home=tmp_path / "home", mlflow_url=f"sqlite:///{tmp_path / 'mlflow.db'}")
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return found


def test_what_is_promoted_in_mlflow_is_brought_by_a_process_that_ends(scorer, settings, tmp_path):
    """The lookout and the keeper, as the API runs them."""
    registry = MlflowRegistry(settings.mlflow_url)
    files = save(scorer, tmp_path / "scorer")
    version = registry.register(a_submission(scorer=files))
    registry.move_alias(PRODUCTION, version, by="test", why="a test")
    store = ChampionStore(settings.home)

    lookout(settings, threading.Event()).check()

    assert store.current().version == version
    assert store.registry_state().state == "ok"
    brought = load(store.scorer_folder(version))
    assert brought.predict("Piscine tubulaire") == scorer.predict("Piscine tubulaire") == 2583


def test_a_keeper_that_is_called_back_ends_at_once(settings):
    """MLflow takes longer to make its tables than this test may take."""
    ended = threading.Event()
    watching = lookout(settings, ended)
    threading.Timer(0.5, ended.set).start()
    began = time.monotonic()

    watching.check()

    assert time.monotonic() - began < 4
    assert ChampionStore(settings.home).registry_state() is None


def test_news_is_looked_at_at_once_and_without_rest(store, world):
    ended, again = threading.Event(), threading.Event()

    def ask():
        if world.trips:
            again.set()
        return world.ask_mlflow()

    watching = Lookout(Keeper(world, store), store, ask, world.clock)
    thread = threading.Thread(target=watching.watch, args=(ended,), kwargs={"seconds": 60.0})
    thread.start()
    while not world.trips:
        time.sleep(0.01)
    store.announce()
    noticed = again.wait(30)
    ended.set()
    thread.join()

    assert noticed


def test_old_news_is_no_reason_to_look(store, world):
    store.announce()
    watching = Lookout(Keeper(world, store), store, world.ask_mlflow, world.clock)
    watching.check()
    watching.check()

    assert world.trips == 1
