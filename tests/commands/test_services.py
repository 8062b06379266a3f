import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from tests.dashboard.fake_api import served

from rakuten_mlops.users import write_private


@pytest.fixture
def an_api(home, monkeypatch):
    """An API that answers whether it is ready with what `answers` holds."""
    app, answers = FastAPI(), {}

    @app.get("/readyz")
    def ready():
        return JSONResponse(answers, 200 if answers["ready"] else 503)

    write_private(home / "scheduler-password", "a password\n")
    with served(app) as url:
        monkeypatch.setenv("RAKUTEN_API_URL", url)
        yield answers


READY = {
    "ready": True,
    "model_version": "7",
    "serving_since": "2026-03-01T12:00:00Z",
    "registry": "away since 2026-03-02 12:00:00 UTC: [Errno 111] Connection refused",
    "database": "ok",
}


def test_status_tells_what_is_served_and_what_is_away(run, an_api):
    an_api.update(READY)

    result = run("status")

    assert result.exit_code == 0
    assert "version 7, since 2026-03-01T12:00:00Z" in result.stdout
    assert "Registry  away since 2026-03-02 12:00:00 UTC: [Errno 111] Connection refused\n" in (
        result.stdout
    )


def test_status_of_a_system_that_serves_nothing_fails_and_says_so(run, an_api):
    an_api.update(READY | {"ready": False, "model_version": None, "serving_since": None})

    result = run("status")

    assert result.exit_code == 1
    assert "Champion  none yet\n" in result.stdout


@pytest.mark.parametrize(("ready", "status"), [(True, 0), (False, 1)])
def test_a_health_check_is_told_by_the_exit_status_alone(run, an_api, ready, status):
    an_api.update(READY | {"ready": ready})

    result = run("status", "--ready")

    assert (result.exit_code, result.output) == (status, "")


def test_before_the_first_start_status_says_what_is_missing(run):
    result = run("status")

    assert result.exit_code == 1
    assert "scheduler-password is missing; it is made when the API starts" in result.stderr


@pytest.mark.parametrize("command", [["status"], ["status", "--ready"], ["tick"]])
def test_without_an_api_its_address_and_a_remedy_are_named(run, home, monkeypatch, command):
    monkeypatch.setenv("RAKUTEN_SCHEDULE", "production")
    write_private(home / "scheduler-password", "a password\n")

    result = run(*command)

    assert result.exit_code == 1
    assert "does not answer at http://127.0.0.1:9" in result.stderr
    assert "Traceback" not in result.output


def test_an_empty_registry_is_said_to_be(run, monkeypatch, tmp_path):
    monkeypatch.setenv("RAKUTEN_MLFLOW_URL", f"sqlite:///{tmp_path / 'mlflow.db'}")

    result = run("models", "list")

    assert (result.exit_code, result.stdout) == (
        0,
        "No version yet: `rakuten-mlops retrain` makes one.\n",
    )


def test_a_registry_that_is_away_is_named(run, monkeypatch):
    monkeypatch.setenv("RAKUTEN_MLFLOW_URL", "http://127.0.0.1:9")

    result = run("models", "list")

    assert result.exit_code == 1
    assert "The model registry at http://127.0.0.1:9 did not answer" in result.stderr


@pytest.mark.parametrize("command", [["promote", "3"], ["rollback"]])
def test_nothing_is_moved_without_a_reason_or_a_confirmation(run, command):
    without_reason = run("models", *command, "--yes")
    without_confirmation = run("models", *command, "--why", "because")

    assert without_reason.exit_code == 2
    assert "--why" in without_reason.stderr
    assert without_confirmation.exit_code == 2
    assert "--yes" in without_confirmation.stderr
