import pytest

from rakuten_mlops import request_ids
from rakuten_mlops.monitoring.traffic import SPOOL, Spool, read

from .conftest import Caller

LISTING = {"designation": "Piscine hors sol tubulaire"}
NAMED = {"X-Request-ID": "from-the-shop-42"}


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("post", "/predict", LISTING, 200),
        ("post", "/predict?explain=true", LISTING, 200),
        ("post", "/predict", {}, 422),
        ("get", "/healthz", None, 200),
        ("get", "/nowhere", None, 404),
        ("post", "/training", None, 403),
    ],
)
def test_every_answer_carries_the_name_that_its_caller_gave(carl, verb, path, body, status):
    details = {"json": body} if body is not None else {}
    answer = getattr(carl, verb)(path, headers=NAMED, **details)

    assert answer.status_code == status
    assert answer.headers.get_list("X-Request-ID") == ["from-the-shop-42"]


def test_who_is_turned_away_at_the_door_is_told_under_which_name(stranger):
    answer = stranger.get("/me", headers=NAMED)

    assert answer.status_code == 401
    assert answer.headers["X-Request-ID"] == "from-the-shop-42"


def test_a_defect_is_answered_under_its_name(start):
    api = start()
    api.app.inner.state.services.jobs = None

    answer = Caller(api, "carl").get("/training", headers=NAMED)

    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == "from-the-shop-42"


def test_requests_without_a_name_get_one_each(carl):
    made = [carl.post("/predict", LISTING).headers["X-Request-ID"] for _ in range(3)]

    assert len(set(made)) == 3
    assert all(map(request_ids.given, made))


def test_a_name_that_is_not_safe_to_repeat_is_replaced(carl):
    answer = carl.get("/me", headers={"X-Request-ID": "a b<c>"})

    assert answer.headers["X-Request-ID"] != "a b<c>"
    assert request_ids.given(answer.headers["X-Request-ID"])


def test_what_was_served_is_recorded_under_the_name_of_its_request(start, home):
    api = start()
    for path in ("/predict", "/predict?explain=true"):
        Caller(api, "carl").post(path, LISTING, headers=NAMED)
    api.app.inner.state.services.tap.flush()

    served = [one for file in Spool(home / SPOOL).files() for one in read(file)]

    assert [one.request_id for one in served] == ["from-the-shop-42"] * 2
