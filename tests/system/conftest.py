"""The real thing: `rakuten-mlops up` in a home and on ports of its own."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, sync_playwright

from evaluation.prometheus import free_ports
from rakuten_mlops.settings import Settings

PATIENCE = 240.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What a shell runs in its background it starts with Ctrl-C ignored, and so would be all of this.
signal.signal(signal.SIGINT, signal.default_int_handler)


def until(found, what: str, *, patience: float = PATIENCE, pause: float = 0.2):
    """Wait until a call gives something true, and return that."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {patience:.0f} s")


class Stack:
    """One `up`, and how to talk to it."""

    def __init__(self, home: Path, *, schedule: str, drift_retrains: bool = False) -> None:
        self.mlflow_port, port, dashboard_port = free_ports(3)
        self.settings = Settings(
            home=home,
            port=port,
            dashboard_port=dashboard_port,
            mlflow_url=f"http://127.0.0.1:{self.mlflow_port}",
            schedule=schedule,
            drift_retrains=drift_retrains,
            demo_listings=5_000,
            demo_arrivals=4_000,
            workers=2,
        )
        self.output = ""
        self.process: subprocess.Popen[str] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "rakuten_mlops", *arguments]

    def start(self, *arguments: str) -> None:
        """Start a long-running command and collect what it prints."""
        self.output = ""
        self.process = subprocess.Popen(
            self.command(*arguments),
            env=os.environ | self.settings.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._collect, args=(self.process,), daemon=True).start()

    def _collect(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.output += line

    def up(self) -> None:
        """Start everything and wait until it says that it serves."""
        self.start("up", "--mlflow-port", str(self.mlflow_port))

        def started():
            assert self.process is not None
            assert self.process.poll() is None, f"{self.output}\n{self.logs()}"
            return "Ctrl-C ends everything" in self.output

        until(started, "up")

    def stop(self) -> int:
        """Press Ctrl-C, and wait."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=os.environ | self.settings.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def client(self) -> httpx2.Client:
        """A connection as the administrator whose password the first start made."""
        password = (self.settings.home / "admin-password").read_text().strip()
        return httpx2.Client(
            base_url=self.settings.api,
            auth=("admin", password),
            timeout=60,
            trust_env=False,
        )

    def processes(self) -> dict[int, str]:
        """Every live process that was started with this home, by number."""
        marker = f"RAKUTEN_HOME={self.settings.home}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if marker in (folder / "environ").read_bytes().split(b"\0"):
                    arguments = (folder / "cmdline").read_bytes().split(b"\0")
                    found[int(folder.name)] = b" ".join(arguments).decode()
            except OSError:
                continue
        return {pid: arguments for pid, arguments in found.items() if arguments.strip()}

    @contextmanager
    def scheduler(self, **schedules: str) -> Iterator[Path]:
        """A second scheduler, as `up` runs one, with schedules of its own; gives its log."""
        log = self.settings.home / "logs" / "second-scheduler.log"
        settings = self.settings.model_copy(update=schedules)
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command("scheduler"),
                env=os.environ | settings.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        yield log
        process.terminate()
        process.wait(10)

    def logs(self) -> str:
        """The end of each service's log."""
        files = sorted((self.settings.home / "logs").glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text()[-3000:]}" for file in files)


@pytest.fixture(scope="package")
def stack(tmp_path_factory):
    """A running system whose own schedule does not fire while the tests run."""
    made = Stack(tmp_path_factory.mktemp("home"), schedule="0 0 29 2 *", drift_retrains=True)
    made.up()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium; the test is skipped where there is none, but not in CI."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None and "CI" in os.environ:
        pytest.fail("no browser is installed, and CI must open the dashboard")
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed: the dashboard was not opened")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page():
    """A page of headless Chromium; its `errors` are what scripts threw."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        yield page
