"""The client against an API that really answers over HTTP."""

import typing
from typing import Annotated

import pytest
from fastapi import FastAPI, Header, Response
from fastapi.responses import HTMLResponse
from tests.dashboard.fake_api import served

from rakuten_mlops.api import (
    catalog_schemas,
    drift_schemas,
    review_schemas,
    schemas,
    traffic_schemas,
)
from rakuten_mlops.client import answers
from rakuten_mlops.client.api_client import ApiClient, ApiError, champion
from rakuten_mlops.monitoring.drift import report


def a_client(url: str, name: str) -> ApiClient:
    return ApiClient(url, name=name, password=f"{name}-password")


def test_the_credentials_name_their_user(client):
    assert client.me() == {"name": "admin", "role": "admin"}


def test_a_wrong_password_is_said_without_repeating_it(url):
    intruder = ApiClient(url, name="admin", password="guessed")

    with pytest.raises(ApiError) as refusal:
        intruder.me()

    assert refusal.value.status == 401
    assert "guessed" not in repr(refusal.value) + repr(vars(refusal.value))


def test_an_api_that_is_away_is_named_with_its_address_and_a_remedy():
    lost = a_client("http://127.0.0.1:9", "admin")

    with pytest.raises(ApiError) as refusal:
        lost.me()

    assert refusal.value.status is None
    assert "http://127.0.0.1:9" in refusal.value.message
    assert "RAKUTEN_API_URL" in refusal.value.remedy


def test_a_password_in_the_address_is_not_repeated():
    lost = a_client("http://someone:secret@127.0.0.1:9", "admin")

    with pytest.raises(ApiError) as refusal:
        lost.me()

    assert "secret" not in refusal.value.message


def test_another_service_at_the_address_is_not_taken_for_the_api():
    stranger = FastAPI(default_response_class=HTMLResponse)
    stranger.get("/me")(lambda: "<h1>Welcome</h1>")

    with served(stranger) as address, pytest.raises(ApiError, match="not the API"):
        a_client(address, "admin").me()


def test_a_missing_role_is_named(url):
    with pytest.raises(ApiError) as refusal:
        a_client(url, "carl").start_training({})

    assert refusal.value.status == 403
    assert "`admin`" in refusal.value.remedy


def test_a_refused_body_names_its_field(client):
    with pytest.raises(ApiError, match=r"^designation: String should have at least 1 character"):
        client.predict({"designation": ""})


def test_a_second_training_is_refused_with_the_number_of_the_first(client):
    job = client.start_training({"c": 0.3})

    with pytest.raises(ApiError, match=f"job {job['id']} is running") as refusal:
        client.start_training({})

    assert refusal.value.status == 409


def test_a_registry_that_is_away_is_told_from_one_that_is_empty(client, fake):
    fake.registry = "away since noon: connection refused"

    with pytest.raises(ApiError, match="away since noon") as refusal:
        client.versions()

    assert refusal.value.status == 503


def test_a_system_that_serves_nothing_still_says_what_is_away(client, fake):
    fake.aliases.clear()

    ready = client.readiness()

    assert not ready["ready"]
    assert ready["registry"] == "ok"


def test_an_explained_prediction_brings_its_terms(client):
    answer = client.predict({"designation": "Pompe pour piscine"}, explain=True)

    assert answer["category"] == "Piscine et accessoires"
    assert [reason["term"] for reason in answer["explanation"]["reasons"]] == ["piscine", "pompe"]


def test_more_listings_than_one_call_takes_come_back_in_their_order(client):
    listings = [{"designation": f"Piscine {n}" if n % 2 else f"Livre {n}"} for n in range(2_345)]

    answered = list(client.predict_many(listings))

    codes = [answer["prediction"]["prdtypecode"] for answer in answered]
    assert codes == [2583 if n % 2 else 10 for n in range(2_345)]


def test_one_refused_listing_does_not_spoil_its_batch(client):
    listings = [{"designation": "Piscine"} for _ in range(50)]
    listings[17] = {"designation": "x" * 500}

    answered = list(client.predict_many(listings))

    assert [n for n, answer in enumerate(answered) if "refused" in answer] == [17]
    assert answered[17]["refused"] == "designation has too many characters"


