"""What the pages draw, made from answers without Streamlit."""

from datetime import UTC, datetime

import pytest

from rakuten_mlops.dashboard import bars, comparison, faults, flow, job_log, trend, verdict
from rakuten_mlops.dashboard.language import language
from rakuten_mlops.errors import ApiError

from .samples import a_job, a_version

ENGLISH, FRENCH = language("en"), language("fr")
NOW = datetime.now(UTC)


def the_versions(production="2"):
    moves = [{"alias": "Production", "source": "1", "target": "2"}]
    listed = [a_version("3"), a_version("2"), a_version("1", level=0.7)]
    return {"production": production, "staging": "3", "versions": listed, "moves": moves}


def a_score(version, macro_f1, **categories):
    scores = {code: {"f1": f1, "support": 10} for code, f1 in categories.items()}
    card = {"macro_f1": macro_f1, "categories": scores, "holdout": {}}
    return a_version(version) | {"scorecard": card}


def test_what_a_user_wrote_is_text_in_a_card():
    card = flow.body(flow.Stage("data", "catalogue", "<script>", "a & b"))

    assert "<script>" not in card
    assert "a &amp; b" in card


def test_a_bar_stays_within_its_track():
    page = bars.bar_list([bars.Bar("Livres", "10", 1.7, "170%")])

    assert "width:100.0%" in page
    assert "170%" in page


@pytest.mark.parametrize(
    ("found", "stage", "state"),
    [
        ({"catalog": None}, "data", "bad"),
        ({"jobs": []}, "training", "idle"),
        ({"jobs": [a_job(4, state="running")]}, "training", "busy"),
        ({"jobs": [a_job(4, state="failed")]}, "training", "bad"),
        ({"versions": None}, "versioning", "bad"),
    ],
)
def test_a_stage_has_the_state_of_its_part(found, stage, state):
    ready = {
        "ready": True,
        "model_version": "2",
        "serving_since": NOW.isoformat(),
        "registry": "ok",
        "database": "ok",
    }
    jobs = [job | {"created_at": NOW.isoformat()} for job in found.get("jobs", [])]
    parts = {"catalog": None, "jobs": None, "versions": None} | found
    parts["jobs"] = jobs if "jobs" in found else None

    stages = flow.stages(flow.Found(ready, **parts), ENGLISH, NOW)

    assert {one.name: one.state for one in stages}[stage] == state


def test_a_change_is_against_what_served_before():
    macro_f1 = trend.headline(the_versions())[0]

    assert macro_f1.change == pytest.approx(macro_f1.series[1] - macro_f1.series[0])
    assert len(macro_f1.series) == 3


def test_the_learning_curve_runs_from_old_to_new_and_marks_what_serves():
    points = trend.learning_curve(the_versions())

    assert [point["version"] for point in points] == ["1", "2", "3"]
    assert [point["production"] for point in points] == [False, True, False]


def test_the_largest_loss_comes_first():
    rows = comparison.categories(
        a_score("2", 0.8, a=0.9, b=0.5), a_score("1", 0.8, a=0.8, b=0.7), {"a": "A", "b": "B"}
    )

    assert [(row["category"], round(row["change"], 2)) for row in rows] == [("B", -0.2), ("A", 0.1)]


def test_a_category_that_the_other_version_never_saw_has_no_change():
    rows = comparison.categories(a_score("2", 0.8, a=0.9), a_score("1", 0.8), {})

    assert rows[0]["change"] is None


def test_figures_that_a_version_lacks_are_left_out():
    rows = comparison.figures(a_score("2", 0.8), a_score("1", 0.7))

    assert [(row.name, round(row.change or 0, 2)) for row in rows] == [("macro_f1", 0.1)]


def test_the_gates_words_are_french_to_the_french():
    recorded = "Better beyond noise: macro-F1 +0.0123 (at 99% confidence at least +0.0041)"

    told = verdict.told(recorded, FRENCH)

    assert told.startswith("Meilleur au-delà du bruit : macro-F1 +0,0123")
    assert verdict.told(recorded, ENGLISH) == recorded


def test_what_a_person_wrote_is_not_translated():
    assert verdict.told("plaintes sur les consoles", FRENCH) == "plaintes sur les consoles"


def test_a_fault_is_french_with_the_apis_own_words_and_a_remedy():
    told = faults.told(ApiError(503, "No version carries Production"), FRENCH)

    assert told.startswith("**Une partie du système est absente.**")
    assert "« No version carries Production »" in told
    assert "vue d'ensemble" in told


@pytest.mark.parametrize("status", [None, 400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503])
def test_every_fault_has_its_text(status):
    assert faults.told(ApiError(status, "because"), FRENCH)


def test_the_steps_before_the_present_one_are_done():
    page = job_log.steps(a_job(1, state="running") | {"step": "fit"}, ENGLISH)

    assert page.count('class="done"') == 2
    assert '<li class="now">fit the model</li>' in page


def test_the_log_of_a_job_names_how_long_its_steps_took():
    job = a_job(1) | {"message": "because"}
    times = {name: job[name].isoformat() for name in ("created_at", "started_at", "finished_at")}

    lines = list(job_log.lines(job | times, {"seconds": {"fit": 21.4}}, ENGLISH, UTC))

    assert "    fit the model: 21.4 s" in lines
    assert lines[-1] == "    because"
    assert lines[-2].endswith("succeeded after 1 min 23 s")
