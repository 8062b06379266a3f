import json
import subprocess
import sys
import threading

import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import RegistryUnavailable
from rakuten_mlops.registry.model_registry import STAGING, InMemoryRegistry
from rakuten_mlops.registry.opening import beside, mlflow_beside


def test_a_registry_is_there_before_it_is_open_and_then_answers():
    may_open, opened = threading.Event(), InMemoryRegistry()

    def open_slowly():
        assert may_open.wait(60)
        return opened

    registry = beside(open_slowly)
    may_open.set()

    assert registry.register(a_submission()) == "1"
    registry.move_alias(STAGING, "1", by="anna", why="the first")
    assert opened.aliased(STAGING) == "1"


def test_what_hinders_opening_is_told_to_whoever_asks():
    def fail():
        raise RegistryUnavailable("The store is locked")

    registry = beside(fail)

    for _ in range(2):
        with pytest.raises(RegistryUnavailable, match="locked"):
            registry.versions()


def test_mlflow_is_opened_and_what_is_wrong_with_it_told():
    with pytest.raises(RegistryUnavailable, match=r"http://127\.0\.0\.1:9 did not answer"):
        mlflow_beside("http://127.0.0.1:9").aliased(STAGING)


def test_a_training_begins_before_what_only_registering_needs_is_imported():
    program = """
import json, sys
import rakuten_mlops.retraining.loop, rakuten_mlops.registry.opening
print(json.dumps(sorted({"mlflow", "skops", "matplotlib"} & sys.modules.keys())))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert json.loads(ran.stdout) == []
