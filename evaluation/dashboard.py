"""Is the dashboard quick with much behind it, and does the API answer as fast while it is open?

    python -m evaluation.dashboard

A whole system (`rakuten-mlops up`) gets its synthetic catalogue, a model, and a log of predictions.
Debian's Chromium opens each page by its link, several times, until its script has ended. Then a
client asks for one prediction after another, in turns: with a page open that looks at the API by
itself, and with none. The API keeps to one core, the browser, the dashboard and the client share
the others.
"""

import base64
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx2
import numpy as np
import psutil
import typer
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.progress import track
from rich.table import Table

from evaluation.prometheus import free_ports, until
from rakuten_mlops.catalog.synthetic import arrivals
from rakuten_mlops.settings import Settings

PAGES = (
    *("Presentation", "Predict", "Review", "Catalogue", "Training", "Models", "Monitoring"),
    "Overview",
)
# It asks the API by itself, every few seconds.
OPEN = "Overview"
BATCH = 1_000
MOST_SECONDS = 2.0
# With a page open, the middle answer may take so many times as long: what one core's noise hides.
MOST_SLOWER = 1.1
START_SECONDS = 600.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

console = Console()


@contextmanager
def running(settings: Settings, mlflow_port: int) -> Generator[None]:
    """Run a whole system; its API keeps to the first core, all else to the others."""
    settings.home.mkdir(parents=True, exist_ok=True)
    output = settings.home / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "rakuten_mlops", "up", "--mlflow-port", str(mlflow_port)],
            env=os.environ | settings.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until(
            lambda: "Ctrl-C ends everything" in output.read_text() or process.poll() is not None,
            "the first model",
            patience=START_SECONDS,
        )
        if process.poll() is not None:
            raise typer.BadParameter(f"the system did not start:\n{output.read_text()}")
        first, *others = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, others or [first])
        for each in psutil.Process(process.pid).children(recursive=True):
            command = each.cmdline()
            for thread in each.threads():
                os.sched_setaffinity(
                    thread.id, [first] if "serve" in command else others or [first]
                )
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def fill_log(api: httpx2.Client, predictions: int) -> None:
    """Have so many listings predicted, and wait until all of them are in the log."""
    for batch in track(range(predictions // BATCH), "predicting", console=console, transient=True):
        items = [
            {"designation": each.listing.designation, "description": each.listing.description}
            for each in arrivals(BATCH, seed=batch, batch=0, drift=False)
        ]
        api.post("/predict_batch", json={"items": items}).raise_for_status()
    until(
        lambda: (
            api.get("/predictions/summary").json()["total"]["predictions"]
            >= predictions // BATCH * BATCH
        ),
        "the log of what was predicted",
        patience=START_SECONDS,
    )


def log_in(page: Page, settings: Settings, password: str) -> None:
    """Open the dashboard and log in."""
    page.goto(f"http://127.0.0.1:{settings.dashboard_port}")
    page.get_by_label("User").fill("admin")
    page.get_by_label("Password").first.fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name=OPEN, exact=True).wait_for()


def opening(page: Page, name: str) -> float:
    """Open a page by its link; return the seconds until it is there and its script has ended."""
    start = time.perf_counter()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    return time.perf_counter() - start


def latencies(settings: Settings, password: str, requests: int) -> np.ndarray:
    """Milliseconds of answers to `/predict`, one after the other on one connection, (requests,)."""
    token = base64.b64encode(f"admin:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    bodies = [
        json.dumps({"designation": each.listing.designation}).encode()
        for each in arrivals(500, seed=1, batch=0, drift=False)
    ]
    connection = http.client.HTTPConnection("127.0.0.1", settings.port)
    found = np.empty(requests)
    for place in range(requests):
        start = time.perf_counter()
        connection.request("POST", "/predict", bodies[place % len(bodies)], headers)
        answer = connection.getresponse()
        answer.read()
        found[place] = 1_000 * (time.perf_counter() - start)
        if answer.status != 200:
            raise typer.BadParameter(f"/predict answered {answer.status}")
    connection.close()
    return found


def main(
    listings: Annotated[int, typer.Option(help="Synthetic listings of the catalogue.")] = 84_916,
    predictions: Annotated[int, typer.Option(help="Logged predictions.")] = 100_000,
    turns: Annotated[int, typer.Option(min=1, help="How often everything is measured.")] = 5,
    requests: Annotated[int, typer.Option(min=100, help="Predictions of a turn.")] = 4_000,
) -> None:
    """Print how long pages take to open, and predictions beside an open page and without one."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise typer.BadParameter("no Chromium is installed; on Debian: apt-get install chromium")
    mlflow_port, port, dashboard_port = free_ports(3)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            home=Path(folder) / "home",
            port=port,
            dashboard_port=dashboard_port,
            mlflow_url=f"http://127.0.0.1:{mlflow_port}",
            schedule="0 0 29 2 *",
            demo_listings=listings,
        )
        with running(settings, mlflow_port), sync_playwright() as playwright:
            password = (settings.home / "admin-password").read_text().strip()
            auth = httpx2.BasicAuth("admin", password)
            with httpx2.Client(
                base_url=settings.api, auth=auth, timeout=120, trust_env=False
            ) as api:
                fill_log(api, predictions)
            browser = playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)
            page = browser.new_page(viewport={"width": 1400, "height": 1000}, locale="en-GB")
            log_in(page, settings, password)
            pages: dict[str, list[float]] = {name: [] for name in PAGES}
            answers: dict[str, list[np.ndarray]] = {"no page open": [], f"{OPEN} open": []}
            latencies(settings, password, requests)
            for turn in range(turns):
                for name in PAGES:
                    pages[name].append(opening(page, name))
                # Whoever comes first finds the machine as the other does in the next turn.
                for state in list(answers)[:: 1 if turn % 2 else -1]:
                    if state == "no page open":
                        page.goto("about:blank")
                    elif page.url == "about:blank":
                        log_in(page, settings, password)
                    answers[state].append(latencies(settings, password, requests))
                if page.url == "about:blank":
                    log_in(page, settings, password)
            browser.close()
    failures = [*_show_pages(pages), *_show_answers(answers)]
    for failure in failures:
        console.print(f"FAILED: {failure}", style="red")
    if failures:
        raise typer.Exit(1)


def _show_pages(pages: dict[str, list[float]]) -> list[str]:
    table = Table("page", "opens in, s", "slowest, s")
    for name, seconds in pages.items():
        table.add_row(name, f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}")
    console.print(table)
    return [
        f"{name} takes more than {MOST_SECONDS:.0f} s"
        for name, seconds in pages.items()
        if statistics.median(seconds) > MOST_SECONDS
    ]


def _show_answers(answers: dict[str, list[np.ndarray]]) -> list[str]:
    table = Table("POST /predict", "p50, ms", "p99, ms")
    middles = {}
    for state, turns in answers.items():
        p50, p99 = (statistics.median(np.quantile(turn, q) for turn in turns) for q in (0.5, 0.99))
        middles[state] = p50
        table.add_row(state, f"{p50:.3f}", f"{p99:.3f}")
    console.print(table)
    closed, opened = middles.values()
    ratio = opened / closed
    console.print(f"The middle answer takes {ratio:.2f} times as long while a page is open.")
    return [f"answers take {ratio:.2f} times as long"] if ratio > MOST_SLOWER else []


if __name__ == "__main__":
    sys.exit(typer.run(main))
