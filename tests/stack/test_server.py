"""`serve` as a process, beside an MLflow store that is still to be made: the keeper is busy."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress

import httpx2
import psutil
import pytest

from rakuten_mlops.settings import Settings

PATIENCE = 60.0


@pytest.fixture
def serving(tmp_path):
    """The API's first process; ended by force if a test leaves it running."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = Settings(
        home=tmp_path / "home", port=port, mlflow_url=f"sqlite:///{tmp_path / 'mlflow.db'}"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "rakuten_mlops", "serve"],
        env=os.environ | settings.environment(),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield psutil.Process(process.pid), f"{settings.api}/healthz"
    process.kill()
    process.wait()


def until(found):
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return result


def alive(url):
    try:
        return httpx2.get(url, trust_env=False).status_code == 200
    except httpx2.ConnectError:
        return False


def helpers(process):
    """The processes that it has started, by the names that they show or the modules they run."""
    found = {}
    for child in process.children():
        # One that has just ended shows nothing any more.
        with suppress(psutil.NoSuchProcess, IndexError):
            for name in (child.name(), child.cmdline()[2].rpartition(".")[2]):
                if name in ("keeper", "recorder"):
                    found[name] = child
    return found


def test_it_answers_in_one_process_and_takes_its_helpers_with_it_when_it_is_ended(serving):
    process, url = serving
    until(lambda: alive(url))
    until(lambda: helpers(process).keys() == {"keeper", "recorder"})
    children = process.children()
    assert helpers(process)["recorder"].nice() == 19

    process.terminate()
    status = process.wait(PATIENCE)

    assert status == 128 + 15
    assert not any(child.is_running() for child in children)


def test_a_recorder_that_is_killed_is_started_again_and_ends_with_the_api(serving):
    process, url = serving
    until(lambda: alive(url))
    first = until(lambda: helpers(process).get("recorder"))

    first.kill()
    first.wait(PATIENCE)
    second = until(lambda: helpers(process).get("recorder"))
    process.kill()

    until(lambda: not second.is_running())
