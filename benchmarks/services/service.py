"""What a service needs to be measured, and how it is started, asked and loaded."""

import json
import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks.load import Load, load
from benchmarks.processes import Failed, Running, free_port, pinned, running

Text = tuple[str, str]
CHECKED = 50
WARM_UP = 300


@dataclass(frozen=True)
class Service:
    """A service by its command line and its shape of questions and answers.

    `expected` holds the right code of each listing of the sample; None: it gives none.
    """

    name: str
    command: Callable[[int], Sequence[str]]
    folder: Path
    path: str
    one: Callable[[Text], object]
    batch_path: str
    batch: Callable[[list[Text]], object]
    codes: Callable[[Any], list[int]]
    expected: list[int] | None
    environ: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Up:
    """A service that answers on a port."""

    def __init__(self, service: Service, processes: Running, port: int) -> None:
        self.service = service
        self.processes = processes
        self._port = port

    def ask(self, path: str, body: object) -> Any:
        """Send one request and return its answer. Raises Failed unless the status is 200."""
        return json.loads(self.asker()(path, body))

    def asker(self) -> Callable[[str, object], bytes]:
        """Return a function that asks over one connection."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Content-Type": "application/json", **self.service.headers}

        def ask(path: str, body: object) -> bytes:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise Failed(f"{self.service.name} answered {answer.status}: {content[:300]!r}")
            return content

        return ask

    def counter(self, name: str) -> float:
        """A figure of /metrics, all its labels together; 0 before it is first counted."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("GET", "/metrics", headers=dict(self.service.headers))
        lines = connection.getresponse().read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if re.match(rf"{name}[ {{]", line))

    def answers(self, text: Text) -> bool:
        """Whether it classifies a listing by now."""
        try:
            self.ask(self.service.path, self.service.one(text))
        except (OSError, HTTPException, Failed):
            return False
        return True

    def check(self, texts: list[Text]) -> None:
        """Compare answers with what is right, one by one and as a batch. Raises Failed."""
        service, ask = self.service, self.asker()
        if service.expected is None:
            return
        single = [json.loads(ask(service.path, service.one(text))) for text in texts[:CHECKED]]
        found = [code for answer in single for code in service.codes(answer)]
        batch = service.codes(json.loads(ask(service.batch_path, service.batch(texts[:CHECKED]))))
        right = service.expected[:CHECKED]
        if found != right or batch != right:
            raise Failed(f"{service.name} does not give the right categories")

    def warm_up(self, texts: list[Text]) -> None:
        """Ask a few hundred times, so that nothing is done for the first time while it counts."""
        ask = self.asker()
        for place in range(WARM_UP):
            ask(self.service.path, self.service.one(texts[place % len(texts)]))

    def load(self, path: str, bodies: Path, *, connections: int, seconds: float) -> Load:
        """Send a file of bodies for some seconds."""
        headers = {"Content-Type": "application/json", **self.service.headers}
        url = f"http://127.0.0.1:{self._port}{path}"
        return load(url, bodies, headers, connections=connections, seconds=seconds)


@contextmanager
def up(service: Service, first: Text, *, pin: bool) -> Generator[tuple[Up, float]]:
    """Start a service; with it come the seconds from its start to its first answer."""
    port = free_port()
    command = [*(pinned(0) if pin else []), *service.command(port)]
    start = time.perf_counter()
    with running(command, folder=service.folder, environ=dict(service.environ)) as processes:
        service_up = Up(service, processes, port)
        processes.wait_until(lambda: service_up.answers(first))
        yield service_up, time.perf_counter() - start
