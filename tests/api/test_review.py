"""The review queue and feedback over HTTP."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from tests.factories import a_submission, an_offer

from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.offering import Offering

from .conftest import Caller, take_away

LAMP = {"designation": "Lampe de chevet bleue", "prdtypecode": 2060}


@dataclass
class Review:
    """The desk of the API's own process, and where offers come in."""

    labels: Labels
    offering: Offering


@pytest.fixture
def review(api):
    services = api.app.inner.state.services
    return Review(services.review.labels, Offering(services.engine, limit=10_000))


@pytest.fixture
def catalog(api):
    return api.app.inner.state.services.catalog


@pytest.fixture
def rob(api):
    """Another reviewer."""
    api.app.inner.state.services.users.add("rob", "reviewer", "rob-password")
    return Caller(api, "rob")


def code_of(catalog, designation, description=""):
    rows = catalog.labelled()
    codes = dict(zip(rows["productid"], rows["prdtypecode"], strict=True))
    return codes.get(own_productid(Listing(designation, description)))


def take(caller, count=1):
    answer = caller.get("/review/next", params={"count": count})
    assert answer.status_code == 200
    return answer.json()["items"]


def test_an_empty_queue_is_an_empty_list(rita):
    assert take(rita) == []


def test_an_item_says_what_was_predicted_and_until_when_it_is_yours(rita, review):
    review.offering.put([an_offer("Lot bleu", description="<b>3</b> pièces")])

    (item,) = take(rita)

    assert item["designation"] == "Lot bleu"
    assert item["description"] == "<b>3</b> pièces"
    assert (item["kind"], item["prdtypecode"], item["confidence"]) == ("doubtful", 10, 0.4)
    assert item["alternatives"][1] == {
        "prdtypecode": 2705,
        "category": "category 2705",
        "confidence": 0.35,
    }
    assert item["leased_until"] > item["offered_at"]
    assert item["answer"] is None


def test_nobody_keeps_a_copy_of_what_is_leased(rita):
    assert rita.get("/review/next").headers["Cache-Control"] == "no-store"


def test_two_reviewers_get_different_items(rita, rob, review):
    review.offering.put([an_offer(f"Lot {n}") for n in range(4)])

    mine, theirs = take(rita, 2), take(rob, 2)

    assert len({item["id"] for item in mine + theirs}) == 4


def test_an_answer_becomes_a_label_of_the_catalogue(rita, review, catalog):
    review.offering.put([an_offer("Lot bleu")])
    (item,) = take(rita)

    answer = rita.post(f"/review/{item['id']}", {"answer": "category", "prdtypecode": 2060})
    review.labels.flush()

    assert answer.status_code == 200
    assert (answer.json()["answered_by"], answer.json()["answer_code"]) == ("rita", 2060)
    assert code_of(catalog, "Lot bleu") == 2060
    assert catalog.revisions()[-1].author == "rita"


def test_the_same_answer_twice_is_fine_and_somebody_elses_is_refused(rita, rob, review):
    review.offering.put([an_offer("Lot bleu")])
    (item,) = take(rita)
    path = f"/review/{item['id']}"
    first = rita.post(path, {"answer": "confirm"})

    again = rita.post(path, {"answer": "confirm"})
    refused = rob.post(path, {"answer": "category", "prdtypecode": 40})

    assert again.json() == first.json()
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith(f"rita answered item {item['id']} at 20")


def test_skipping_and_giving_back_leave_an_item_to_others(rita, rob, review):
    review.offering.put([an_offer("Lot 1"), an_offer("Lot 2")])
    one, other = take(rita, 2)

    skipped = rita.post(f"/review/{one['id']}", {"answer": "skip"})
    released = rita.post(f"/review/{other['id']}/release")

    assert (skipped.status_code, skipped.json()["answer"]) == (200, None)
    assert (released.status_code, released.content) == (204, b"")
    assert {item["id"] for item in take(rob, 2)} == {one["id"], other["id"]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"answer": "category"}, "prdtypecode belongs to the answer `category`"),
        ({"answer": "confirm", "prdtypecode": 10}, "prdtypecode belongs to"),
        ({"answer": "category", "prdtypecode": 9_999}, "9999 is no category"),
        ({"answer": "category", "prdtypecode": -1}, "-1 is no category"),
    ],
)
def test_an_answer_that_says_nothing_is_refused(rita, review, body, said):
    review.offering.put([an_offer("Lot bleu")])
    (item,) = take(rita)

    answer = rita.post(f"/review/{item['id']}", body)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/review/99", "/review/99/release"])
