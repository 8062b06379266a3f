"""MLflow's client in a process of its own, on a store without a server."""

import json
import subprocess
import sys
import time

import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import RegistryUnavailable, UnknownVersion
from rakuten_mlops.registry.errand import Errands
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.model_registry import PRODUCTION, STAGING


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """MLflow's own; it holds one version."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = MlflowRegistry(f"sqlite:///{folder / 'mlflow.db'}")
        made.register(a_submission())
        made.move_alias(PRODUCTION, "1", by="test", why="a test")
        yield made


@pytest.fixture
def errands(registry):
    made = Errands(registry.url)
    yield made
    made.close()


def running(url):
    """How many processes run errands on a store."""
    listed = subprocess.run(["ps", "-wwAo", "args="], capture_output=True, text=True, check=True)
    return sum("registry.errand" in line and url in line for line in listed.stdout.splitlines())


def test_an_errand_brings_what_mlflows_client_says(errands, registry):
    assert errands.run("versions", (), {}) == registry.versions()
    assert errands.run("moves", (), {}) == registry.moves()
    assert errands.run("read_file", ("1", "model/MLmodel"), {}).startswith(b"flavors:")
    assert running(registry.url) == 1


def test_what_is_refused_there_is_refused_here_and_the_next_errand_is_run(errands):
    with pytest.raises(UnknownVersion, match="has no version 'x'"):
        errands.run("version", ("x",), {})

    assert errands.run("aliased", (PRODUCTION,), {}) == "1"


def test_a_process_that_dies_is_told_and_replaced(errands):
    # It ends on any error that is not foreseen.
    with pytest.raises(RegistryUnavailable, match="has ended"):
        errands.run("no_such_method", (), {})

    assert errands.run("aliased", (PRODUCTION,), {}) == "1"


def test_without_errands_the_process_ends(registry):
    errands = Errands(registry.url, idle_seconds=0.2)
    errands.run("aliased", (PRODUCTION,), {})

    deadline = time.monotonic() + 20
    while running(registry.url):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert errands.run("aliased", (PRODUCTION,), {}) == "1"
    errands.close()


ASKING = """
import json, os, signal, sys
from rakuten_mlops.registry.lean_registry import lean_registry
registry = lean_registry(sys.argv[1])
move = registry.move_alias("Staging", "1", by="anna", why="a test")
imported = sorted({"mlflow", "pandas", "sklearn"} & sys.modules.keys())
print(json.dumps([move.target, imported]), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_who_asks_imports_no_client_and_its_process_ends_with_it(registry):
    # It kills itself when it is done.
    ran = subprocess.run(
        [sys.executable, "-c", ASKING, registry.url], capture_output=True, text=True, check=False
    )

    assert json.loads(ran.stdout) == ["1", []]
    assert registry.aliased(STAGING) == "1"
    deadline = time.monotonic() + 20
    while running(registry.url):
        assert time.monotonic() < deadline
        time.sleep(0.1)
