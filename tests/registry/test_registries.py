"""The contract of every registry, run against MLflow on SQLite and against the double."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import NeverServed, NoChampion, RegistryUnavailable, UnknownVersion
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.model_registry import (
    PRODUCTION,
    STAGING,
    InMemoryRegistry,
    ModelRegistry,
    champion,
    roll_back,
)


@pytest.fixture(scope="module")
def mlflow_url(tmp_path_factory):
    """A store of its own; its tables take seconds to make, so all tests of a module share them."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # artifacts of a SQLite store go to the working directory
        yield f"sqlite:///{folder / 'mlflow.db'}"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "inner").mkdir()
    (folder / "a.txt").write_text("é")
    (folder / "inner" / "b.bin").write_bytes(b"\x00\x01")
    return folder


@pytest.fixture(params=["memory", "mlflow"], scope="module")
def registry(request, files) -> ModelRegistry:
    """A registry that was empty, and has three versions now."""
    if request.param == "memory":
        made = InMemoryRegistry()
    else:
        made = MlflowRegistry(request.getfixturevalue("mlflow_url"))
    assert made.versions() == []
    assert made.aliased(PRODUCTION) is None
    with pytest.raises(NoChampion):
        champion(made)
    assert [made.register(a_submission(report=files)) for _ in range(3)] == ["1", "2", "3"]
    return made


def test_versions_are_listed_newest_first(registry):
    assert [each.version for each in registry.versions()] == ["3", "2", "1"]


def test_a_version_carries_what_was_submitted(registry):
    submission = a_submission()

    found = registry.version("2")

    assert found.parameters == submission.parameters
    assert found.lineage == submission.lineage
    assert found.scorecard == submission.scorecard
    assert found.verdict is None
    assert found.aliases == ()


def test_an_alias_moves_and_the_move_is_recorded(registry):
    registry.move_alias(STAGING, "1", by="anna", why="first")
    registry.move_alias(STAGING, "3", by="ben", why="newer")

    last, first = [move for move in registry.moves() if move.alias == STAGING][:2]

    assert registry.aliased(STAGING) == "3"
    assert registry.version("3").aliases == (STAGING,)
    assert (last.source, last.target, last.by, last.why) == ("1", "3", "ben", "newer")
    assert (first.source, first.target) == (None, "1")
    assert first.at <= last.at


def test_rollback_goes_only_to_what_was_served(registry):
    with pytest.raises(NoChampion):
        roll_back(registry, by="anna", why="too early")
    registry.move_alias(PRODUCTION, "1", by="gate", why="first")
    with pytest.raises(NeverServed, match="only one"):
        roll_back(registry, by="anna", why="nothing before")
    registry.move_alias(PRODUCTION, "2", by="gate", why="better")
    with pytest.raises(NeverServed, match="Version 3 was never in production"):
        roll_back(registry, by="anna", why="it looks nice", version="3")

    move = roll_back(registry, by="anna", why="2 is bad")

    assert (move.source, move.target, move.why) == ("2", "1", "2 is bad")
    assert champion(registry) == "1"


def test_a_verdict_is_written_on_its_version(registry):
    registry.record_verdict("2", {"promote": False, "reasons": ["Not better"]})

    assert registry.version("2").verdict == {"promote": False, "reasons": ["Not better"]}
    assert registry.version("1").verdict is None


def test_files_come_back_as_they_were(registry, tmp_path):
    folder = registry.fetch("1", "report", tmp_path / "report")

    assert (folder / "a.txt").read_text() == "é"
    assert (folder / "inner" / "b.bin").read_bytes() == b"\x00\x01"
    assert registry.read_file("1", "report/a.txt") == "é".encode()


def test_a_text_can_be_added_and_replaced(registry):
    registry.add_file("3", "model_card.md", "# old")
    registry.add_file("3", "model_card.md", "# new")

    assert registry.read_file("3", "model_card.md") == b"# new"


@pytest.mark.parametrize("version", ["99", "latest"])
def test_what_is_not_there_is_unknown(registry, version, tmp_path):
    with pytest.raises(UnknownVersion):
        registry.version(version)
    with pytest.raises(UnknownVersion):
        registry.move_alias(PRODUCTION, version, by="anna", why="a slip")
    with pytest.raises(UnknownVersion):
        registry.record_verdict(version, {})
    with pytest.raises(UnknownVersion):
        registry.fetch(version, "report", tmp_path / "x")
    with pytest.raises(UnknownVersion):
        registry.read_file("1", "no/such/file")


def test_what_is_registered_in_mlflow_loads_as_plain_scikit_learn(mlflow_url, registry):
    if isinstance(registry, InMemoryRegistry):
        return
    import mlflow

    mlflow.set_tracking_uri(mlflow_url)
    submission = a_submission()

    model = mlflow.sklearn.load_model("models:/product-classifier/1")

    assert model.predict(submission.example).tolist() == [2060, 40]
    info = mlflow.models.get_model_info("models:/product-classifier/1")
    assert info.signature.inputs.input_names() == ["text", "title"]
    assert info.saved_input_example_info
    run = mlflow.get_run(registry.version("1").run_id)
    assert run.data.metrics["macro_f1"] == 0.5
    assert run.inputs.dataset_inputs[0].dataset.digest == ("0123456789abcdef" * 4)[:36]
    assert run.data.tags["mlflow.source.git.commit"] == "abc"
    assert run.data.tags["request_id"] == "from-the-shop-42"


def test_what_is_registered_in_mlflow_is_served_by_mlflow(registry, tmp_path):
    if isinstance(registry, InMemoryRegistry):
        return
    rows = {"text": ["lampe de salon", "jeu video"], "title": ["lampe", "jeu"]}

    with served_by_mlflow(registry.fetch("1", "model", tmp_path / "model")) as url:
        answer = httpx2.post(f"{url}/invocations", json={"inputs": rows}, timeout=60)

    assert answer.json() == {"predictions": [2060, 40]}


@contextmanager
def served_by_mlflow(folder):
    """The address of `mlflow models serve` on a model's files."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"]
    process = subprocess.Popen(
        [*command, "--model-uri", str(folder), "--port", str(port)],
        cwd=folder,
        # It starts its server by name.
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not answers(f"{url}/ping"):
            assert process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it did not come up"
            time.sleep(0.1)
        yield url
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(url):
    try:
        return httpx2.get(url, timeout=5).is_success
    except httpx2.TransportError:
        return False


def test_a_rehearsal_changes_nothing(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = registry.versions()

    registry.rehearse()

    assert registry.versions() == before
    assert list(tmp_path.iterdir()) == []


def test_a_registry_that_does_not_answer_is_not_one_without_a_champion():
    nobody = MlflowRegistry("http://127.0.0.1:9")

    with pytest.raises(RegistryUnavailable, match="did not answer"):
        nobody.aliased(PRODUCTION)
    with pytest.raises(RegistryUnavailable):
        nobody.versions()