def test_an_unknown_item_is_not_found(rita, path):
    answer = rita.post(path, {"answer": "confirm"})

    assert answer.status_code == 404
    assert "no item 99" in answer.json()["detail"]


def test_reasons_come_from_the_version_that_predicted(rita, review):
    review.offering.put([an_offer("Piscine ronde", model_version="2")])
    review.offering.put([an_offer("Piscine carrée", model_version="1")])

    items = rita.get("/review/next", params={"count": 2, "explain": True}).json()["items"]

    reasons = {item["designation"]: item["reasons"] for item in items}
    assert "piscine" in {reason["term"] for reason in reasons["Piscine ronde"]}
    assert reasons["Piscine carrée"] is None


def test_the_summary_counts_and_measures(rita, review):
    review.offering.put([an_offer(f"doubtful {n}") for n in range(3)])
    drawn = [
        an_offer(f"drawn {n}", drawn=True, model_version="2", decision="accept") for n in range(3)
    ]
    review.offering.put(drawn)
    for item in take(rita, 6):
        if item["kind"] == "random":
            word = "not a product" if item["designation"] == "drawn 0" else "confirm"
            rita.post(f"/review/{item['id']}", {"answer": word})

    found = rita.get("/review/summary").json()

    counts = {each["kind"]: each for each in found["kinds"]}
    assert counts["doubtful"] == {"kind": "doubtful", "waiting": 0, "leased": 3, "answered": 0}
    assert counts["random"]["answered"] == 3
    assert (found["unlabelled"], found["answered_by_you"]) == (3, 3)
    live = found["live_precision"]
    assert (live["model_version"], live["confidence"]) == ("2", 0.95)
    assert live["overall"] == live["accepted"]
    assert (live["overall"]["reviewed"], live["overall"]["right"]) == (3, 2)
    assert live["overall"]["low"] < 2 / 3 < live["overall"]["high"]
    assert live["categories"][0]["category"] == "Livres d'occasion"


def test_live_precision_is_of_the_version_that_was_asked_for(rita, review):
    review.offering.put([an_offer("A", drawn=True, model_version="1")])
    review.offering.put([an_offer("B", drawn=True, model_version="2")])

    def drawn(**asked):
        live = rita.get("/review/summary", params=asked).json()["live_precision"]
        return live["model_version"], live["overall"]["drawn"]

    assert drawn() == ("2", 1)
    assert drawn(version="1") == ("1", 1)
    assert drawn(version="9") == ("9", 0)
    assert drawn(version="all") == (None, 2)


@pytest.mark.parametrize(("name", "mark"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_a_sheet_goes_out_and_comes_back_with_answers(rita, review, catalog, name, mark):
    review.offering.put([an_offer("Lot bleu; rouge"), an_offer("Lampe")])

    sheet = rita.get("/review.csv", params={"delimiter": name})
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=mark))
    page = io.StringIO()
    writer = csv.DictWriter(page, rows[0], delimiter=mark)
    writer.writeheader()
    writer.writerows(row | {"answer": "2060"} for row in rows)
    writer.writerow(rows[0] | {"id": "9999", "answer": "ok"})
    report = rita.post(
        "/review.csv", content=page.getvalue().encode(), headers={"Content-Type": "text/csv"}
    )

    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert 'filename="review.csv"' in sheet.headers["Content-Disposition"]
    assert report.status_code == 200
    assert (report.json()["answered"], len(report.json()["rejected"])) == (2, 1)
    assert report.json()["rejected"][0]["line"] == 4
    assert code_of(catalog, "Lot bleu; rouge") == 2060  # no flush was needed


def test_what_was_exported_nobody_else_gets_for_a_day(rita, rob, review):
    review.offering.put([an_offer("Lot bleu")])
    rita.get("/review.csv")

    assert take(rob) == []
    assert take(rita) == []


@pytest.mark.parametrize("content", [b"", b"id;designation\n", b"\x00\x01"])
def test_a_file_that_is_no_sheet_is_refused(rita, content):
    answer = rita.post("/review.csv", content=content, headers={"Content-Type": "text/csv"})

    assert answer.status_code == 422


def test_feedback_enters_the_catalogue_as_a_revision(rita, catalog):
    body = {"items": [LAMP, LAMP | {"designation": "Table", "productid": 77}], "source": "crm"}

    answer = rita.post("/feedback", body)

    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 2,
        "labels_added": 2,
        "revision": 2,
        "rejected": [],
        "repeated": False,
    }
    assert code_of(catalog, LAMP["designation"]) == 2060
    assert (catalog.revisions()[-1].author, catalog.revisions()[-1].kind) == ("rita", "feedback")


