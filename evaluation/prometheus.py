"""A real Prometheus over an API of ours, by the configuration that is shipped in deploy/monitoring.

Only what names a place or a pace is changed: hosts, ports, paths, and how often it looks.
"""

import math
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2

PROGRAM = "prometheus"
SHIPPED = Path(__file__).parents[1] / "deploy" / "monitoring" / "prometheus"
USER, PASSWORD = "prometheus", "prometheus-password"
PATIENCE_SECONDS = 60.0
PACE = r"(?m)^(\s+(?:scrape_interval|evaluation_interval|scrape_timeout|for): )\w+$"

T = TypeVar("T")


class Prometheus:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **params: str) -> Any:
        """The data of an answer of its API."""
        answer = httpx2.get(f"{self.url}/api/v1/{path}", params=params, trust_env=False)
        answer.raise_for_status()
        return answer.json()["data"]

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """The series of an expression now, with their values; what is no number is left out."""
        found = self.ask("query", query=expression)["result"]
        pairs = [(each["metric"], float(each["value"][1])) for each in found]
        return [(labels, value) for labels, value in pairs if not math.isnan(value)]

    def value(self, expression: str) -> float:
        """The one value of an expression; 0 where there is none."""
        return sum(value for _, value in self.query(expression))

    def targets(self) -> dict[str, str]:
        """How each job of the configuration is: up, down or unknown."""
        found = self.ask("targets")["activeTargets"]
        return {each["labels"]["job"]: each["health"] for each in found}

    def firing(self) -> set[str]:
        """The alerts that fire now."""
        alerts = self.ask("alerts")["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}


@contextmanager
def watching(
    folder: Path, *, api_port: int, alertmanager_port: int = 9, every: str = "1s"
) -> Generator[Prometheus]:
    """Run Prometheus over the API at a port, asking it every so often; alerts fire at once."""
    (port,) = free_ports(1)
    configuration = write_configuration(
        folder, port=port, api_port=api_port, alertmanager_port=alertmanager_port, every=every
    )
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - Debian's program
            [
                shutil.which(PROGRAM) or PROGRAM,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    found = Prometheus(f"http://127.0.0.1:{port}")
    try:
        until(lambda: answers(f"{found.url}/-/ready"), "Prometheus is ready")
        yield found
    finally:
        process.terminate()
        process.wait()


def write_configuration(
    folder: Path, *, port: int, api_port: int, alertmanager_port: int, every: str
) -> Path:
    """Write the shipped configuration for this machine, and at another pace; return its path."""
    (folder / "password").write_text(PASSWORD)
    changes = {
        r"/etc/prometheus/": f"{folder}/",
        r"/run/secrets/metrics_password": str(folder / "password"),
        r"\bapi:8000\b": f"127.0.0.1:{api_port}",
        r"\b127\.0\.0\.1:9090\b": f"127.0.0.1:{port}",
        r"\balertmanager:9093\b": f"127.0.0.1:{alertmanager_port}",
        PACE: rf"\g<1>{every}",
    }
    for file in SHIPPED.glob("*.yml"):
        text = file.read_text()
        for shipped, here in changes.items():
            text = re.sub(shipped, here, text)
        (folder / file.name).write_text(text)
    return folder / "prometheus.yml"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def answers(url: str) -> bool:
    """Whether somebody says 200 there."""
    try:
        return httpx2.get(url, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def until(found: Callable[[], T], what: str, *, patience: float = PATIENCE_SECONDS) -> T:
    """Wait until a call gives something true, and return that. Raises TimeoutError."""
    deadline = time.monotonic() + patience
    while not (result := found()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {patience:.0f} s")
        time.sleep(0.2)
    return result
