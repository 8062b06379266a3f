"""What the recorder makes of the spool, whatever goes wrong meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import an_exchange

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.monitoring.recorder import TOGETHER, Recorder
from rakuten_mlops.monitoring.recorder_state import read_state
from rakuten_mlops.monitoring.text_statistics import hash_words

PATIENCE = 60.0


def test_what_was_served_is_in_the_log_and_the_spool_is_empty(record, spool, log, settings):
    spool.write([an_exchange("Piscine ronde", "Lampe"), an_exchange("Livre", decision="review")])

    record()

    window = log.window()
    assert window.accepted.tolist() == [True, True, False]
    assert window.sketch.words_of(1).tolist() == hash_words(["lampe"]).tolist()
    assert spool.files() == []
    assert read_state(settings.home).recorded == 3


def test_a_second_recorder_goes_on_counting(record, spool, settings):
    for _ in range(2):
        spool.write([an_exchange("Lampe")])
        record()

    assert read_state(settings.home).recorded == 2


def test_what_waited_long_goes_through_in_several_transactions(record, spool, log):
    for _ in range(5):
        spool.write([an_exchange(*["Lampe"] * (TOGETHER // 2))])

    record()

    assert log.holding().rows == 5 * TOGETHER // 2


def test_a_file_that_outlived_its_record_is_not_recorded_again(record, spool, log):
    spool.write([an_exchange("Lampe")])
    (file,) = spool.files()
    content = file.read_bytes()
    record()

    # As a recorder leaves it that is killed between committing and removing.
    file.write_bytes(content)
    record()
    record()

    assert log.holding().rows == 1
    assert spool.files() == []


def test_what_another_recorder_reads_is_left_to_it(record, spool, log):
    spool.write([an_exchange("Lampe")])

    with spool.being_read() as mine:
        record()

    assert mine
    assert log.holding().rows == 0
    record()
    assert log.holding().rows == 1


def test_a_database_that_is_away_loses_nothing(settings, spool, database):
    spool.write([an_exchange("Lampe")])
    database.take_away()

    with closing(Recorder(settings)) as recorder, pytest.raises(DatabaseUnavailable):
        recorder.record()

    assert len(spool.files()) == 1
    assert read_state(settings.home).dropped == 0


def test_a_file_of_nonsense_is_left_out_and_counted(record, spool, log, settings):
    spool.write([an_exchange("Lampe")])
    (spool.folder / "0.json").write_text('[{"at": 1, "body": [], "answer": 3}]')
    (spool.folder / "1.json").write_bytes(b"")

    record()

    assert log.holding().rows == 1
    assert read_state(settings.home).dropped == 2


def test_a_listing_that_no_table_takes_does_not_hold_up_the_others(record, spool, log, settings):
    spool.write([an_exchange("Lampe")])
    spool.write([an_exchange("Sol", "Mur", prdtypecode=2**70)])
    spool.write([an_exchange("Table")])

    record()

    assert log.holding().rows == 2
    assert read_state(settings.home).dropped == 2
    assert spool.files() == []


def test_a_text_with_a_nul_is_kept_all_the_same(record, spool, log):
    spool.write([an_exchange("Lampe\0 de salon")])

    record(log_texts=True)

    assert log.holding().texts == 1


def test_what_is_older_than_the_setting_is_deleted(record, spool, log):
    old = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    spool.write([an_exchange("Vieux", at=old), an_exchange("Neuf")])

    record(log_days=2)

    assert log.holding().rows == 1


def test_a_draft_of_a_killed_worker_is_removed_once_it_is_old(record, spool):
    spool.folder.mkdir(parents=True)
    drafts = [spool.folder / f"{n}.json.draft" for n in range(2)]
    for draft in drafts:
        draft.write_text("Lampe")
    os.utime(drafts[0], (1, 1))

    record()

    assert [draft.exists() for draft in drafts] == [False, True]


def test_an_unknown_word_of_several_listings_has_a_name_and_one_of_a_single_listing_has_none(
    record, spool, log
):
    spool.write([an_exchange(*(f"Gyropode {n} {'Zorglub' if n == 3 else ''}" for n in range(6)))])

    record()

    both = hash_words(["gyropode", "zorglub"])
    assert list(log.words(both).values()) == ["gyropode"]


def test_a_recorder_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(
    settings, spool, log
):
    batches, size = 20, 300
    fed = threading.Thread(
        target=lambda: [
            spool.write([an_exchange(*(f"Lot {batch} {n}" for n in range(size)))])
            or time.sleep(0.02)
            for batch in range(batches)
        ]
    )
    fed.start()
    deadline, killed = time.monotonic() + PATIENCE, 0
    while (fed.is_alive() or spool.files()) and time.monotonic() < deadline:
        recorder = subprocess.Popen(
            [sys.executable, "-m", "rakuten_mlops.monitoring.recorder", str(os.getpid())],
            env=os.environ | settings.environment(),
        )
        before = log.holding().rows
        while log.holding().rows == before and spool.files() and time.monotonic() < deadline:
            time.sleep(0.005)
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
        killed += 1
    fed.join()

    assert spool.files() == []
    assert killed > 1
    assert log.holding().rows == batches * size
