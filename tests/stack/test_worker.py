"""What the worker does for memory, in a process of its own: it is settled once for each."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

PASSWORDS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from rakuten_mlops.memory import give_back_large_blocks
from rakuten_mlops.stack.worker import LARGE
from rakuten_mlops.users import NOBODY

if sys.argv[1] == "worker":
    give_back_large_blocks(LARGE)

def mib():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

with ThreadPoolExecutor(3) as pool:
    before = mib()
    assert not any(pool.map(NOBODY.verify, ["a", "b", "c", "d", "e", "f"]))
    print(mib() - before)
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallopt") or not Path("/proc/self/smaps_rollup").exists(),
    reason="there is no glibc here, or no Linux: memory is left to the system",
)
def test_checked_passwords_leave_no_memory_behind():
    left = {
        who: float(
            subprocess.run(
                [sys.executable, "-c", PASSWORDS, who], capture_output=True, text=True, check=True
            ).stdout
        )
        for who in ("worker", "any process")
    }

    # One check takes 19 MiB; without the worker's settings each thread keeps that much.
    assert left["worker"] < 5 < 19 < left["any process"]


FROZEN = """
import gc
from rakuten_mlops.stack.worker import application
app = application()
print(gc.isenabled(), gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_is_imported_is_left_out_of_garbage_collections(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", FROZEN],
        env={"RAKUTEN_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    enabled, frozen, left = ran.stdout.split()
    assert enabled == "True"
    assert int(left) * 100 < int(frozen)
