import pytest

from rakuten_mlops.users import write_private


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
