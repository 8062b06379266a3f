"""What processes that answer see of an MLflow server, beside what MLflow's client sees."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import NeverServed, RegistryUnavailable, UnknownVersion
from rakuten_mlops.registry.lean_registry import lean_registry
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.model_registry import PRODUCTION, STAGING, roll_back
from rakuten_mlops.registry.rest_registry import RestRegistry


def wait_for(url, process):
    deadline = time.monotonic() + 120
    while True:
        try:
            if httpx2.get(f"{url}/health", timeout=5).is_success:
                return
        except httpx2.TransportError:
            pass
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, "it did not come up"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an MLflow server that keeps artifacts itself, as `up` starts it."""
    folder = tmp_path_factory.mktemp("server")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "files"]
    command = [sys.executable, "-m", "mlflow", "server", *options, "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=folder,
        # It starts its server by name.
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait()


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    """MLflow's client of that server, by which three versions were registered."""
    report = tmp_path_factory.mktemp("report")
    (report / "a b.txt").write_text("é")
    made = MlflowRegistry(server)
    before = RestRegistry(server)
    assert (before.versions(), before.moves(), before.aliased(PRODUCTION)) == ([], [], None)
    for _ in range(3):
        made.register(a_submission(report=report))
    made.record_verdict("2", {"promote": True, "reasons": ["Better"]})
    made.move_alias(STAGING, "3", by="loop", why="newest challenger")
    return made


@pytest.fixture
def rest(client):
    """Asks the server without MLflow's client, or fails with Unclear."""
    return RestRegistry(client.url)


def test_it_sees_what_mlflows_client_sees(rest, client):
    assert rest.versions() == client.versions()
    assert rest.version("2") == client.version("2")
    assert rest.moves() == client.moves()
    assert rest.aliased(STAGING) == client.aliased(STAGING) == "3"
    assert rest.aliased("Nobody") is None


def test_files_come_back_as_they_were(rest):
    assert rest.read_file("1", "report/a b.txt") == "é".encode()


def test_a_move_is_made_and_recorded_as_by_mlflows_client(rest, client):
    with_client = client.move_alias(PRODUCTION, "1", by="loop", why="the first")

    move = rest.move_alias(PRODUCTION, "2", by="anna", why="schöner")
    back = roll_back(rest, by="anna", why="2 is bad")

    assert (move.source, move.target) == ("1", "2")
    assert (back.source, back.target) == ("2", "1")
    assert client.aliased(PRODUCTION) == "1"
    assert client.moves()[:3] == [back, move, with_client]
    with pytest.raises(NeverServed):
        roll_back(rest, by="anna", why="it looks nice", version="3")


@pytest.mark.parametrize("version", ["99", "latest"])
def test_what_is_not_there_is_unknown(rest, client, version):
    before = client.moves()

    with pytest.raises(UnknownVersion):
        rest.version(version)
    with pytest.raises(UnknownVersion):
        rest.move_alias(PRODUCTION, version, by="anna", why="a slip")
    with pytest.raises(UnknownVersion):
        rest.read_file(version, "model_card.md")
    assert client.moves() == before


def test_a_file_that_is_not_there_is_unknown(client):
    with pytest.raises(UnknownVersion):
        lean_registry(client.url).read_file("1", "no/such/file")


def test_a_server_that_is_not_there_is_away():
    with pytest.raises(RegistryUnavailable, match="did not answer"):
        lean_registry("http://127.0.0.1:9").versions()
