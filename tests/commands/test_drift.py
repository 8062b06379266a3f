import pytest
from tests.factories import a_served

from rakuten_mlops.monitoring.prediction_log import add, row_of
from rakuten_mlops.monitoring.reference_files import make_reference, save_reference
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.scorer_files import load


@pytest.fixture
def referenced(home, champion, snapshot):  # noqa: ARG001 - it must be there
    """The champion brought its reference."""
    folder = ChampionStore(home).scorer_folder("7")
    made = make_reference(load(folder), snapshot.holdout, source="holdout of revision 1")
    save_reference(made, folder)


@pytest.fixture
def logged(engine):
    """150 listings of one kind, all on 25 November 2026."""
    served = [a_served(f"Used lamp {n} for the garden", version="7") for n in range(150)]
    rows = [
        row_of(each, describe(each.designation, "", hash_words([])), keep_text=False)
        for each in served
    ]
    with engine.begin() as connection:
        add(connection, rows)


@pytest.mark.usefixtures("referenced", "logged")
def test_drift_is_told_with_every_test_and_written_as_a_page(run, tmp_path):
    page = tmp_path / "drift.html"

    result = run("drift", "--html", page)

    assert result.exit_code == 0
    assert "drift: Listings now are in English" in result.stdout
    assert "Words as a whole" in result.stdout
    assert "Listings now are in English" in page.read_text()


@pytest.mark.usefixtures("referenced", "logged")
def test_a_time_without_answers_is_too_little(run):
    result = run("drift", "--since", "2027-01-01")

    assert result.exit_code == 0
    assert "too few listings" in result.stdout


def test_without_a_champion_it_says_so(run):
    result = run("drift")

    assert result.exit_code == 1
    assert "No champion has come to this machine yet" in result.stderr


def test_the_api_is_asked_where_that_is_wished(run):
    result = run("drift", "--ask-api")

    assert result.exit_code == 1
    assert "scheduler-password is missing" in result.stderr
