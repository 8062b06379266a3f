"""One tick against an API that answers over HTTP, and the services of one machine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from tests.dashboard.fake_api import served

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import ServiceFailed
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack import scheduler, server
from rakuten_mlops.stack.bootstrap import ensure_catalog
from rakuten_mlops.stack.local import services
from rakuten_mlops.users import write_private


class Trainings:
    """The part of the API that a tick calls."""

    def __init__(self) -> None:
        self.refusal: tuple[int, str] | None = None
        self.state, self.asked, self.calls = "succeeded", [], []

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/predict_batch")
        def predict(body: dict):
            self.calls.append(f"predict {len(body['items'])}")
            return {"predictions": [{} for _ in body["items"]]}

        @app.post("/drift")
        def look():
            self.calls.append("drift")
            return {"state": "no drift", "headline": "As before"}

        @app.post("/training")
        def start(body: dict):
            self.calls.append("training")
            if self.refusal:
                status, detail = self.refusal
                return JSONResponse({"detail": detail}, status)
            self.asked.append(body)
            return {"id": 4}

        @app.get("/training/4")
        def show():
            state = {"id": 4, "state": self.state, "message": "Version 2 promoted"}
            return state | {"step": None, "progress": 1.0}

        return app


@pytest.fixture
def trainings() -> Trainings:
    return Trainings()


@pytest.fixture
def settings(tmp_path, trainings) -> Iterator[Settings]:
    write_private(tmp_path / "scheduler-password", "a password\n")
    with served(trainings.app()) as url:
        yield Settings(
            home=tmp_path, api_url=url, schedule="production", demo_listings=1_000, demo_arrivals=50
        )


def test_a_tick_asks_for_a_retraining_and_tells_what_it_came_to(settings, trainings):
    told = scheduler.tick(settings)

    assert told == "Training job 4: Version 2 promoted"
    assert trainings.asked == [{"trigger": "schedule"}]


def test_a_tick_during_a_training_starts_nothing_and_is_no_failure(settings, trainings):
    trainings.refusal = 409, "Training job 3 is running"

    assert scheduler.tick(settings) == "Nothing started: Training job 3 is running"


def test_a_tick_that_is_refused_fails(settings, trainings):
    trainings.refusal = 503, "The database did not answer"

    with pytest.raises(ServiceFailed, match="The database did not answer"):
        scheduler.tick(settings)


def test_a_tick_whose_training_fails_fails(settings, trainings):
    trainings.state = "failed"

    with pytest.raises(ServiceFailed, match="Training job 4 failed"):
        scheduler.tick(settings)


def test_a_tick_of_the_demo_brings_arrivals_first(settings):
    demo = settings.model_copy(update={"schedule": "demo"})
    engine = open_database(demo.database)
    migrate(engine)
    ensure_catalog(demo)

    scheduler.tick(demo)

    assert [each.kind for each in Catalog(engine).revisions()] == ["synthetic", "arrivals"]
    engine.dispose()


def test_a_tick_asks_about_arrivals_and_looks_for_drift_before_it_trains(settings, trainings):
    demo = settings.model_copy(update={"schedule": "demo"})
    engine = open_database(demo.database)
    migrate(engine)
    engine.dispose()
    ensure_catalog(demo)

    scheduler.tick(demo)

    assert trainings.calls == ["predict 50", "drift", "training"]


def test_a_tick_leaves_drift_alone_where_it_has_a_schedule_of_its_own(settings, trainings):
    scheduler.tick(settings.model_copy(update={"drift_schedule": "off"}))

    assert trainings.calls == ["training"]


def test_a_schedule_that_is_off_never_ticks(settings, trainings):
    scheduler.run(settings.model_copy(update={"schedule": "off"}))

    assert trainings.asked == []


def test_production_looks_for_drift_every_hour_beside_retraining(settings):
    found = list(islice(scheduler.moments(settings, datetime(2026, 11, 25, 0, 45, tzinfo=UTC)), 4))

    assert [(due.hour, due.minute, command[0]) for due, command in found] == [
        (1, 30, "drift"),
        (2, 0, "tick"),
        (2, 30, "drift"),
        (3, 30, "drift"),
    ]


@pytest.mark.parametrize(
    ("drift_schedule", "commands"), [("off", []), ("auto", []), ("5 * * * *", ["drift"])]
)
def test_drift_may_be_looked_for_without_retraining(settings, drift_schedule, commands):
    changed = settings.model_copy(update={"schedule": "off", "drift_schedule": drift_schedule})

    found = islice(scheduler.moments(changed, datetime(2026, 11, 25, tzinfo=UTC)), 1)

    assert [command[0] for _, command in found] == commands


@pytest.mark.parametrize(
    ("schedule", "names"),
    [
        ("demo", ["mlflow", "api", "dashboard", "scheduler"]),
        ("off", ["mlflow", "api", "dashboard"]),
    ],
)
def test_one_machine_runs_every_service_and_the_schedule_if_there_is_one(tmp_path, schedule, names):
    settings = Settings(home=tmp_path, schedule=schedule, port=8123)

    found = services(settings, 5123)

    assert [service.name for service in found] == names
    assert all(service.environment["RAKUTEN_PORT"] == "8123" for service in found)
    assert all(service.log_file.parent == tmp_path / "logs" for service in found)
    assert "--port=5123" in found[0].command


def test_a_start_makes_the_tables_and_the_first_users_and_tells_the_password_once(tmp_path):
    settings = Settings(home=tmp_path)

    told = [server.prepare(settings), server.prepare(settings)]

    assert told == [(tmp_path / "admin-password").read_text().strip(), None]


def test_a_start_without_the_database_is_no_failure(tmp_path):
    (tmp_path / "catalog.db").mkdir()

    assert server.prepare(Settings(home=tmp_path)) is None
