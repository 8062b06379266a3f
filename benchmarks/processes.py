"""Start programs and services, wait for them, and see how much memory they take."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import ROOT
from rakuten_mlops.memory import POLARS_GIVES_BACK

PATIENCE = 180.0
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "DO_NOT_TRACK": "true",
    "BENTOML_DO_NOT_TRACK": "true",
}


# What a training job is started with.
AS_A_JOB = QUIET | POLARS_GIVES_BACK


class Failed(Exception):
    """A program or service of the benchmark did not do its part; the end of its output says why."""


def environment(**more: str) -> dict[str, str]:
    """This process's environment for another: no settings of ours, compiled modules are kept."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RAKUTEN_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | QUIET | {"PATH": path, "PYTHONPATH": str(ROOT)} | more


@dataclass
class Usage:
    """What a process took: wall seconds from its start to its end, and its peak memory.

    Memory is of the whole process tree, and a page that several share counts once: `peak_mib`
    without pages of files, which can be dropped at any time, `held_mib` with those of the process
    that holds most of them.
    """

    seconds: float = 0.0
    peak_mib: float = 0.0
    held_mib: float = 0.0


def run_program(
    name: str,
    *arguments: str,
    folder: Path,
    environ: dict[str, str] = QUIET,
    watch: bool = True,
) -> dict[str, Any]:
    """Run `benchmarks.programs.<name>` in a fresh process and return what it found.

    `process_seconds` is added, the wall time of the whole process. With `watch`, `peak_mib` is also
    that of what it starts; looking takes time of a core, so what is timed is not watched.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        out = Path(place) / "out.json"
        command = [sys.executable, "-m", f"benchmarks.programs.{name}", *arguments, str(out)]
        usage = run(command, folder=folder, watch=watch, environ=environ)
        found = json.loads(out.read_text())
        peak = max(found["peak_mib"], usage.held_mib)
        return found | {"process_seconds": usage.seconds, "peak_mib": peak}


def run(
    command: Sequence[str], *, folder: Path, watch: bool = False, environ: dict[str, str] = QUIET
) -> Usage:
    """Run a command to its end, with `watch` looking at its memory. Raises Failed."""
    usage = Usage()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**environ), stdout=output, stderr=output
        )
        if watch:
            threading.Thread(target=_watch, args=(process.pid, usage), daemon=True).start()
        status = process.wait()
        usage.seconds = time.perf_counter() - start
        if status:
            raise Failed(f"{' '.join(command[1:4])} ended with {status}: {_tail(output)}")
    return usage


def _watch(pid: int, usage: Usage) -> None:
    while psutil.pid_exists(pid):
        pids = tree(pid)
        own = sum(map(_anonymous_mib, pids))
        files = max((_kib(each, "status", "RssFile") / 2**10 for each in pids), default=0)
        usage.peak_mib = max(usage.peak_mib, own)
        usage.held_mib = max(usage.held_mib, own + files)
        time.sleep(0.05)


def _anonymous_mib(pid: int) -> float:
    fields = ("Pss_Anon", "Pss_Shmem")
    return sum(_kib(pid, "smaps_rollup", field) for field in fields) / 2**10


def proportional_mib(pids: Sequence[int]) -> float:
    """Memory of processes; a page that several share counts for each by its part (PSS)."""
    return sum(_kib(pid, "smaps_rollup", "Pss") for pid in pids) / 2**10


def processor_seconds(name: str, pids: Sequence[int]) -> float:
    """What the processes of that name have taken of the processor."""
    times = [psutil.Process(pid).cpu_times() for pid in pids if _is_named(pid, name)]
    return sum(each.user + each.system for each in times)


def _is_named(pid: int, name: str) -> bool:
    return psutil.Process(pid).name() == name


def _kib(pid: int, file: str, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def tree(pid: int) -> list[int]:
    """A process and all that it started, and that they did."""
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [pid, *(each.pid for each in found)]


class Running:
    """A service's processes."""

    def __init__(self, process: subprocess.Popen[bytes], output: Any) -> None:
        self._process = process
        self._output = output

    @property
    def pids(self) -> list[int]:
        return tree(self._process.pid)

    def wait_until(self, ready: Callable[[], bool], *, every: float = 0.01) -> None:
        """Ask until it is so. Raises Failed when the service ends, or after some minutes."""
        end = time.monotonic() + PATIENCE
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise Failed(f"the service did not come up: {_tail(self._output)}")
            time.sleep(every)

    def freeze(self) -> None:
        """Stop all its processes where they are: it takes no part of the processor then."""
        for process in self._all():
            process.suspend()

    def thaw(self) -> None:
        """Let them go on."""
        for process in self._all():
            process.resume()

    def stop(self) -> None:
        """End the service, all its processes with it."""
        self.thaw()
        found = self._all()
        self._process.terminate()
        _, alive = psutil.wait_procs(found, timeout=10)
        for process in alive:
            process.kill()
        self._process.wait()

    def _all(self) -> list[psutil.Process]:
        try:
            head = psutil.Process(self._process.pid)
            return [head, *head.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


@contextmanager
def running(command: Sequence[str], *, folder: Path, environ: dict[str, str]) -> Generator[Running]:
    """Start a service, and end it when the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**environ), stdout=output, stderr=output
        )
        service = Running(process, output)
        try:
            yield service
        finally:
            service.stop()


def pinned(core: int) -> list[str]:
    """What to write before a command so that it keeps to one of our cores, if there are two."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core])] if len(cores) > 1 else []


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _tail(output: Any) -> str:
    output.seek(0)
    return output.read().decode(errors="replace").strip()[-800:]
