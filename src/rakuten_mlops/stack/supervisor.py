"""Run the services of one machine together: start, watch, end; none outlives the supervisor."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rakuten_mlops.errors import ServiceFailed

log = logging.getLogger(__name__)

GRACE_SECONDS = 10.0
SHORTEST_LIFE = 10.0


@dataclass
class Service:
    """A process that is to run; it starts again if it ends after living for a while."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log_file: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process in a group of its own, its output in the log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - commands are built in this package
                [
                    *(sys.executable, "-m", "rakuten_mlops.stack.companion"),
                    str(os.getpid()),
                    *self.command,
                ],
                env=os.environ | dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def revive(self) -> None:
        """Start the process again if it has ended. Raises ServiceFailed if it ended at once."""
        if self.process is None or self.process.poll() is None:
            return
        if time.monotonic() - self.started < SHORTEST_LIFE:
            raise ServiceFailed(
                f"{self.name} ended with status {self.process.returncode}:\n"
                f"{tail(self.log_file)}\nThe whole log is in {self.log_file}"
            )
        log.warning("%s ended with status %s; started again", self.name, self.process.returncode)
        self.start()

    def signal(self, number: int) -> None:
        """Send a signal to the process and everything that it started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


class Supervisor:
    """Services that start together and end together (a context manager)."""

    def __init__(self, services: list[Service]) -> None:
        self.services = services

    def __enter__(self) -> "Supervisor":
        try:
            for service in self.services:
                service.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for service in reversed(self.services):
            service.signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for service in self.services:
            if service.process is not None:
                try:
                    service.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    log.warning("%s does not end; killing it", service.name)
        for service in self.services:
            service.signal(signal.SIGKILL)
            if service.process is not None:
                service.process.wait()

    def check(self) -> None:
        """Start again what has ended."""
        for service in self.services:
            service.revive()


def refuse_taken_ports(ports: Mapping[str, int]) -> None:
    """Raise ServiceFailed, naming port and service, where something listens already."""
    for name, port in ports.items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise ServiceFailed(
                    f"Port {port}, which {name} needs, is in use; end what uses it, or choose "
                    "another port (see `rakuten-mlops up --help`)"
                )


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a text file."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
