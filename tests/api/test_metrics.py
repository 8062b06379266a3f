"""What `/metrics` says."""

import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import insert
from tests.factories import write_drift_report

from rakuten_mlops.api.figures import DatabaseFigures
from rakuten_mlops.api.metrics import ManyHistogram
from rakuten_mlops.database import open_database
from rakuten_mlops.monitoring.recorder import Recorder
from rakuten_mlops.serving.champion_store import ChampionStore, RegistryState
from rakuten_mlops.tables import jobs

from .conftest import SINCE, Caller, take_away
from .scrape import Scrape, scraped

LISTINGS = [{"designation": f"Piscine hors sol n° {n}"} for n in range(5)]


def test_every_listing_is_counted_once_by_category_decision_and_confidence(carl):
    before = scraped(carl)

    one = carl.post("/predict", LISTINGS[0]).json()
    many = carl.post("/predict_batch", {"items": LISTINGS}).json()["predictions"]

    after, answers = scraped(carl), [one, *many]
    for said, count in Counter((each["prdtypecode"], each["decision"]) for each in answers).items():
        labels = {"prdtypecode": str(said[0]), "decision": said[1]}
        name = "rakuten_predictions_total"
        assert after.total(name, **labels) - before.total(name, **labels) == count
    grown = {
        part: after.total(f"rakuten_prediction_confidence_{part}")
        - before.total(f"rakuten_prediction_confidence_{part}")
        for part in ("count", "sum")
    }
    assert grown["count"] == len(answers)
    assert grown["sum"] == pytest.approx(sum(each["confidence"] for each in answers))


def test_a_batch_of_values_fills_a_histogram_as_they_would_one_by_one():
    values = [0.0, 0.1, 0.10001, 0.5, 0.97, 1.0, 3.0]
    registries = [CollectorRegistry(), CollectorRegistry()]
    together, alone = (
        ManyHistogram("sure", "how sure", buckets=(0.1, 0.5, 1.0), registry=registry)
        for registry in registries
    )

    together.observe_all(values)
    for value in values:
        alone.observe(value)

    of_both = [
        {(sample.name, sample.labels.get("le")): sample.value for sample in family.samples}
        for registry in registries
        for family in registry.collect()
    ]
    assert of_both[0] == pytest.approx(of_both[1])


def test_the_champion_is_told_with_its_version_and_since_when(carl):
    scrape = scraped(carl)

    assert scrape.samples("rakuten_champion_info") == [({"version": "2"}, 1.0)]
    since = scrape.total("rakuten_champion_since_timestamp_seconds")
    assert datetime.fromtimestamp(since, UTC) == SINCE
    assert scrape.total("rakuten_champion_loaded") == 1


def test_without_a_champion_none_is_named(start, home):
    (home / "champion" / "current").unlink()

    scrape = scraped(Caller(start(), "carl"))

    assert scrape.samples("rakuten_champion_loaded") == [({}, 0.0)]
    assert scrape.samples("rakuten_champion_info") == []


@pytest.mark.parametrize(
    ("state", "age", "up"), [("ok", 0, 1), ("no champion", 0, 1), ("away", 0, 0), ("ok", 300, 0)]
)
def test_whether_the_registry_answers_is_told(carl, home, state, age, up):
    moment = datetime.now(UTC)
    told = RegistryState(state, moment - timedelta(seconds=age), moment, "")
    ChampionStore(home).note_registry(told)

    assert scraped(carl).samples("rakuten_dependency_up") == [
        ({"dependency": "database"}, 1.0),
        ({"dependency": "registry"}, up),
    ]


def a_training(connection, *, outcome: str, seconds: float, at: datetime) -> None:
    succeeded = outcome not in ("failed", "orphaned")
    connection.execute(
        insert(jobs).values(
            state="succeeded" if succeeded else outcome,
            machine="here",
            trigger="schedule",
            requested_by="scheduler",
            parameters="{}",
            created_at=at,
            started_at=at,
            finished_at=at + timedelta(seconds=seconds),
            progress=1.0,
            outcome=f'{{"result": "{outcome}", "version": "1"}}' if succeeded else None,
        )
    )


