import pytest

from .conftest import Caller

ASKED = {"trigger": "schedule", "requested_by": "scheduler", "parameters": {"c": 0.3}}


@pytest.fixture
def jobs(api):
    return api.app.inner.state.services.jobs


def test_before_the_first_training_the_list_is_empty(carl):
    assert carl.get("/training").json() == {"jobs": []}


def test_a_second_training_is_refused_with_the_one_that_runs(admin, jobs):
    with jobs.here(**ASKED) as job:
        jobs.begin(job)
        jobs.report(job, "fit", 0.4)

        answer = admin.post("/training")

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(f"Training job {job} is running")
    assert answer.json()["job"] | {"created_at": None, "started_at": None} == {
        "id": job,
        "state": "running",
        "trigger": "schedule",
        "requested_by": "scheduler",
        "request_id": None,
        "parameters": {"c": 0.3},
        "created_at": None,
        "started_at": None,
        "finished_at": None,
        "step": "fit",
        "progress": 0.4,
        "message": None,
        "outcome": None,
    }


def test_a_training_can_be_watched(carl, jobs):
    with jobs.here(**ASKED) as job:
        jobs.begin(job)
        jobs.report(job, "fit", 0.4)

        watched = carl.get(f"/training/{job}").json()

    assert (watched["state"], watched["step"], watched["progress"]) == ("running", "fit", 0.4)


@pytest.mark.parametrize("result", ["promoted", "rejected", "registered", "nothing new"])
def test_an_ended_training_tells_what_it_came_to(carl, jobs, result):
    outcome = {"result": result, "version": "4", "scorecard": None, "verdict": None}
    with jobs.here(**ASKED) as job:
        jobs.begin(job)
        jobs.succeed(job, outcome, "Version 4 was trained")

    answer = carl.get(f"/training/{job}").json()

    assert answer["outcome"] == outcome
    assert (answer["state"], answer["message"]) == ("succeeded", "Version 4 was trained")
    assert answer["finished_at"].endswith("Z")


def test_the_history_comes_newest_first_and_as_long_as_asked_for(carl, jobs):
    for _ in range(3):
        with jobs.here(**ASKED) as job:
            jobs.fail(job, "a test")

    answer = carl.get("/training", params={"limit": 2}).json()

    assert [each["id"] for each in answer["jobs"]] == [3, 2]


def test_a_training_whose_process_is_gone_is_not_shown_as_running(carl, jobs):
    with jobs.here(**ASKED) as job:
        jobs.begin(job)

    listed = carl.get("/training").json()["jobs"]

    assert [each["state"] for each in listed] == ["orphaned"]
    assert "nothing was promoted" in listed[0]["message"]


def test_a_start_of_the_api_marks_what_a_crash_left_behind(start):
    jobs = start().app.inner.state.services.jobs
    with jobs.here(**ASKED) as job:
        jobs.begin(job)

    restarted = Caller(start(), "carl")

    assert restarted.get(f"/training/{job}").json()["state"] == "orphaned"


def test_a_start_of_the_api_leaves_a_running_training_alone(start):
    jobs = start().app.inner.state.services.jobs
    with jobs.here(**ASKED) as job:
        jobs.begin(job)

        restarted = Caller(start(), "carl")

        assert restarted.get(f"/training/{job}").json()["state"] == "running"


@pytest.mark.parametrize(
    ("number", "status"), [("7", 404), ("0", 422), ("x", 422), ("99999999999999999999", 422)]
)
def test_an_unknown_training_is_not_found(carl, number, status):
    assert carl.get(f"/training/{number}").status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {"c": 0},
        {"c": "much"},
        {"min_df": 0},
        {"ngram_max": 4},
        {"title_chars": 1},
        {"title_chars": 9},
        {"seed": -1},
        {"trigger": "whim"},
        {"epochs": 3},
    ],
)
def test_what_cannot_be_trained_with_is_refused_before_anything_starts(admin, body):
    answer = admin.post("/training", body)

    [field] = body
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]
    assert admin.get("/training").json() == {"jobs": []}
