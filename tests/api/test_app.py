import json
import re

import pytest

from rakuten_mlops import errors
from rakuten_mlops.api.app import STATUS, create_app
from rakuten_mlops.settings import Settings

from .conftest import Caller, take_away

DESIGN = [
    ("post", "/predict"),
    ("post", "/predict_batch"),
    ("post", "/training"),
    ("get", "/training"),
    ("get", "/training/{job_id}"),
    ("get", "/models"),
    ("get", "/models/{version}"),
    ("post", "/models/{version}/promote"),
    ("post", "/models/rollback"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
]


def in_pieces(body: bytes, size: int = 1_000):
    for start in range(0, len(body), size):
        yield body[start : start + size]


def test_making_the_application_touches_nothing(tmp_path):
    create_app(Settings(home=tmp_path / "home"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("method", "path"), DESIGN)
def test_the_description_lists_every_route(carl, method, path):
    routes = carl.get("/openapi.json").json()["paths"]

    assert method in routes[path]


def test_the_description_asks_for_basic_authentication_everywhere_but_for_liveness(carl):
    described = carl.get("/openapi.json").json()

    unguarded = [
        path
        for path, operations in described["paths"].items()
        for operation in operations.values()
        if operation.get("security") != [{"Basic": []}]
    ]
    assert described["components"]["securitySchemes"] == {
        "Basic": {"type": "http", "scheme": "basic"}
    }
    assert unguarded == ["/healthz"]


def test_the_page_of_the_description_needs_nothing_from_other_servers(carl):
    page = carl.get("/docs")

    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert page.status_code == 200
    assert len(parts) == 3
    assert all(part.startswith("/") for part in parts)
    assert [carl.get(part).status_code for part in parts] == [200, 200, 200]
    assert "https://" not in page.text


def test_a_body_that_announces_too_much_is_refused_unread(start):
    carl = Caller(start(max_body=10_000), "carl")
    body = json.dumps({"designation": "x" * 10_000})

    answer = carl.post("/predict", content=body)

    assert answer.status_code == 413
    assert "larger than 10000 bytes" in answer.json()["detail"]


def test_a_body_that_announces_nothing_is_refused_once_it_is_too_large(start):
    carl = Caller(start(max_body=10_000), "carl")
    body = json.dumps({"designation": "x" * 10_000}).encode()

    answer = carl.post(
        "/predict", content=in_pieces(body), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413
    assert "larger than 10000 bytes" in answer.json()["detail"]


def test_a_body_up_to_the_limit_is_read_however_it_arrives(start):
    carl = Caller(start(max_body=10_000), "carl")
    body = json.dumps({"designation": "x", "description": "y" * 9_950}).encode()

    answer = carl.post(
        "/predict", content=in_pieces(body), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 200


def test_an_unknown_path_is_not_found_and_says_so_in_json(carl):
    answer = carl.get("/predictions")

    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


def test_a_wrong_method_is_refused_in_json(carl):
    answer = carl.get("/predict")

    assert answer.status_code == 405
    assert answer.json() == {"detail": "Method Not Allowed"}


class BrokenRegistry:
    """A registry with a defect."""

    def versions(self):
        raise ZeroDivisionError("a secret of the code")


def test_a_defect_is_answered_in_json_without_its_insides(start):
    carl = Caller(start(registry=BrokenRegistry()), "carl")

    answer = carl.get("/models")

    assert answer.status_code == 500
    assert answer.json() == {"detail": "This is a defect; the log of the API says more"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NoChampion("none"), 503),
        (errors.RegistryUnavailable("away"), 503),
        (errors.DatabaseUnavailable("away"), 503),
        (errors.UnknownVersion("none"), 404),
        (errors.UnknownJob("none"), 404),
        (errors.NeverServed("never"), 409),
        (errors.CatalogTooSmall("too small"), 409),
    ],
)
def test_every_error_has_its_status_and_says_what_is_wrong(start, error, status):
    class Refusing:
        def versions(self):
            raise error

    answer = Caller(start(registry=Refusing()), "carl").get("/models")

    assert answer.status_code == status
    assert answer.json() == {"detail": str(error)}


def test_the_table_of_statuses_speaks_of_this_projects_errors_only():
    assert all(issubclass(kind, errors.RakutenError) for kind in STATUS)


def test_a_start_with_the_database_away_still_serves(start, home):
    Caller(start(), "carl").get("/me")
    take_away(home)

    restarted = Caller(start(), "carl")

    assert restarted.post("/predict", {"designation": "Piscine"}).status_code == 200
    assert restarted.get("/training").status_code == 503
    assert "RAKUTEN_DATABASE_URL" in restarted.get("/catalog").json()["detail"]


def test_a_body_in_another_encoding_is_refused_with_the_place(carl):
    body = '{"designation": "Pompe à filtre"}'.encode("latin-1")

    answer = carl.post("/predict", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", 23]
    assert "UTF-8" in answer.json()["detail"][0]["msg"]


def test_a_truth_is_not_taken_for_a_number(rita):
    item = {"designation": "Lampe", "prdtypecode": 2060, "productid": True}

    answer = rita.post("/feedback", json={"items": [item]})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "items", 0, "productid"]
