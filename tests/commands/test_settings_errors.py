import pytest


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("RAKUTEN_PORT", "70000", "less than or equal to 65535"),
        ("RAKUTEN_SCHEDULE", "every day", "neither demo, production or off, nor five cron fields"),
        ("RAKUTEN_TRAIN_C", "0", "greater than 0"),
        ("RAKUTEN_TRAIN_TITLE_CHARS", "1", "single letters tell nothing"),
        ("RAKUTEN_MIN_GAIN", "[red]much[/]", "valid number"),
    ],
)
def test_a_bad_setting_ends_a_command_with_its_name_and_what_is_wrong(
    run, monkeypatch, name, value, complaint
):
    monkeypatch.setenv(name, value)

    result = run("users", "list")

    assert result.exit_code == 2
    assert f"Setting {name}: " in result.stderr
    assert complaint in result.stderr


def test_every_bad_setting_is_named_at_once(run, monkeypatch):
    monkeypatch.setenv("RAKUTEN_PORT", "high")
    monkeypatch.setenv("RAKUTEN_SEED", "-1")

    result = run("status")

    assert "RAKUTEN_PORT" in result.stderr
    assert "RAKUTEN_SEED" in result.stderr


def test_an_unknown_setting_in_the_file_is_refused_by_name(run, tmp_path):
    (tmp_path / ".env").write_text("RAKUTEN_PROT=8001\n")

    result = run("users", "list")

    assert result.exit_code == 2
    assert "PROT" in result.stderr.upper()