def trained(home, *outcomes: str) -> None:
    """Write trainings of 30 seconds, one a day, into the database."""
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    with engine.begin() as connection:
        for day, outcome in enumerate(outcomes):
            at = SINCE + timedelta(days=day)
            a_training(connection, outcome=outcome, seconds=30, at=at)
    engine.dispose()


def test_trainings_are_counted_by_what_they_came_to(carl, home):
    trained(home, "promoted", "rejected", "failed", "rejected", "nothing new")

    scrape = scraped(carl)

    name = "rakuten_trainings_total"
    counted = {found["outcome"]: value for found, value in scrape.samples(name)}
    assert counted == {"promoted": 1, "rejected": 2, "failed": 1, "nothing new": 1}
    durations = "rakuten_training_duration_seconds"
    assert scrape.total(f"{durations}_sum", outcome="rejected") == 60
    assert scrape.total(f"{durations}_bucket", outcome="rejected", le="20.0") == 0
    assert scrape.total(f"{durations}_bucket", outcome="rejected", le="40.0") == 2
    assert scrape.total("rakuten_training_running") == 0


def test_failures_are_counted_since_the_last_success(carl, home):
    trained(home, "failed", "rejected", "failed", "orphaned")

    scrape = scraped(carl)

    assert scrape.total("rakuten_training_failures_in_a_row") == 2
    succeeded = scrape.total("rakuten_training_last_success_timestamp_seconds")
    assert datetime.fromtimestamp(succeeded, UTC) == SINCE + timedelta(days=1, seconds=30)


def test_a_training_that_ended_since_the_last_scrape_is_counted_once(start, home):
    api = start()
    figures, carl = api.app.inner.state.services.figures, Caller(api, "carl")
    figures._database._fresh_seconds = 0  # noqa: SLF001 - the test does not wait two seconds
    trained(home, "promoted")
    first = scraped(carl).total("rakuten_trainings_total")

    trained(home, "failed")

    assert first == 1
    assert scraped(carl).total("rakuten_trainings_total") == 2
    assert scraped(carl).total("rakuten_trainings_total") == 2


def test_the_review_queue_is_told_by_kind(api, rita):
    doubtful = [
        rita.post("/predict", {"designation": f"chose n° {n}"}).json()["decision"]
        for n in range(20)
    ].count("review")
    services = api.app.inner.state.services
    services.tap.flush()
    with closing(Recorder(services.settings)) as recorder:
        recorder.record()
    rita.get("/review/next?count=1")

    scrape = scraped(rita)

    items = "rakuten_review_items"
    assert doubtful
    assert scrape.total(items, state="leased") == 1
    assert scrape.total(items, kind="doubtful") + scrape.total(items, kind="random") >= doubtful
    assert {found["kind"] for found, _ in scrape.samples(items)} == {
        *("doubtful", "random", "label noise")
    }
    waits = scrape.samples("rakuten_review_oldest_item_timestamp_seconds")
    assert all(abs(value - datetime.now(UTC).timestamp()) < 60 for _, value in waits)


def test_before_anybody_looked_for_drift_nothing_is_said_of_it(carl):
    assert "rakuten_drift" not in scraped(carl).text


def test_the_last_report_on_drift_is_told_test_by_test(api, carl):
    engine = api.app.inner.state.services.engine
    write_drift_report(engine, "no drift", at=SINCE)
    write_drift_report(engine, "drift", at=SINCE + timedelta(hours=1))

    scrape = scraped(carl)

    states = {found["state"]: value for found, value in scrape.samples("rakuten_drift_state")}
    assert states == {"no drift": 0, "watch": 0, "drift": 1, "too few listings": 0}
    assert scrape.samples("rakuten_drift_score") == [({"test": "confidence"}, 0.2)]
    assert scrape.samples("rakuten_drift_threshold") == [({"test": "confidence"}, 0.1)]
    assert scrape.total("rakuten_drift_estimated_accuracy") == 0.7
    looked = scrape.total("rakuten_drift_report_timestamp_seconds")
    assert datetime.fromtimestamp(looked, UTC) == SINCE + timedelta(hours=1)