def test_promoting_moves_production_and_records_who_and_why(client):
    move = client.promote("3", why="the gate was too careful")

    versions = client.versions()
    assert champion(versions)["version"] == "3"
    assert (move["by"], move["why"]) == ("admin", "the gate was too careful")


def test_rolling_back_goes_to_the_version_that_was_asked_for(client):
    client.roll_back("1", why="complaints about books")

    assert client.versions()["production"] == "1"


def test_the_confusion_picture_is_a_png(client):
    assert client.confusion_picture("2").startswith(b"\x89PNG")


def test_the_reliability_picture_and_the_gains_are_where_the_client_asks_for_them():
    api = FastAPI()

    @api.get("/models/2/report/reliability.png")
    def picture() -> Response:
        return Response(b"\x89PNG", media_type="image/png")

    @api.get("/review/gains")
    def gains() -> dict:
        return {"trainings": [{"version": "2"}]}

    with served(api) as address:
        client = a_client(address, "carl")

        assert client.reliability_picture("2") == b"\x89PNG"
        assert client.training_gains() == [{"version": "2"}]


def test_drift_is_where_the_client_asks_for_it():
    api = FastAPI()

    @api.get("/drift")
    def last() -> dict:
        return {"state": "watch"}

    @api.post("/drift")
    def look() -> dict:
        return {"state": "drift"}

    @api.get("/drift/history")
    def history(limit: int) -> dict:
        return {"reports": [{"id": number} for number in range(limit)]}

    @api.get("/drift/report.html")
    def page() -> HTMLResponse:
        return HTMLResponse("<h1>Drift</h1>")

    with served(api) as address:
        client = a_client(address, "admin")

        assert client.drift() == {"state": "watch"}
        assert client.look_for_drift() == {"state": "drift"}
        assert client.drift_history(2) == [{"id": 0}, {"id": 1}]
        assert client.drift_page() == "<h1>Drift</h1>"


def test_an_unknown_version_is_not_found(client):
    with pytest.raises(ApiError, match="no version 9") as refusal:
        client.version("9")

    assert refusal.value.status == 404


def test_a_fresh_system_has_no_champion():
    versions = {"production": None, "staging": None, "versions": [], "moves": []}

    assert champion(versions) is None


BODIES = {
    "Listing": "ListingBody",
    "Correction": "CorrectionBody",
    "DriftReport": "DriftAnswer",
    "DriftTest": "TestResult",
    "DriftBin": "Bin",
    "DriftCategory": "CategoryChange",
    "DriftTerm": "Term",
    "DriftNewcomers": "Newcomers",
    "DriftAccuracy": "AccuracyEstimate",
    "DriftLive": "Live",
}
NOTES = [name for name in vars(answers) if typing.is_typeddict(getattr(answers, name))]


@pytest.mark.parametrize("name", NOTES)
def test_the_clients_notes_agree_with_the_apis_schemas(name):
    schema = BODIES.get(name, name)

    (described,) = {
        vars(module)[schema]
        for module in (
            schemas,
            catalog_schemas,
            review_schemas,
            traffic_schemas,
            drift_schemas,
            report,
        )
        if schema in vars(module)
    }
    noted = typing.get_type_hints(getattr(answers, name))

    fields = vars(described).get("__dataclass_fields__") or described.model_fields
    assert noted.keys() == fields.keys()


def test_feedback_carries_where_it_comes_from_and_its_key():
    kept = {}
    api = FastAPI()

    @api.post("/feedback")
    def take(body: dict, idempotency_key: Annotated[str, Header()]) -> dict:
        kept.update(body, key=idempotency_key)
        return {"accepted": 1, "labels_added": 1, "revision": 3, "rejected": [], "repeated": False}

    with served(api) as address:
        outcome = a_client(address, "rita").give_feedback(
            [{"designation": "Pompe à filtre", "prdtypecode": 2583}], source="shop", key="n1"
        )

    assert outcome["accepted"] == 1
    assert (kept["source"], kept["key"]) == ("shop", "n1")
    assert kept["items"] == [{"designation": "Pompe à filtre", "prdtypecode": 2583}]
