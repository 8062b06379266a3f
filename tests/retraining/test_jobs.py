import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.errors import TrainingInProgress, UnknownJob
from rakuten_mlops.retraining.jobs import REAPER, Jobs
from rakuten_mlops.settings import Settings

ASKED = {"trigger": "manual", "requested_by": "anna", "parameters": {"force": True}}
# What these ask is about processes, which take seconds to start, and the same for any database.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def settings(tmp_path, database):
    return Settings(home=tmp_path, database_url=database.url, mlflow_url="http://127.0.0.1:9")


@pytest.fixture
def jobs(engine, settings):
    yield Jobs(engine, settings)
    # They write into the database, which goes away next.
    wait_for_reapers()


@pytest.fixture
def elsewhere(engine, settings, tmp_path):
    """The jobs of the same database as another machine sees them."""
    return Jobs(engine, settings.model_copy(update={"home": tmp_path / "elsewhere"}))


def wait_for_reapers():
    """Wait until what is told about ended processes is told."""
    for thread in threading.enumerate():
        if thread.name.startswith(REAPER):
            thread.join()


def ended(jobs, job_id):
    """Wait until a job is neither queued nor running."""
    deadline = time.monotonic() + 60
    while (job := jobs.get(job_id)).state in ("queued", "running"):
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
    return job


def test_a_job_tells_its_story(jobs):
    with jobs.here(**ASKED) as job:
        assert jobs.get(job).state == "queued"
        jobs.begin(job)
        jobs.report(job, "fit", 0.4)
        running = jobs.get(job)
        jobs.succeed(job, {"result": "rejected"}, "Not better")

    told = jobs.get(job)
    assert (running.state, running.step, running.progress) == ("running", "fit", 0.4)
    assert (told.state, told.message, told.outcome) == (
        "succeeded",
        "Not better",
        {"result": "rejected"},
    )
    assert told.parameters == {"force": True}
    assert told.created_at <= told.started_at <= told.finished_at
    assert told.created_at.utcoffset().total_seconds() == 0


def test_while_one_trains_another_is_refused_and_told_which(jobs):
    with jobs.here(**ASKED) as job:
        with pytest.raises(TrainingInProgress) as refused:
            jobs.start(**ASKED)
        jobs.succeed(job, {}, "done")

    assert refused.value.job_id == job


@on_sqlite
def test_of_twenty_at_once_one_is_accepted(jobs):
    """Each opens the lock file itself, as twenty requests to several workers would."""

    def try_to_start(_):
        try:
            return jobs.start(**ASKED).id
        except TrainingInProgress:
            return None

    with ThreadPoolExecutor(20) as pool:
        started = [job for job in pool.map(try_to_start, range(20)) if job is not None]

    assert len(started) == 1
    assert ended(jobs, started[0]).state == "failed"


@on_sqlite
def test_a_training_that_cannot_reach_the_registry_fails_with_the_reason(jobs, engine):
    listings = synthesize(300, seed=1)
    Catalog(engine).write(listings, kind="synthetic", source="a test", author="test")

    job = jobs.start(**ASKED)

    told = ended(jobs, job.id)

    assert told.state == "failed"
    assert "The model registry at http://127.0.0.1:9 did not answer" in told.message


@on_sqlite
def test_a_killed_training_leaves_no_lock_and_says_how_it_ended(jobs):
    # A process of another test may be leaving still.
    before = children_of(os.getpid())
    job = jobs.start(**ASKED)
    (child,) = children_of(os.getpid()) - before
    os.kill(child, signal.SIGKILL)

    told = ended(jobs, job.id)

    assert told.state == "failed"
    assert "signal 9" in told.message
    with jobs.here(**ASKED) as again:
        jobs.succeed(again, {}, "the next one works")


def test_a_training_that_ends_while_the_database_is_away_is_logged(jobs, engine, database, caplog):
    before = children_of(os.getpid())
    job = jobs.start(**ASKED)
    (child,) = children_of(os.getpid()) - before
    engine.dispose()
    database.take_away()

    os.kill(child, signal.SIGKILL)
    wait_for_reapers()

    assert f"training job {job.id} ended with signal 9, untold" in caplog.text


def test_a_job_whose_machine_crashed_is_marked(jobs, settings):
    job = crash_while_training(settings)
    assert jobs.get(job).state == "running"

    jobs.mark_orphans()

    assert jobs.get(job).state == "orphaned"
    assert "gone" in jobs.get(job).message


def test_a_running_job_is_not_taken_for_an_orphan(jobs):
    with jobs.here(**ASKED) as job:
        jobs.begin(job)

        jobs.mark_orphans()

        assert jobs.get(job).state == "running"
        jobs.succeed(job, {}, "done")


def test_what_another_machine_trains_is_refused_by_its_number(jobs, elsewhere):
    with jobs.here(**ASKED) as job:
        with pytest.raises(TrainingInProgress) as refused:
            elsewhere.start(**ASKED)
        jobs.succeed(job, {}, "done")

    assert refused.value.job_id == job


def test_what_another_machine_trains_is_no_orphan_here(jobs, elsewhere):
    with jobs.here(**ASKED) as job:
        jobs.begin(job)

        elsewhere.mark_orphans()

        assert jobs.get(job).state == "running"
        jobs.succeed(job, {}, "done")


def test_only_the_machine_that_crashed_finds_its_orphan_and_it_may_train_on(
    jobs, elsewhere, settings
):
    job = crash_while_training(settings)
    with pytest.raises(TrainingInProgress):
        elsewhere.start(**ASKED)

    with jobs.here(**ASKED) as again:
        jobs.succeed(again, {}, "the next one works")

    assert jobs.get(job).state == "orphaned"
    with elsewhere.here(**ASKED) as other:
        elsewhere.succeed(other, {}, "so does the other machine's")


def test_what_has_ended_stays_as_it_ended(jobs):
    with jobs.here(**ASKED) as job:
        jobs.succeed(job, {}, "done")

    jobs.fail(job, "too late")

    assert jobs.get(job).message == "done"


def test_an_unknown_job_is_named(jobs):
    with pytest.raises(UnknownJob, match="42"):
        jobs.get(42)


CRASH = """
import os
from rakuten_mlops.database import open_database
from rakuten_mlops.retraining.jobs import Jobs
from rakuten_mlops.settings import Settings

settings = Settings()
jobs = Jobs(open_database(settings.database), settings)
with jobs.here(trigger="manual", requested_by="anna", parameters={}) as job:
    jobs.begin(job)
    print(job, flush=True)
    os.kill(os.getpid(), 9)
"""


def crash_while_training(settings):
    """Train in a process that is killed, and return its job."""
    crashed = subprocess.run(
        [sys.executable, "-c", CRASH],
        env=os.environ | settings.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return int(crashed.stdout)


def children_of(pid):
    """Processes that any thread of a process has started."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for children in listed for child in children.read_text().split()}
