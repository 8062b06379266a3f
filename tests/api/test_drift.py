from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.monitoring.drift.windows import CATEGORIES, WORDS, make_window

from rakuten_mlops.database import open_database
from rakuten_mlops.monitoring.drift.judgement import Names, judge_window
from rakuten_mlops.monitoring.drift_reports import DriftReports
from rakuten_mlops.monitoring.reference import Reference

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


@pytest.mark.parametrize("who", ["carl", "rita"])
def test_only_an_admin_may_have_it_look(request, who):
    assert request.getfixturevalue(who).post("/drift").status_code == 403


@pytest.mark.parametrize("route", [*ROUTES, "/drift/history"])
def test_a_stranger_sees_nothing(stranger, route):
    assert stranger.get(route).status_code == 401
