"""What the figures were measured on: a ratio, too, is one of some machine and some versions."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "scikit-learn", "polars", "pandas", "mlflow", "fastapi", "uvicorn")
PEERS = ("bentoml", "mlserver")


def describe() -> dict[str, Any]:
    """Processor, memory and versions; no name and no path of the machine."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES} | dict(map(_pinned, PEERS)),
    }


def when() -> dict[str, str]:
    """The day and the commit."""
    return {"date": datetime.now(UTC).date().isoformat(), "commit": _commit()}


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or "unknown"


def _pinned(peer: str) -> tuple[str, str]:
    lines = (ROOT / "benchmarks/peers" / f"{peer}.txt").read_text().splitlines()
    return peer, next(line.split("==")[1] for line in lines if line.startswith(f"{peer}=="))


def _commit() -> str:
    command = [
        "git",
        "-C",
        str(ROOT),
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
        "--exclude=*",
    ]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
