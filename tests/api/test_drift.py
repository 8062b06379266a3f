from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from tests.factories import a_served
from tests.monitoring.drift.windows import CATEGORIES, WORDS, make_window

from rakuten_mlops.database import open_database
from rakuten_mlops.errors import TrainingInProgress
from rakuten_mlops.monitoring.drift.judgement import Names, judge_window
from rakuten_mlops.monitoring.drift_reports import DriftReports
from rakuten_mlops.monitoring.prediction_log import add, row_of
from rakuten_mlops.monitoring.reference import Reference
from rakuten_mlops.monitoring.reference_files import make_reference, save_reference
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.scorer_files import load

from .conftest import Caller
from .scrape import scraped

ROUTES = ["/drift", "/drift/report.html"]


@pytest.fixture(scope="module")
def report():
    window = make_window(500, seed=1)
    reference = Reference(window, np.ones(500, dtype=np.bool_), {}, "holdout of revision 1")
    current = make_window(300, seed=4, garbled=np.arange(300) % 9 == 0)
    return judge_window(reference, current, Names(CATEGORIES, WORDS))


@pytest.fixture
def reports(home):
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    yield DriftReports(engine)
    engine.dispose()


@pytest.mark.parametrize("route", ROUTES)
def test_before_the_first_report_it_is_not_found(carl, route):
    answer = carl.get(route)

    assert answer.status_code == 404
    assert "POST /drift" in answer.json()["detail"]


def test_the_history_begins_empty(carl):
    assert carl.get("/drift/history").json() == {"reports": []}


def test_the_last_report_is_shown_whole(carl, reports, report):
    reports.add(report)
    number = reports.add(replace(report, headline="The last")).id

    answer = carl.get("/drift").json()

    assert (answer["id"], answer["headline"], answer["state"]) == (number, "The last", "drift")
    assert {each["name"] for each in answer["tests"]} >= {"language", "domain", "garbled"}
    assert datetime.fromisoformat(answer["at"]).tzinfo is UTC or answer["at"].endswith("Z")


def test_the_history_leaves_words_and_bins_out(carl, reports, report):
    reports.add(report)
    reports.add(report)

    found = carl.get("/drift/history?limit=1").json()["reports"]

    assert len(found) == 1
    assert (found[0]["terms"], found[0]["tests"][0]["bins"]) == ([], [])


def test_the_page_is_html(carl, reports, report):
    reports.add(report)

    page = carl.get("/drift/report.html")

    assert page.headers["content-type"].startswith("text/html")
    assert report.headline in page.text


def test_looking_now_judges_what_was_answered(admin):
    answer = admin.post("/drift")

    # Version 2 of the tests' home brought no reference, and is older than its catalogue.
    assert answer.status_code == 409
    assert "carries no reference" in answer.json()["detail"]


class Trainings:
    """Jobs that are only noted."""

    def __init__(self, refusal=None):
        self.started, self._refusal = [], refusal

    def history(self, *, limit):
        return self.started[:limit]

    def start(self, *, trigger, requested_by, parameters):
        if self._refusal:
            raise self._refusal
        job = SimpleNamespace(
            id=4,
            trigger=trigger,
            requested_by=requested_by,
            parameters=parameters,
            created_at=datetime.now(UTC),
        )
        self.started.append(job)
        return job


@pytest.fixture
def moved(home, snapshot):
    """The champion brought its reference, and has answered listings in English since."""
    folder = ChampionStore(home).scorer_folder("2")
    made = make_reference(load(folder), snapshot.holdout, source="holdout of revision 1")
    save_reference(made, folder)
    served = [a_served(f"Used lamp {n} for the garden", version="2") for n in range(150)]
    described = [(one, describe(one.designation, "", hash_words([]))) for one in served]
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    with engine.begin() as connection:
        add(connection, [row_of(*each, keep_text=False) for each in described])
    engine.dispose()


def look(start, jobs, **settings):
    api = start(**settings)
    api.app.inner.state.services.jobs = jobs
    return [Caller(api, "admin").post("/drift").json() for _ in range(2)]


@pytest.mark.usefixtures("moved")
def test_drift_starts_one_training_where_the_setting_says_so(start):
    jobs = Trainings()

    first, second = look(start, jobs, drift_retrains=True)

    assert first["headline"].startswith("Listings now are in English")
    assert first["action"] == "Training job 4 was started because of this drift"
    assert [(job.trigger, job.requested_by) for job in jobs.started] == [("drift", "admin")]
    assert second == first


@pytest.mark.usefixtures("moved")
def test_drift_starts_no_training_by_itself(start):
    jobs = Trainings()

    first, _ = look(start, jobs)

    assert (first["state"], first["action"], jobs.started) == ("drift", "", [])


@pytest.mark.usefixtures("moved")
def test_what_was_found_is_in_the_metrics_test_by_test(admin):
    found = admin.post("/drift").json()

    scrape = scraped(admin)

    for figure, key in (("score", "value"), ("threshold", "threshold"), ("floor", "floor")):
        told = {labels["test"]: it for labels, it in scrape.samples(f"rakuten_drift_{figure}")}
        assert told == {test["name"]: pytest.approx(test[key]) for test in found["tests"]}
        assert told
    states = {labels["state"]: it for labels, it in scrape.samples("rakuten_drift_state")}
    assert {state for state, told in states.items() if told} == {found["state"]}
    estimate = scrape.total("rakuten_drift_estimated_accuracy")
    assert estimate == pytest.approx(found["accuracy"]["estimate"])
    looked = scrape.total("rakuten_drift_report_timestamp_seconds")
    assert looked == pytest.approx(datetime.fromisoformat(found["at"]).timestamp())


@pytest.mark.usefixtures("moved")
def test_a_training_that_runs_is_told(start, carl):
    jobs = Trainings(TrainingInProgress(3))

    look(start, jobs, drift_retrains=True)

    assert "because of this drift: Training job 3 is running" in carl.get("/drift").json()["action"]


@pytest.mark.parametrize("who", ["carl", "rita"])
def test_only_an_admin_may_have_it_look(request, who):
    assert request.getfixturevalue(who).post("/drift").status_code == 403


@pytest.mark.parametrize("route", [*ROUTES, "/drift/history"])
def test_a_stranger_sees_nothing(stranger, route):
    assert stranger.get(route).status_code == 401
