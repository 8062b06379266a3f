"""Send requests as fast as a service answers them, with wrk, on a core of its own."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Failed, pinned

SCRIPT = Path(__file__).parent / "listings.lua"
MISSING = "wrk is not installed; on Debian and Ubuntu: `apt-get install wrk`"


@dataclass(frozen=True, slots=True)
class Load:
    """What a service did under load; latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float


def load(
    url: str, bodies: Path, headers: Mapping[str, str], *, connections: int, seconds: float
) -> Load:
    """Send the lines of `bodies` over and over. Raises Failed for a single wrong status."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise Failed(MISSING)
    command = [
        *pinned(1),
        *(wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"),
        *(part for pair in headers.items() for part in ("-H", ": ".join(pair))),
        *("-s", str(SCRIPT), url, "--", str(bodies)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"wrk: {done.stderr.strip()}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["errors"] or not found["requests"]:
        raise Failed(f"{found['errors']} of {found['requests']} requests went wrong")
    return Load(
        per_second=found["requests"] / found["microseconds"] * 1e6,
        p50=found["p50"] / 1e3,
        p99=found["p99"] / 1e3,
    )
