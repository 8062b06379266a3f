import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import RegistryUnavailable
from rakuten_mlops.registry.model_registry import PRODUCTION
from rakuten_mlops.serving.champion_store import ChampionStore

from .conftest import PICTURE, Caller


class AwayRegistry:
    """A registry that does not answer, whatever it is asked."""

    def __getattr__(self, name):
        def refuse(*_args, **_kwargs):
            raise RegistryUnavailable("The model registry at http://mlflow:5000 did not answer")

        return refuse


def test_the_versions_come_newest_first_with_who_serves_and_who_challenges(carl):
    answer = carl.get("/models").json()

    assert [each["version"] for each in answer["versions"]] == ["3", "2", "1"]
    assert (answer["production"], answer["staging"]) == ("2", "3")
    assert [each["aliases"] for each in answer["versions"]] == [["Staging"], ["Production"], []]
    assert answer["versions"][0]["scorecard"]["accuracy"] == 0.8


def test_the_moves_come_newest_first_with_who_and_why(carl):
    moves = carl.get("/models").json()["moves"]

    assert [(each["alias"], each["source"], each["target"]) for each in moves] == [
        ("Staging", None, "3"),
        ("Production", "1", "2"),
        ("Production", None, "1"),
    ]
    assert (moves[1]["by"], moves[1]["why"]) == ("scheduler", "better beyond noise")


def test_an_empty_registry_is_no_error(start, registry):
    carl = Caller(start(registry=type(registry)()), "carl")

    answer = carl.get("/models").json()

    assert answer == {"production": None, "staging": None, "versions": [], "moves": []}


def test_a_version_comes_with_its_card(carl):
    answer = carl.get("/models/1").json()

    assert (answer["version"], answer["card"]) == ("1", "# Version 1")


def test_a_version_whose_card_was_never_written_is_shown_without(carl, registry):
    version = registry.register(a_submission("a pipeline"))

    answer = carl.get(f"/models/{version}")

    assert answer.status_code == 200
    assert answer.json()["card"].startswith("This version has no card")


@pytest.mark.parametrize("public", [None, "http://mlflow.example:5000"])
def test_a_version_names_the_page_of_its_run_as_browsers_find_it(start, public):
    carl = Caller(start(mlflow_public_url=public), "carl")

    answer = carl.get("/models/1").json()

    assert answer["run_url"].startswith(f"{public or 'http://127.0.0.1:9'}/#/")


@pytest.mark.parametrize("picture", ["confusion.png", "reliability.png"])
def test_what_training_drew_is_a_picture(carl, picture):
    answer = carl.get(f"/models/1/report/{picture}")

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content == PICTURE


@pytest.mark.parametrize("name", ["categories.csv", "..%2Fmodel_card.md", "other.png"])
def test_no_other_file_is_handed_out_for_a_picture(carl, name):
    assert carl.get(f"/models/1/report/{name}").status_code in (404, 422)


@pytest.mark.parametrize(
    "path", ["/models/9", "/models/rollback", "/models/9/report/confusion.png"]
)
def test_an_unknown_version_is_not_found(carl, path):
    answer = carl.get(path)

    assert answer.status_code == 404
    assert "has no version" in answer.json()["detail"]


def test_promoting_records_who_and_why(admin, registry):
    answer = admin.post("/models/3/promote", {"why": "  better on books "})

    move = registry.moves()[0]
    assert answer.status_code == 200
    assert registry.aliased(PRODUCTION) == "3"
    assert (move.source, move.target, move.by, move.why) == ("2", "3", "admin", "better on books")
    assert answer.json()["by"] == "admin"


@pytest.mark.parametrize("path", ["/models/3/promote", "/models/rollback"])
def test_a_move_by_hand_is_announced_to_whoever_keeps_the_champion(admin, home, path):
    store = ChampionStore(home)
    before = store.announced()

    admin.post(path, {"why": "because"})

    assert store.announced() > before


def test_promoting_an_unknown_version_moves_nothing(admin, registry):
    answer = admin.post("/models/9/promote", {"why": "because"})

    assert answer.status_code == 404
    assert registry.aliased(PRODUCTION) == "2"


@pytest.mark.parametrize(
    "body", [{}, {"why": ""}, {"why": "    "}, {"why": "because", "who": "me"}]
)
@pytest.mark.parametrize("path", ["/models/3/promote", "/models/rollback"])
def test_a_move_by_hand_needs_a_reason(admin, registry, path, body):
    answer = admin.post(path, body)

    assert answer.status_code == 422
    assert registry.aliased(PRODUCTION) == "2"


def test_rolling_back_goes_to_the_version_that_was_served_before(admin, registry):
    answer = admin.post("/models/rollback", {"why": "complaints about books"})

    move = registry.moves()[0]
    assert answer.status_code == 200
    assert (move.alias, move.source, move.target) == (PRODUCTION, "2", "1")
    assert (move.by, move.why) == ("admin", "complaints about books")


def test_rolling_back_to_a_version_that_never_served_is_refused_with_the_remedy(admin, registry):
    answer = admin.post("/models/rollback", {"why": "because", "version": "3"})

    assert answer.status_code == 409
    assert "promote it instead" in answer.json()["detail"]
    assert registry.aliased(PRODUCTION) == "2"


def test_rolling_back_the_first_champion_is_refused(start, registry):
    fresh = type(registry)()
    fresh.register(a_submission("a pipeline"))
    fresh.move_alias(PRODUCTION, "1", by="scheduler", why="the first")
    admin = Caller(start(registry=fresh), "admin")

    answer = admin.post("/models/rollback", {"why": "because"})

    assert answer.status_code == 409
    assert "the only one" in answer.json()["detail"]


def test_a_registry_that_is_away_is_said_to_be_and_predictions_go_on(start):
    admin = Caller(start(registry=AwayRegistry()), "admin")

    listed, moved = admin.get("/models"), admin.post("/models/3/promote", {"why": "because"})

    assert (listed.status_code, moved.status_code) == (503, 503)
    assert "did not answer" in listed.json()["detail"]
    assert admin.post("/predict", {"designation": "Piscine"}).status_code == 200