def test_a_database_that_is_away_costs_its_figures_and_not_the_scrape(start, home):
    carl = Caller(start(), "carl")
    carl.get("/me")
    take_away(home)

    scrape = scraped(Caller(start(), "carl"))

    assert scrape.total("rakuten_dependency_up", dependency="database") == 0
    assert scrape.samples("rakuten_trainings_total") == []
    assert scrape.total("rakuten_champion_loaded") == 1


def test_a_database_that_hangs_is_waited_for_only_for_a_moment(engine):
    answered = threading.Event()

    def hang(_):
        answered.wait()
        return []

    figures = DatabaseFigures(engine, hang, fresh_seconds=60, patience_seconds=0.05)

    assert figures.families() is None
    assert figures.families() is None
    answered.set()
    figures._reading.join()  # noqa: SLF001 - the thread that hung
    assert figures.families() == []


def test_figures_that_cannot_be_read_are_no_database_that_is_away(engine, caplog):
    figures = DatabaseFigures(engine, lambda _: [1 / 0], fresh_seconds=60)

    assert figures.families() == []
    assert "the database's figures are left out" in caplog.text


def test_figures_are_read_once_for_scrapes_that_come_together(engine):
    times = []
    figures = DatabaseFigures(engine, lambda _: times.append(1) or [], fresh_seconds=60)

    assert [figures.families() for _ in range(5)] == [[]] * 5
    assert len(times) == 1


def test_no_family_is_told_twice_and_all_have_help_and_a_type(carl):
    carl.post("/predict", LISTINGS[0])

    text = scraped(carl).text

    for kind in ("HELP", "TYPE"):
        named = [line.split()[2] for line in text.splitlines() if line.startswith(f"# {kind}")]
        assert named
        assert len(named) == len(set(named))
    assert "_created" not in text


def test_promtool_finds_nothing_to_say(carl, home):
    promtool = shutil.which("promtool")
    if promtool is None and "CI" in os.environ:
        pytest.fail("promtool is not installed, and CI must check the metrics")
    if promtool is None:
        pytest.skip("promtool (Debian: prometheus) is not installed: metrics were not linted")
    trained(home, "promoted", "failed")
    carl.post("/predict_batch", {"items": LISTINGS})

    text = scraped(carl).text.encode()

    linted = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, b"")


def test_what_several_workers_take_is_told_for_all_of_them(tmp_path):
    worker = "from rakuten_mlops.api.metrics import *; count_unrecorded(3); input()"
    render = (
        "from prometheus_client import CollectorRegistry;"
        "from rakuten_mlops.api.metrics import render; print(render(CollectorRegistry()).decode())"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    workers = [
        subprocess.Popen([sys.executable, "-c", worker], env=environment, stdin=subprocess.PIPE)
        for _ in range(2)
    ]
    # Its counts stay, its memory is given back.
    subprocess.run([sys.executable, "-c", worker], env=environment, input=b"\n", check=True)
    while len({file.stem for file in tmp_path.glob("counter_*.db")}) < 3:
        assert all(each.poll() is None for each in workers)

    told = subprocess.run(
        [sys.executable, "-c", render], env=environment, capture_output=True, text=True, check=True
    )

    for each in workers:
        each.communicate(b"\n")
    scrape = Scrape(told.stdout)
    assert scrape.total("rakuten_unrecorded_answers_total") == 9
    # The two, and the one that tells it.
    assert scrape.total("rakuten_workers") == 3
    assert scrape.total("process_resident_memory_bytes") > 3 * 10 * 2**20
    assert 0 < scrape.total("process_open_fds") < scrape.total("process_max_fds")