def test_a_bad_correction_is_named_by_its_place(rita):
    body = {"items": [LAMP, LAMP | {"prdtypecode": 9_999}, LAMP | {"designation": " "}]}

    answer = rita.post("/feedback", body).json()

    assert answer["accepted"] == 1
    assert [(bad["item"], bad["field"]) for bad in answer["rejected"]] == [
        (1, "prdtypecode"),
        (2, "designation"),
    ]


def test_a_correction_of_the_wrong_form_is_refused_with_its_place(rita, catalog):
    answer = rita.post("/feedback", {"items": [LAMP, LAMP | {"prdtypecode": "lamp"}]})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "items", 1, "prdtypecode"]
    assert catalog.current_revision() == 1


def test_feedback_that_comes_again_counts_once(rita, catalog):
    first = rita.post("/feedback", {"items": [LAMP]})

    again = rita.post("/feedback", {"items": [LAMP]})

    assert again.json() == first.json() | {"repeated": True}
    assert catalog.current_revision() == 2


def test_a_key_with_other_items_is_refused(rita):
    key = {"Idempotency-Key": "order-17"}
    rita.post("/feedback", {"items": [LAMP]}, headers=key)

    other = {"items": [LAMP | {"prdtypecode": 10}]}
    refused = rita.post("/feedback", other, headers=key)

    assert refused.status_code == 422
    assert "'order-17'" in refused.json()["detail"]


@pytest.mark.parametrize("items", [0, 1_001])
def test_a_request_holds_at_least_one_and_not_too_many_corrections(rita, items):
    assert rita.post("/feedback", {"items": [LAMP] * items}).status_code == 422


def test_without_its_database_the_review_says_so(start, home):
    rita = Caller(start(), "rita")
    assert rita.get("/me").status_code == 200
    take_away(home)

    restarted = Caller(start(), "rita")

    assert restarted.get("/review/next").status_code == 503
    assert restarted.post("/feedback", {"items": [LAMP]}).status_code == 503


def test_reviewers_at_once_over_http_answer_everything_once(start):
    api = start(review_lease_minutes=0.01)
    services = api.app.inner.state.services
    services.users.add("rob", "reviewer", "rob-password")
    services.users.add("eve", "reviewer", "eve-password")
    Offering(services.engine, limit=1_000).put([an_offer(f"Lot {n}") for n in range(120)])
    vanished = take(Caller(api, "eve"), 10)

    def work(name):
        caller, statuses = Caller(api, name), []
        while sum(_waiting(caller)):
            for item in take(caller, 7):
                answer = caller.post(f"/review/{item['id']}", {"answer": "confirm"})
                statuses.append(answer.status_code)
        return statuses

    with ThreadPoolExecutor(2) as pool:
        rita, rob = pool.map(work, ["rita", "rob"])

    assert len(vanished) == 10
    # A lease of 0.6 s may end on a busy machine: then an answer is refused, and asked for again.
    assert (rita + rob).count(200) == 120
    assert set(rita + rob) <= {200, 409}
    (revision, other) = services.review.labels.flush()
    assert revision.labels_added + other.labels_added == 120
    assert {revision.author, other.author} == {"rita", "rob"}


def _waiting(caller):
    (count, *_) = caller.get("/review/summary").json()["kinds"]
    return count["waiting"], count["leased"]


def test_gains_tell_of_every_version_with_the_labels_of_people(rita, carl, registry):
    listing = {"designation": "Pompe à filtre", "prdtypecode": 2583}
    revision = rita.post("/feedback", {"items": [listing]}).json()["revision"]
    submission = a_submission("a pipeline")
    registry.register(replace(submission, lineage=submission.lineage | {"revision": revision}))
    verdict = {"promote": True, "champion_version": "3", "gain": 0.02, "confidence": 0.99}
    registry.record_verdict("4", verdict | {"gain_low": 0.01, "gain_high": 0.03})

    answer = carl.get("/review/gains").json()["trainings"]

    assert [each["version"] for each in answer] == ["4", "3", "2", "1"]
    assert (answer[0]["gain"], answer[0]["low"], answer[0]["high"]) == (0.02, 0.01, 0.03)
    assert answer[0]["labels_by_people"] == 1
    assert answer[1]["gain"] is None
