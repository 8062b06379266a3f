import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import a_served

from rakuten_mlops.api.routes.traffic import WINDOWS
from rakuten_mlops.database import open_database
from rakuten_mlops.monitoring.prediction_log import PredictionLog, add, row_of
from rakuten_mlops.monitoring.recorder import Recorder
from rakuten_mlops.monitoring.recorder_state import RecorderState, write_state
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.monitoring.traffic import SPOOL, Spool
from rakuten_mlops.settings import Settings

from .conftest import Caller, take_away

POOL = {"designation": "Piscine tubulaire ronde", "description": "Avec pompe"}


@pytest.fixture
def record(home):
    """Let a recorder read what the API left in the spool, and return the log."""
    with closing(Recorder(Settings(home=home, shadow_share=0))) as recorder:
        engine = open_database(f"sqlite:///{home / 'catalog.db'}")

        def record() -> PredictionLog:
            recorder.record()
            return PredictionLog(engine)

        yield record
        engine.dispose()


def flush(api):
    api.app.inner.state.services.tap.flush()


def test_what_was_answered_over_http_is_what_the_log_says(api, carl, record):
    answers = [carl.post("/predict", POOL).json(), carl.post("/predict?explain=true", POOL).json()]
    answers += carl.post("/predict_batch", {"items": [POOL] * 30}).json()["predictions"]

    flush(api)
    window = record().window()

    assert window.categories.tolist() == [each["prdtypecode"] for each in answers]
    assert window.confidence.tolist() == [each["confidence"] for each in answers]
    assert window.accepted.tolist() == [each["decision"] == "accept" for each in answers]
    assert set(window.title_chars.tolist()) == {len(POOL["designation"])}
    assert window.version == "2"


def test_a_refused_request_is_not_logged(api, carl, record):
    carl.post("/predict", {"designation": " "})
    carl.post("/predict_batch", {"items": [{"designation": ""}]})

    flush(api)

    assert len(record().window()) == 0


def test_with_the_log_off_nothing_is_logged_and_nothing_waits(start, home, record):
    api = start(log=False, shadow_share=0)
    Caller(api, "carl").post("/predict", POOL)
    flush(api)

    with closing(Recorder(api.app.inner.state.services.settings)) as recorder:
        assert recorder.record() == 1

    assert len(record().window()) == 0
    assert Spool(home / SPOOL).files() == []


def test_a_summary_tells_what_was_served_lately(home, carl):
    now = datetime.now(UTC)
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    served = [
        a_served(at=now - timedelta(minutes=1), decision="review", version="2"),
        a_served(at=now - timedelta(days=3)),
    ]
    with engine.begin() as connection:
        described = [(one, describe(one.designation, "", hash_words([]))) for one in served]
        add(connection, [row_of(*each, keep_text=False) for each in described])
    engine.dispose()

    week = carl.get("/predictions/summary", params={"window": "7d"}).json()
    day = carl.get("/predictions/summary").json()

    assert week["total"] == {"predictions": 2, "accepted": 1}
    assert day["total"] == {"predictions": 1, "accepted": 0}
    assert [each["model_version"] for each in day["versions"]] == ["2"]
    assert day["categories"][0]["category"] == "Piscine et accessoires"
    assert day["latency_ms"]["p50"] == pytest.approx(2.05)
    assert day["logging"]
    only = carl.get("/predictions/summary", params={"window": "7d", "version": "1"}).json()
    assert only["total"]["predictions"] == 1


@pytest.mark.parametrize("window", WINDOWS)
def test_every_window_is_answered_when_nothing_was_served(carl, window):
    answer = carl.get("/predictions/summary", params={"window": window})

    assert answer.status_code == 200
    assert answer.json()["total"] == {"predictions": 0, "accepted": 0}


def test_a_window_that_there_is_not_is_refused(carl):
    assert carl.get("/predictions/summary", params={"window": "2y"}).status_code == 422


def test_predictions_are_answered_and_wait_while_the_database_is_away(api, carl, home):
    carl.post("/predict", POOL)
    take_away(home)

    assert carl.post("/predict", POOL).status_code == 200
    flush(api)
    assert Spool(home / SPOOL).size() > 0


def test_the_metrics_tell_what_the_recorder_did_and_what_waits(api, carl, home):
    write_state(home, RecorderState(recorded=7, dropped=2).plus(recorded=1))
    carl.post("/predict", POOL)
    flush(api)

    figures = dict(
        line.rsplit(" ", 1)
        for line in carl.get("/metrics").text.splitlines()
        if line.startswith("rakuten_log")
    )

    assert float(figures["rakuten_log_recorded_total"]) == 8
    assert float(figures["rakuten_log_dropped_total"]) == 2
    assert float(figures["rakuten_log_waiting_bytes"]) > 200
    assert float(figures["rakuten_log_last_recorded_timestamp_seconds"]) > 1.7e9


def test_a_recorder_that_removes_files_costs_a_worker_no_record(api, carl, home):
    spool, over = Spool(home / SPOOL), threading.Event()

    def remove():
        while not over.is_set():
            for file in spool.files():
                file.unlink()

    thread = threading.Thread(target=remove)
    thread.start()
    for _ in range(60):
        carl.post("/predict", POOL)
        flush(api)
    over.set()
    thread.join()

    counted = [
        line
        for line in carl.get("/metrics").text.splitlines()
        if line.startswith("rakuten_unrecorded_answers_total")
    ]
    assert [float(line.split()[-1]) for line in counted] in ([], [0.0])
