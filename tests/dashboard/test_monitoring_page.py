"""The monitoring page, with what the API knows and without."""

from datetime import UTC

import pytest
from streamlit.testing.v1 import AppTest

from rakuten_mlops.dashboard import alerts, drift, traffic
from rakuten_mlops.dashboard.language import language

from .fake_monitoring import a_report, a_summary
from .samples import NOW, a_job
from .test_pages import APP, button, log_in, opened, texts

ENGLISH = language("en")
READY = {"ready": True, "registry": "ok", "database": "ok"}


@pytest.fixture
def open_page(url, monkeypatch):
    monkeypatch.setenv("RAKUTEN_API_URL", url)

    def open_page(name="admin", tab="Traffic"):
        page = opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), name), "monitoring")
        page.session_state["monitoring tabs"] = tab
        page.run()
        assert not page.exception
        return page

    return open_page


def figures(page):
    return {metric.label: metric.value for metric in page.metric}


def test_traffic_says_how_much_how_sure_and_how_fast(open_page):
    shown = figures(open_page("carl"))

    assert shown["Predictions"] == "2,400"
    assert shown["Accepted"] == "66.7%"
    assert shown["99% within"] == "1.3 ms"


def test_an_api_without_a_log_says_so_everywhere(open_page, fake):
    fake.monitoring.absent = True

    assert "keeps no log" in open_page().info[0].value
    assert "No estimate yet" in texts(open_page(tab="Live quality"))
    assert "No report yet" in texts(open_page(tab="Drift"))


def test_a_quiet_stretch_says_what_to_try(open_page, fake):
    fake.monitoring.summary = a_summary(predictions=0)

    assert "Nothing was predicted" in open_page().info[0].value


def test_drift_and_a_falling_estimate_alert(open_page):
    warned = [alert.value for alert in open_page().warning]

    assert any("48.0% against 10.0%" in text for text in warned)
    assert any("63.0% of cases, against 82.0%" in text for text in warned)


def test_without_alerts_all_is_calm(open_page, fake):
    fake.monitoring.reports = []

    assert "Nothing to do" in open_page().success[0].value


def test_the_estimate_stands_beside_what_people_found(open_page):
    page = open_page(tab="Live quality")

    assert figures(page)["Right on live listings"] == "63.0%"
    assert "What people reviewed agrees: 60.0% of 80 listings." in texts(page)
    assert figures(page)["All answers"] == "94.0%"


def test_what_peoples_labels_brought_is_told_where_it_was_compared(open_page):
    table = open_page(tab="Live quality").dataframe[0].value

    assert table["Version"].tolist() == ["2"]
    assert table["Gain in macro-F1"].tolist() == ["+0.0123"]


def test_a_client_does_not_ask_for_the_reviewers_figures(open_page):
    assert "Reviewers see here" in texts(open_page("carl", tab="Live quality"))


def test_a_drift_report_is_told_in_words(open_page):
    told = texts(open_page("carl", tab="Drift"))

    assert "#### Listings in English: 48.0% against 10.0%" in told
    assert "- Titles are longer" in told


def test_an_administrator_looks_at_once(open_page, fake):
    page = open_page(tab="Drift")

    button(page, "Look now").click().run()

    assert len(fake.monitoring.reports) == 3
    assert not page.exception


def test_a_client_cannot_look(open_page):
    assert button(open_page("carl", tab="Drift"), "Look now").disabled


def test_the_weightiest_test_comes_first():
    assert [row["name"] for row in drift.weights(a_report(), ENGLISH)] == ["language", "confidence"]


def test_the_history_runs_from_old_to_new():
    iso = [each | {"at": NOW.isoformat()} for each in (a_report(2), a_report(1, state="no drift"))]

    assert [row["state"] for row in drift.history(iso, UTC, ENGLISH)] == ["no drift", "drift"]


def test_predictions_are_split_into_accepted_and_to_review():
    summary = a_summary()
    times = [each | {"at": each["at"].isoformat()} for each in summary["times"]]

    rows = traffic.times(summary | {"times": times}, ENGLISH, UTC)

    first = summary["times"][0]
    assert [row["listings"] for row in rows[:2]] == [
        first["accepted"],
        first["predictions"] - first["accepted"],
    ]


def test_the_parts_of_confidence_cover_it():
    parts = traffic.confidence(a_summary())

    assert (parts[0]["low"], parts[-1]["high"]) == (0, pytest.approx(1))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"ready": READY | {"ready": False}}, "nothing_served"),
        ({"ready": READY | {"registry": "away"}}, "registry_away"),
        ({"ready": READY | {"database": "away"}}, "database_away"),
        ({"jobs": [a_job(1, state="failed")]}, "training_failed"),
        ({"drift": a_report(state="watch") | {"accuracy": None}}, "watch"),
        ({"traffic": a_summary() | {"logging": False}}, "no_log"),
    ],
)
def test_each_trouble_has_its_alert(changed, key):
    calm = {"ready": READY, "jobs": [], "drift": None, "traffic": None}

    assert alerts.alerts(**calm, words=ENGLISH) == []
    assert [alert.key for alert in alerts.alerts(**calm | changed, words=ENGLISH)] == [key]
