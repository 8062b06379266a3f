import re
from datetime import UTC, datetime, timedelta

import pytest

from rakuten_mlops.serving.champion_store import ChampionStore, RegistryState

from .conftest import SINCE, Caller, take_away

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def champions(home):
    return ChampionStore(home)


def the_registry_is(state: str, champions: ChampionStore, *, checked: datetime | None = None):
    now = checked or datetime.now(UTC)
    champions.note_registry(RegistryState(state, now, NOON, "connection refused"))


def test_a_served_champion_is_ready_and_says_since_when(carl, champions):
    the_registry_is("ok", champions)

    answer = carl.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "model_version": "2",
        "serving_since": SINCE.isoformat().replace("+00:00", "Z"),
        "registry": "ok",
        "database": "ok",
    }


def test_without_a_champion_it_is_not_ready_and_says_so(start, home, champions):
    (home / "champion" / "current").unlink()
    the_registry_is("no champion", champions)

    answer = Caller(start(), "carl").get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "model_version": None,
        "serving_since": None,
        "registry": "no champion",
        "database": "ok",
    }


def test_a_registry_that_is_away_is_told_with_since_when_and_why(carl, champions):
    the_registry_is("away", champions)

    answer = carl.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["registry"] == "away since 2026-03-02 12:00:00 UTC: connection refused"


def test_a_registry_that_nobody_asks_any_more_is_not_called_fine(carl, champions):
    the_registry_is("ok", champions, checked=datetime.now(UTC) - timedelta(minutes=2))

    assert "the keeper is not running" in carl.get("/readyz").json()["registry"]


def test_a_registry_that_nobody_asked_yet_is_called_so(carl):
    assert carl.get("/readyz").json()["registry"] == "not asked yet"


def test_a_database_that_is_away_does_not_make_it_unready(start, home):
    Caller(start(), "carl").get("/me")
    take_away(home)

    answer = Caller(start(), "carl").get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["ready"]
    assert answer.json()["database"].startswith("away: The database did not answer")


def test_the_catalogue_is_summed_up(carl):
    answer = carl.get("/catalog").json()

    assert (answer["revision"], answer["listings"], answer["labelled"]) == (1, 100, 100)
    assert 0 < answer["without_description"] < 100
    assert 0 < answer["holdout"] < 50
    assert answer["synthetic"] is True
    assert sum(each["listings"] for each in answer["categories"]) == 100
    assert answer["categories"][0].keys() == {"prdtypecode", "category", "listings"}


def value_of(name: str, text: str) -> float:
    """The value of a sample, written as Prometheus writes it; 0 if it is not there yet."""
    found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_the_metrics_count_predictions_and_requests(api, carl):
    counters = [
        'http_requests_total{method="POST",route="/predict",status="200"}',
        'http_requests_total{method="POST",route="/predict",status="422"}',
        'http_requests_total{method="GET",route="none",status="401"}',
        'http_request_duration_seconds_count{route="/predict"}',
    ]
    before = carl.get("/metrics").text

    code = carl.post("/predict", {"designation": "Piscine hors sol"}).json()["prdtypecode"]
    carl.post("/predict", {})
    api.get("/me")

    after = carl.get("/metrics")
    grown = [value_of(name, after.text) - value_of(name, before) for name in counters]
    assert grown == [1, 1, 1, 2]
    assert re.search(rf'rakuten_predictions_total{{.*,prdtypecode="{code}"}}', after.text)
    assert after.headers["Content-Type"].startswith("text/plain")


def test_labels_stay_few_whatever_is_asked_for(api, carl):
    for n in range(5):
        carl.get(f"/made-up-{n}")
        carl.get(f"/models/made-up-{n}")
        carl.get(f"/training/{1_000 + n}")
        api.request(f"MADEUP{n}", "/predict")

    text = carl.get("/metrics").text

    assert "made-up" not in text
    assert "MADEUP" not in text
    assert "/training/10" not in text
    assert 'route="/models/{version}"' in text
    assert 'method="other"' in text
