from datetime import UTC, datetime

import polars as pl
import pytest
from tests.factories import a_served

from rakuten_mlops.monitoring.prediction_log import add, row_of
from rakuten_mlops.monitoring.recorder_state import RecorderState, write_state
from rakuten_mlops.monitoring.text_statistics import describe, hash_words


@pytest.fixture
def logged(engine):
    """Three predictions of 25 November 2026."""
    served = [a_served(f"Lampe {n}") for n in range(3)]
    with engine.begin() as connection:
        add(
            connection,
            [
                row_of(one, describe(one.designation, "", hash_words([])), keep_text=False)
                for one in served
            ],
        )


@pytest.mark.usefixtures("logged")
def test_the_status_says_what_is_held_and_what_was_dropped(run, home):
    write_state(home, RecorderState(1_003, 1_000, 0, datetime(2026, 11, 25, 13, tzinfo=UTC)))

    result = run("log", "status")

    assert result.exit_code == 0
    assert "2026-11-25           3" in result.output
    assert "since 2026-11-25 12:00 UTC" in result.output
    assert "recorded 1,003" in result.output
    assert "1,000 by the recorder" in result.output


@pytest.mark.usefixtures("engine")
def test_an_empty_log_has_a_status_too(run):
    result = run("log", "status")

    assert "Predictions  0" in result.output


@pytest.mark.usefixtures("logged")
def test_a_day_is_exported(run, tmp_path):
    result = run("log", "export", "--day", "2026-11-25", "--output", tmp_path / "log")

    assert "3 predictions of 2026-11-25" in result.output
    assert pl.read_parquet(tmp_path / "log" / "predictions-2026-11-25.parquet").height == 3


def test_a_day_that_is_none_is_refused(run, tmp_path):
    result = run("log", "export", "--day", "25/11/2026", "--output", tmp_path)

    assert result.exit_code == 2
    assert "%Y-%m-%d" in result.output
