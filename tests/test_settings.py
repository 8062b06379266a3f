from datetime import UTC, datetime
from pathlib import Path

import pytest
from cronsim import CronSim
from pydantic import ValidationError

from rakuten_mlops.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(tmp_path, monkeypatch):
    """An empty folder: no `.env` of this machine counts."""
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default():
    settings = Settings()

    assert settings.home == Path("var")
    assert settings.database == "sqlite:///var/catalog.db"
    assert settings.admin_password is None


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("RAKUTEN_PORT", "8123")

    assert Settings().port == 8123


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("RAKUTEN_PORT=8001\nRAKUTEN_SEED=7\n")
    monkeypatch.setenv("RAKUTEN_PORT", "8002")

    settings = Settings()

    assert (settings.port, settings.seed) == (8002, 7)


def test_a_misspelt_name_is_refused_wherever_it_stands(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("RAKUTEN_PROT=8001\n")
    with pytest.raises(ValidationError, match="no setting RAKUTEN_PROT"):
        Settings()

    (tmp_path / ".env").unlink()
    monkeypatch.setenv("RAKUTEN_HOEM", "elsewhere")
    with pytest.raises(ValidationError, match="no setting RAKUTEN_HOEM"):
        Settings()


def test_other_programs_may_use_the_same_file(tmp_path):
    (tmp_path / ".env").write_text("API_PASSWORD=something\nRAKUTEN_PORT=8001\n")

    assert Settings().port == 8001


def test_settings_cannot_be_changed_behind_anybodys_back():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


def test_the_administrators_password_is_not_shown():
    settings = Settings(admin_password="long-enough")

    assert "long-enough" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_databases_password_is_not_shown():
    url = "postgresql://anna:long-enough@host/rakuten"
    settings = Settings(database_url=url)

    assert settings.database == url
    assert "long-enough" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("schedule", "cron"),
    [
        ("demo", "*/5 * * * *"),
        ("production", "0 2 * * *"),
        ("off", None),
        ("30 4 * * 1-5", "30 4 * * 1-5"),
    ],
)
def test_a_schedule_is_a_name_or_five_cron_fields(schedule, cron):
    assert Settings(schedule=schedule).cron == cron


@pytest.mark.parametrize("schedule", ["", "Demo", "every day", "61 * * * *", "* * * *", "@daily"])
def test_a_schedule_that_no_clock_understands_is_refused(schedule):
    with pytest.raises(ValidationError, match="neither demo, production or off, nor five cron"):
        Settings(schedule=schedule)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("demo", datetime(2026, 3, 1, 12, 5, tzinfo=UTC)),
        ("production", datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
    ],
)
def test_the_named_schedules_are_due_when_they_say(schedule, due):
    clock = CronSim(Settings(schedule=schedule).cron, datetime(2026, 3, 1, 12, 1, tzinfo=UTC))

    assert next(clock) == due


def test_a_process_that_is_given_the_environment_has_the_same_settings(tmp_path, monkeypatch):
    settings = Settings(
        home=tmp_path / "a home",
        schedule="30 4 * * 1-5",
        admin_password="long-enough",
        min_gain=0.01,
        workers=3,
    )

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert Settings() == settings


def test_what_is_unset_is_not_in_the_environment():
    assert "RAKUTEN_DATABASE_URL" not in Settings().environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("port", 65_536),
        ("workers", 0),
        ("accept_confidence", 1.1),
        ("min_gain", -0.1),
        ("gate_confidence", 0.5),
        ("poll_seconds", 0),
        ("login_cache_seconds", -1),
        ("max_items", 0),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})
