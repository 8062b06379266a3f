from contextlib import closing

import pytest

from rakuten_mlops.monitoring.recorder import Recorder

from .conftest import Caller

POOL = {
    "designation": "Piscine hors sol ronde avec pompe de filtration",
    "description": "<p>Piscine tubulaire pour le jardin</p>",
}


def test_a_listing_gets_its_category(carl):
    answer = carl.post("/predict", POOL)

    assert answer.status_code == 200
    assert answer.json().keys() == {
        "prdtypecode",
        "category",
        "confidence",
        "confidence_method",
        "decision",
        "alternatives",
        "model_version",
    }
    assert (answer.json()["prdtypecode"], answer.json()["model_version"]) == (2583, "2")


def test_the_alternatives_stand_best_first_with_the_answer_at_their_head(carl):
    answer = carl.post("/predict", POOL).json()

    confidences = [each["confidence"] for each in answer["alternatives"]]
    assert len(confidences) == 5
    assert confidences == sorted(confidences, reverse=True)
    assert answer["alternatives"][0] == {
        name: answer[name] for name in ("prdtypecode", "category", "confidence")
    }


@pytest.mark.parametrize(("bar", "decision"), [(0.0, "accept"), (1.0, "review")])
def test_the_decision_follows_the_confidence_that_the_settings_ask_for(start, bar, decision):
    carl = Caller(start(accept_confidence=bar), "carl")

    answer = carl.post("/predict", POOL).json()

    assert answer["decision"] == decision


def test_an_explanation_names_the_terms_that_weighed_most(carl):
    answer = carl.post("/predict", POOL, params={"explain": "true"}).json()

    explanation = answer["explanation"]
    *reasons, always = explanation["reasons"]
    gains = [abs(each["for_category"] - each["for_runner_up"]) for each in reasons]
    assert "piscine" in [each["term"] for each in reasons[:4]]
    assert {each["field"] for each in reasons} == {"title", "text"}
    assert gains == sorted(gains, reverse=True)
    assert always["field"] == "intercept"
    assert explanation["runner_up"] == answer["alternatives"][1]["prdtypecode"]


def test_reasons_add_up_to_the_margins(carl):
    answer = carl.post("/predict", POOL, params={"explain": "true"}).json()

    explanation = answer["explanation"]
    for side, margin in (("for_category", "margin"), ("for_runner_up", "runner_up_margin")):
        added = sum(reason[side] for reason in explanation["reasons"])
        assert added == pytest.approx(explanation[margin], abs=1e-6)
    assert explanation["margin"] > explanation["runner_up_margin"]


def test_a_listing_of_unknown_words_is_answered_by_the_intercept_alone(carl):
    answer = carl.post("/predict", {"designation": "zzyzx"}, params={"explain": "true"})

    assert answer.status_code == 200
    assert [each["field"] for each in answer.json()["explanation"]["reasons"]] == ["intercept"]


@pytest.mark.parametrize("absent", [{}, {"description": None}, {"description": ""}])
def test_a_listing_needs_no_description(carl, absent):
    title = {"designation": POOL["designation"]}

    answer = carl.post("/predict", title | absent)

    assert answer.json() == carl.post("/predict", title).json()


@pytest.mark.parametrize(
    ("body", "field", "complaint"),
    [
        ({}, "designation", "Field required"),
        ({"designation": None}, "designation", "valid string"),
        ({"designation": ["a", "b"]}, "designation", "valid string"),
        ({"designation": ""}, "designation", "at least 1 character"),
        ({"designation": "a", "descripton": "b"}, "descripton", "Extra inputs"),
    ],
)
def test_a_body_that_is_no_listing_is_refused_with_the_field_at_fault(carl, body, field, complaint):
    answer = carl.post("/predict", body)

    [error] = answer.json()["detail"]
    assert answer.status_code == 422
    assert error["loc"] == ["body", field]
    assert complaint in error["msg"]


def test_a_blank_title_is_refused(carl):
    answer = carl.post("/predict", {"designation": " \n\t "})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "designation is blank; give the listing's title"


@pytest.mark.parametrize("field", ["designation", "description"])
def test_a_text_may_be_as_long_as_the_settings_say_and_no_longer(start, field):
    carl = Caller(start(max_designation=40, max_description=40), "carl")
    longest = {"designation": "a"} | {field: "x" * 40}
    longer = {"designation": "a"} | {field: "x" * 41}

    accepted, refused = carl.post("/predict", longest), carl.post("/predict", longer)

    assert accepted.status_code == 200
    assert refused.status_code == 422
    assert refused.json()["detail"] == f"{field} has 41 characters; the limit is 40"


