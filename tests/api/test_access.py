"""Who gets in, seen from outside."""

import base64
import re
import stat

import pytest

from rakuten_mlops.users import Users

from .conftest import ROLES, Caller, take_away

GUARDED = [
    ("POST", "/predict"),
    ("POST", "/predict_batch"),
    ("POST", "/training"),
    ("GET", "/training"),
    ("GET", "/training/1"),
    ("GET", "/models"),
    ("GET", "/models/1"),
    ("GET", "/models/1/report/confusion.png"),
    ("GET", "/models/1/report/reliability.png"),
    ("POST", "/models/1/promote"),
    ("POST", "/models/rollback"),
    ("GET", "/review/next"),
    ("GET", "/review/summary"),
    ("GET", "/review/gains"),
    ("POST", "/review/1"),
    ("POST", "/review/1/release"),
    ("GET", "/review.csv"),
    ("POST", "/review.csv"),
    ("POST", "/feedback"),
    ("GET", "/shadow"),
    ("GET", "/predictions/summary"),
    ("GET", "/drift"),
    ("GET", "/drift/history"),
    ("GET", "/drift/report.html"),
    ("POST", "/drift"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/me"),
    ("GET", "/catalog"),
    ("GET", "/catalog/listings"),
    ("GET", "/catalog/revisions"),
    ("POST", "/catalog/import"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing-there"),
]
FOR_ADMINS = [
    ("/training", {}),
    ("/models/1/promote", {"why": "because"}),
    ("/models/rollback", {"why": "because"}),
    ("/drift", None),
]


FOR_REVIEWERS = [
    ("GET", "/review/next", None),
    ("GET", "/review/summary", None),
    ("POST", "/review/1", {"answer": "confirm"}),
    ("POST", "/review/1/release", None),
    ("GET", "/review.csv", None),
    ("POST", "/review.csv", None),
    ("POST", "/feedback", {"items": [{"designation": "Lampe", "prdtypecode": 2060}]}),
]


def basic(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return f"Basic {base64.b64encode(raw).decode()}"


def test_liveness_asks_for_no_credentials(stranger):
    answer = stranger.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def _parameter(found: re.Match[str]) -> str:
    return "/{}" if found[0].startswith("/") else "{}"


def test_the_list_of_guarded_routes_is_complete(api):
    described = api.app.inner.openapi()["paths"]

    listed = {re.sub(r"/1\b|(?<=/report/)\w+\.png", _parameter, path) for _, path in GUARDED}
    listed.add("/healthz")
    assert {re.sub(r"{\w+}", "{}", path) for path in described} <= listed


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_every_other_route_is_closed_to_strangers(api, method, path):
    answer = api.request(method, path)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="rakuten-mlops"')
    assert answer.json() == {"detail": "Log in with a user and a password (HTTP Basic)"}


@pytest.mark.parametrize(
    "header",
    [
        basic("carl:wrong-password"),
        basic("nobody:carl-password"),
        basic("carl:"),
        basic(":carl-password"),
        basic(":"),
        basic("carl"),
        basic(b"\xff\xfe:\xff"),
        basic("carl:" + "x" * 5_000),
        "Basic not*base64",
        "Basic",
        "Basic ",
        "Bearer carl-password",
        "carl:carl-password",
        "é",
    ],
)
def test_wrong_or_malformed_credentials_are_refused(api, header):
    answer = api.get("/me", headers=[(b"Authorization", header.encode("latin-1"))])

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert "carl-password" not in answer.text


def test_a_strangers_body_is_not_even_read(api):
    answer = api.post("/predict", content=b"[", headers={"Content-Type": "application/json"})

    assert answer.status_code == 401


@pytest.mark.parametrize("name", ROLES)
def test_the_credentials_tell_who_asks(api, name):
    answer = Caller(api, name).get("/me")

    assert answer.json() == {"name": name, "role": ROLES[name]}


def test_the_scheme_is_recognised_in_any_case(api):
    header = basic("carl:carl-password").replace("Basic", "bAsIc")

    assert api.get("/me", headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize(("path", "body"), FOR_ADMINS)
@pytest.mark.parametrize("name", ["carl", "rita"])
def test_only_administrators_train_promote_and_roll_back(api, registry, name, path, body):
    moves = registry.moves()

    answer = Caller(api, name).post(path, body)

    assert answer.status_code == 403
    assert answer.json()["detail"].startswith(f"{name} is a {ROLES[name]}")
    assert registry.moves() == moves


@pytest.mark.parametrize(("method", "path", "body"), FOR_REVIEWERS)
def test_a_client_labels_nothing(api, method, path, body):
    revision = api.app.inner.state.services.catalog.current_revision()

    answer = api.request(method, path, json=body, auth=("carl", "carl-password"))

    assert answer.status_code == 403
    assert answer.json()["detail"] == "carl is a client; this needs the role reviewer"
    assert api.app.inner.state.services.catalog.current_revision() == revision


def test_a_changed_password_holds_at_once_and_the_old_one_ends_with_its_time(start):
    api = start(login_cache_seconds=0)
    users: Users = api.app.inner.state.services.users
    carl = Caller(api, "carl")
    assert carl.get("/me").status_code == 200

    users.set_password("carl", "another-password")

    assert carl.get("/me").status_code == 401
    assert api.get("/me", auth=("carl", "another-password")).status_code == 200


def test_a_removed_user_is_refused_when_the_time_is_over(start):
    api = start(login_cache_seconds=0)
    rita = Caller(api, "rita")
    assert rita.get("/me").status_code == 200

    api.app.inner.state.services.users.remove("rita")

    assert rita.get("/me").status_code == 401


def test_a_new_role_holds_when_the_time_is_over(start):
    api = start(login_cache_seconds=0)
    rita = Caller(api, "rita")

    api.app.inner.state.services.users.set_role("rita", "admin")

    assert rita.get("/me").json()["role"] == "admin"
    assert rita.post("/models/rollback", {"why": "because"}).status_code == 200


def test_known_users_get_in_while_the_database_is_away(start, home):
    assert Caller(start(), "carl").get("/me").status_code == 200
    take_away(home)

    restarted = start()

    assert Caller(restarted, "rita").get("/me").status_code == 200
    assert restarted.get("/me", auth=("rita", "wrong-password")).status_code == 401
    assert restarted.get("/me", auth=("eve", "rita-password")).status_code == 401


def test_only_the_owner_can_read_the_local_copy_of_the_users(carl, home):
    carl.get("/me")

    copy = home / "users.json"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "carl-password" not in copy.read_text()


def test_many_failures_of_one_client_are_slowed_down_and_the_known_work_on(start):
    api = start()
    carl = Caller(api, "carl")
    assert carl.get("/me").status_code == 200
    guesses = [api.get("/me", auth=("admin", f"guess {n}")).status_code for n in range(20)]

    refused = api.get("/me", auth=("admin", "admin-password"))

    assert set(guesses) == {401}
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["detail"].startswith("Too many failed log-ins; try again in ")
    assert carl.get("/me").status_code == 200
