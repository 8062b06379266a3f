import json
import threading

import pytest

from rakuten_mlops.monitoring.traffic import PIECE, Spool, Tap, exchange, read


def an_answer(code: int, version: str = "3") -> dict[str, object]:
    return {
        "prdtypecode": code,
        "category": "Livres",
        "confidence": 0.75,
        "decision": "accept",
        "model_version": version,
        "alternatives": [],
    }


def an_exchange(*codes: int) -> bytes:
    """An exchange of `/predict` for one code, of `/predict_batch` for several."""
    listings = [{"designation": f"Livre n°{code}\n", "description": None} for code in codes]
    answers = [an_answer(code) for code in codes]
    if len(codes) == 1:
        body, answer = listings[0], answers[0]
    else:
        body, answer = {"items": listings}, {"predictions": answers, "model_version": "3"}
    asked, answered = json.dumps(body, indent=1).encode(), json.dumps(answer).encode()
    return exchange(1_700_000_000.5, 0.002, asked, answered, f"from-a-test-{codes[0]}")


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "traffic")


@pytest.fixture
def dropped():
    return []


@pytest.fixture
def tap(spool, dropped):
    return Tap(spool, dropped.append)


def codes(spool: Spool) -> list[int]:
    return [served.prdtypecode for file in spool.files() for served in read(file)]


def test_what_was_served_is_read_listing_by_listing_in_its_order(tap, spool):
    tap.take(an_exchange(10))
    tap.take(an_exchange(40, 50, 60))
    tap.flush()
    tap.take(an_exchange(1140))
    tap.flush()

    assert codes(spool) == [10, 40, 50, 60, 1140]
    served = next(read(spool.files()[0]))
    assert (served.designation, served.description) == ("Livre n°10\n", "")
    assert served.request_id == "from-a-test-10"
    assert (served.version, served.confidence, served.decision) == ("3", 0.75, "accept")
    assert served.at.timestamp() == 1_700_000_000.5


def test_many_exchanges_are_read_as_they_were_taken(tap, spool):
    taken = list(range(2 * PIECE // len(an_exchange(10)) + 1))
    for code in taken:
        tap.take(an_exchange(code))
    tap.flush()

    assert len(spool.files()) == 1
    assert codes(spool) == taken


def test_a_file_is_written_with_few_pauses_however_busy_the_interpreter_is(spool, monkeypatch):
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    waiting = [an_exchange(10)] * (3 * PIECE // len(an_exchange(10)))

    spool.write(waiting)

    assert len(pauses) == 2


def test_nothing_served_writes_nothing(tap, spool):
    tap.flush()

    assert spool.files() == []


def test_more_than_memory_may_hold_is_dropped_and_counted(spool, dropped):
    tap = Tap(spool, dropped.append, most_bytes=len(an_exchange(10)) * 5)
    for _ in range(40):
        tap.take(an_exchange(10))
    tap.flush()

    kept = len(codes(spool))
    assert 0 < kept < 40
    assert dropped == [40 - kept]

    tap.take(an_exchange(10))
    tap.flush()
    assert len(codes(spool)) == kept + 1


def test_a_recorder_that_is_away_fills_the_spool_and_no_more(tmp_path, dropped):
    spool = Spool(tmp_path / "traffic", most_bytes=1_000)
    tap = Tap(spool, dropped.append)
    for _ in range(20):
        tap.take(an_exchange(10))
        tap.flush()

    assert sum(dropped) + len(codes(spool)) == 20
    assert sum(file.stat().st_size for file in spool.files()) < 1_500


def test_a_disk_that_refuses_costs_records_and_nothing_else(tmp_path, dropped):
    (tmp_path / "traffic").write_text("a file where the folder should be")
    tap = Tap(Spool(tmp_path / "traffic"), dropped.append)
    tap.take(an_exchange(10))
    tap.flush()

    assert dropped == [1]


def test_what_cannot_be_written_whole_leaves_nothing(spool):
    with pytest.raises(TypeError):
        spool.write([an_exchange(10), "no bytes"])

    assert list(spool.folder.iterdir()) == []


def test_nothing_is_lost_between_threads_that_serve_and_the_one_that_writes(tap, spool, dropped):
    tap.start()
    servers = [
        threading.Thread(target=lambda: [tap.take(an_exchange(10)) for _ in range(500)])
        for _ in range(4)
    ]
    for server in servers:
        server.start()
    for server in servers:
        server.join()
    tap.close()

    assert len(codes(spool)) + sum(dropped) == 2_000
    assert dropped == []


def test_the_spool_is_for_its_owner_only(tap, spool):
    tap.take(an_exchange(10))
    tap.flush()

    assert spool.folder.stat().st_mode & 0o077 == 0