@pytest.mark.parametrize(
    "body",
    [b'{"designation": "\\ud800"}', b'{"designation": NaN}', b'{"\\udfff": 1}', b"[", b"\xff"],
)
def test_what_is_no_proper_json_is_refused_not_stumbled_over(carl, body):
    answer = carl.post("/predict", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


def test_a_refusal_does_not_repeat_what_was_sent(carl):
    secret = "x" * 10_000

    answer = carl.post("/predict", {"designation": [secret]})

    assert answer.status_code == 422
    assert secret not in answer.text


def test_before_the_first_champion_the_answer_says_what_to_do(start, home):
    (home / "champion" / "current").unlink()
    carl = Caller(start(), "carl")

    answer = carl.post("/predict", POOL)

    assert answer.status_code == 503
    assert "start a training" in answer.json()["detail"]


def test_a_batch_is_answered_in_its_order(carl):
    titles = ["Piscine hors sol ronde", "Jeu vidéo PS4 aventure", "Lot de 5 livres anciens"]
    alone = [carl.post("/predict", {"designation": title}).json() for title in titles]

    answer = carl.post("/predict_batch", {"items": [{"designation": title} for title in titles]})

    assert answer.json() == {
        "prdtypecodes": [each["prdtypecode"] for each in alone],
        "predictions": alone,
        "model_version": "2",
    }


def test_a_batch_too_large_to_be_answered_at_once_keeps_its_order_too(carl):
    items = [{"designation": f"Piscine {n}" if n % 2 else f"Jeu vidéo PS4 {n}"} for n in range(60)]

    codes = carl.post("/predict_batch", {"items": items}).json()["prdtypecodes"]

    assert codes[::2] == [codes[0]] * 30
    assert codes[1::2] == [codes[1]] * 30
    assert codes[0] != codes[1]


def test_a_batch_holds_as_many_listings_as_the_settings_say_and_no_more(start):
    carl = Caller(start(max_items=3), "carl")

    accepted = carl.post("/predict_batch", {"items": [POOL] * 3})
    refused = carl.post("/predict_batch", {"items": [POOL] * 4})

    assert accepted.status_code == 200
    assert refused.status_code == 422
    assert refused.json()["detail"] == "items holds 4 listings; the limit is 3"


def test_an_empty_batch_is_refused(carl):
    assert carl.post("/predict_batch", {"items": []}).status_code == 422


def test_a_bad_item_of_a_batch_is_named_by_its_place(carl):
    malformed = carl.post("/predict_batch", {"items": [POOL, POOL, {"designation": 5}]})
    blank = carl.post("/predict_batch", {"items": [POOL, {"designation": "  "}]})

    assert malformed.json()["detail"][0]["loc"] == ["body", "items", 2, "designation"]
    assert blank.json()["detail"].startswith("items[1].designation is blank")


def test_a_batch_of_nothing_but_bad_items_is_refused_in_few_words(carl):
    answer = carl.post("/predict_batch", {"items": [{}] * 10_000})

    assert answer.status_code == 422
    assert len(answer.content) < 1_000


@pytest.mark.parametrize(("bar", "share", "offered"), [(1.0, 0.0, 2), (0.0, 0.0, 0), (0.0, 1.0, 2)])
def test_doubtful_and_drawn_predictions_are_offered_for_review(start, bar, share, offered):
    api = start(accept_confidence=bar, review_sample_share=share)
    carl = Caller(api, "carl")
    carl.post("/predict", {"designation": "Piscine ronde"})
    carl.post("/predict_batch", {"items": [{"designation": "Livre ancien"}]})

    services = api.app.inner.state.services
    services.tap.flush()
    with closing(Recorder(services.settings)) as recorder:
        recorder.record()

    items = services.review.queue.next("rita", count=9)
    assert len(items) == offered
    assert all(item.alternatives[0].prdtypecode == item.prdtypecode for item in items)
    assert f"rakuten_review_offers_total {offered}.0" in carl.get("/metrics").text


@pytest.mark.parametrize("number", ["1" * 5_000, "0" * 5_000 + "65"])
@pytest.mark.parametrize("others", [0, 7, 400])
def test_an_entity_of_thousands_of_digits_is_text_like_any_other(carl, number, others):
    hostile = {"designation": "Piscine ronde", "description": f"Pompe &#{number};&#{number}"}

    alone = carl.post("/predict", hostile, params={"explain": "true"})
    batch = carl.post("/predict_batch", {"items": [hostile, *[POOL] * others]})

    assert (alone.status_code, batch.status_code) == (200, 200)
    assert batch.json()["prdtypecodes"][0] == alone.json()["prdtypecode"]
