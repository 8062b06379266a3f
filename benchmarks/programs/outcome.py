"""How a program says what it found, and how much memory it took."""

import json
from pathlib import Path
from typing import Any


def write(found: dict[str, Any], target: str) -> None:
    """Write what was found, with the most memory that this process ever held, in MiB."""
    found["peak_mib"] = peak_mib()
    Path(target).write_text(json.dumps(found), encoding="utf-8")


def peak_mib() -> float:
    """The most memory that this process ever held.

    Not from `getrusage`: that one also remembers the process which started this one.
    """
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 2**10
