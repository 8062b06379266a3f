"""How a process of the command line deals with garbage, from its first object to its last."""

import subprocess
import sys

from rakuten_mlops.memory import YOUNG

# What is registered first is called last.
PROGRAM = """
import atexit, gc
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 10_000))
from rakuten_mlops.cli import app
app(["models", "--help"])
"""


def test_a_command_looks_for_garbage_seldom_and_not_at_its_end():
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == f"{YOUNG} True"
