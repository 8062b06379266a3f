"""From nothing to a served champion, against a client that answers from memory."""

import pytest

from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals
from rakuten_mlops.client.api_client import ApiClient, ApiError
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import ServiceFailed
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack.bootstrap import (
    add_arrivals,
    ask_api,
    ensure_catalog,
    scheduler_client,
    train_first,
    wait_for_api,
    wait_for_registry,
)

NOT_YET = {"ready": False, "registry": "no champion", "model_version": None}
SERVED = {"ready": True, "registry": "ok", "model_version": "1"}


def a_job(state: str, *, number: int = 4) -> dict:
    return {"id": number, "state": state, "step": None, "progress": 0.5, "message": "so it went"}


class FakeClient:
    """Answers with what it was given, in turn; the last answer stays."""

    def __init__(self, *readiness, ends: str = "succeeded", running: dict | None = None) -> None:
        self._readiness = list(readiness)
        self._ends = ends
        self._running = running
        self.started = []

    def readiness(self):
        answer = self._readiness.pop(0) if len(self._readiness) > 1 else self._readiness[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def start_training(self, parameters):
        if self._running:
            raise ApiError(409, "Training job 3 is running")
        self.started.append(parameters)
        return a_job("queued")

    def jobs(self):
        return [self._running]

    def job(self, number):
        return a_job(self._ends, number=number)


class Notes:
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.steps = []

    def __call__(self, step: str, _done: float) -> None:
        self.steps.append(step)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, demo_listings=1_000, demo_arrivals=50)


@pytest.fixture
def catalog(settings):
    engine = open_database(settings.database)
    migrate(engine)
    yield Catalog(engine)
    engine.dispose()


def test_a_first_champion_is_trained_and_waited_for():
    client, notes = FakeClient(NOT_YET, NOT_YET, SERVED), Notes()

    version = train_first(client, notes)

    assert version == "1"
    assert client.started == [{"trigger": "first-start"}]
    assert notes.steps == ["starting", "succeeded"]


def test_where_a_champion_is_served_nothing_is_trained():
    client = FakeClient(SERVED)

    version = train_first(client, Notes())

    assert version == "1"
    assert client.started == []


def test_a_training_that_runs_already_is_joined():
    client = FakeClient(NOT_YET, SERVED, running=a_job("running", number=3))

    assert train_first(client, Notes()) == "1"


@pytest.mark.parametrize("end", ["failed", "orphaned"])
def test_a_first_training_that_fails_says_why(end):
    client = FakeClient(NOT_YET, ends=end)

    with pytest.raises(ServiceFailed, match=f"The first training {end}: so it went"):
        train_first(client, Notes())


def test_an_api_that_is_not_there_yet_is_waited_for():
    client = FakeClient(ApiError(None, "connection refused"), NOT_YET)

    assert wait_for_api(client) == NOT_YET


def test_a_registry_that_is_not_there_yet_is_waited_for():
    client = FakeClient(NOT_YET | {"registry": "not asked yet"}, NOT_YET)

    assert wait_for_api(client) == NOT_YET


def test_a_champion_is_served_whether_or_not_the_registry_is_there():
    away = SERVED | {"registry": "away since noon"}

    assert wait_for_api(FakeClient(away)) == away


def test_all_of_it_runs_only_when_the_registry_answers_too():
    silent, away = SERVED | {"registry": "not asked yet"}, SERVED | {"registry": "away since noon"}
    client, looks = FakeClient(silent, away, SERVED), []

    wait_for_registry(client, lambda: looks.append("looked"))

    assert len(looks) == 2


def test_a_refused_log_in_is_not_waited_out():
    client = FakeClient(ApiError(401, "The user name or the password is wrong."))

    with pytest.raises(ServiceFailed, match="password is wrong"):
        wait_for_api(client)


def test_a_service_that_ends_meanwhile_ends_the_waiting():
    def watch():
        raise ServiceFailed("mlflow ended with status 1")

    with pytest.raises(ServiceFailed, match="mlflow ended"):
        wait_for_api(FakeClient(ApiError(None, "connection refused")), watch)


def test_the_schedulers_password_is_missed_by_name(settings):
    with pytest.raises(ServiceFailed, match="scheduler-password is missing"):
        scheduler_client(settings)


def test_the_demo_makes_its_catalogue_once(settings, catalog):
    assert ensure_catalog(settings)
    assert ensure_catalog(settings)

    assert [each.kind for each in catalog.revisions()] == ["synthetic"]
    assert catalog.counts().listings == 1_000


def test_outside_the_demo_an_empty_catalogue_stays_empty(settings, catalog):
    production = settings.model_copy(update={"schedule": "production"})

    assert not ensure_catalog(production)
    assert catalog.current_revision() == 0


def test_every_tick_of_the_demo_brings_other_arrivals(settings, catalog):
    ensure_catalog(settings)

    came = [add_arrivals(settings), add_arrivals(settings)]

    assert came == [50, 50]
    assert [each.kind for each in catalog.revisions()] == ["synthetic", "arrivals", "arrivals"]
    assert catalog.counts().listings == 1_100


def test_arrivals_are_asked_about_before_their_categories_are_known(settings, catalog):
    ensure_catalog(settings)
    asked = []

    add_arrivals(settings, lambda came: asked.append((len(came), catalog.counts().listings)))

    assert asked == [(50, 1_000)]


def test_an_api_that_answers_nobody_keeps_no_arrivals_away(caplog):
    nobody = ApiClient("http://127.0.0.1:9", name="scheduler", password="a password")

    ask_api(nobody, arrivals(2, seed=1, batch=0))

    assert "nobody was asked about the arrivals" in caplog.text


def test_a_real_catalogue_gets_no_arrivals(settings, catalog):
    listing = Listing("Piscine", "", 1, None)
    catalog.write([(listing, 2583)], kind="import", source="X.csv", author="anna")

    assert add_arrivals(settings) == 0
    assert catalog.current_revision() == 1
