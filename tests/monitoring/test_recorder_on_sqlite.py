"""What only SQLite has: a file that a word can be looked for in, one lock, a disk that is full."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import Database, replace_by_folder
from tests.factories import an_exchange

from rakuten_mlops.monitoring.recorder import Recorder
from rakuten_mlops.monitoring.traffic import Tap

CANARY = "Zorglubinette"


@pytest.fixture
def database(blank_sqlite, tmp_path):
    path = Path(shutil.copy(blank_sqlite, tmp_path))
    return Database(f"sqlite:///{path}", lambda: replace_by_folder(path))


def written(engine) -> bytes:
    """Every byte that an SQLite database has on disk."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(engine.url.database)
    return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))


def test_without_permission_no_word_of_a_listing_reaches_the_database(engine, record, spool):
    spool.write([an_exchange(f"{CANARY} de Camille", "Lampe")])

    record()

    assert CANARY.lower().encode() not in written(engine).lower()


def test_texts_that_were_allowed_are_gone_when_they_are_no_longer(engine, record, spool):
    spool.write([an_exchange(f"{CANARY} de Camille", "Lampe")])
    record(log_texts=True)
    assert CANARY.encode() in written(engine)

    record(log_texts=False)

    assert CANARY.encode() not in written(engine)


def test_texts_are_gone_after_their_time(engine, record, spool):
    spool.write([an_exchange(f"{CANARY} de Camille", at=time.time() - 30 * 86_400)])
    spool.write([an_exchange("Lampe")])

    record(log_texts=True, log_days=10)

    assert CANARY.encode() not in written(engine)


def test_a_locked_database_makes_what_was_served_wait_and_nobody_else(settings, spool, engine, log):
    served = []
    tap = Tap(spool, served.append)
    with closing(sqlite3.connect(engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Recorder(settings)) as recorder:
            thread = threading.Thread(target=recorder.record)
            tap.take(an_exchange("Lampe"))
            tap.flush()
            thread.start()
            tap.take(an_exchange("Table"))
            tap.flush()
            assert log.holding().rows == 0
            other.execute("COMMIT")
            thread.join()
            recorder.record()

    assert log.holding().rows == 2
    assert served == []


def test_a_full_disk_makes_what_was_served_wait_until_there_is_room(settings, spool, engine, log):
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    spool.write([an_exchange(*(f"Lampe {n}" for n in range(900)))])
    command = ["sh", "-c", 'ulimit -f 2; exec "$@"', "sh", sys.executable]
    with subprocess.Popen(
        [*command, "-m", "rakuten_mlops.monitoring.recorder", str(os.getpid())],
        env=os.environ | settings.environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as recorder:
        said = next(line for line in recorder.stderr if "waits to be recorded" in line)
        recorder.terminate()

    assert "disk" in said
    assert log.holding().rows == 0
    assert len(spool.files()) == 1
    with closing(Recorder(settings)) as again:
        again.record()
    assert log.holding().rows == 900
