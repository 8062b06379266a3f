"""A real Prometheus over two API workers under load: do its counters add up to what was sent?

    python -m evaluation.scraping --minutes 5
    python -m evaluation.scraping --minutes 5 --home var

Debian's Prometheus (`apt-get install prometheus`) scrapes by the configuration that is shipped,
every 5 seconds. Callers send single listings, batches, requests that are refused, and some without
credentials, and note every answer. Whatever worker a scrape reaches, it must tell of all of them.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from evaluation.catalogue import listings_of
from evaluation.prometheus import (
    PASSWORD,
    PROGRAM,
    USER,
    Prometheus,
    answers,
    free_ports,
    until,
    watching,
)
from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import Scorer, compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.pipeline import Parameters, build_pipeline, model_input
from rakuten_mlops.users import Users

CALLERS = 3
PAUSE_SECONDS = 0.02
SCRAPE = "5s"
# A scrape may come just before the last answer: two more see it.
LAST_SCRAPES_SECONDS = 20.0

console = Console()

Listing = dict[str, str]


@dataclass
class Sent:
    """What was answered, as the API should count it: by method, route and status; and listings."""

    requests: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    listings: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(self.requests + other.requests, self.listings + other.listings)


class Caller:
    """Somebody who sends one request after another, drawn at random."""

    def __init__(self, url: str, listings: Sequence[Listing], seed: int) -> None:
        self.sent = Sent()
        self._listings = listings
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._http = httpx2.Client(
            base_url=url, auth=httpx2.BasicAuth(USER, PASSWORD), timeout=60, trust_env=False
        )

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self) -> None:
        """Send one request and note its answer."""
        kinds = (self._one, self._many, self._refused, self._stranger, self._look)
        self._chance.choices(kinds, weights=(70, 15, 5, 5, 5))[0]()

    def _one(self) -> None:
        answer = self._http.post("/predict", json=self._chance.choice(self._listings))
        self._note("POST", "/predict", answer, [answer.json()])

    def _many(self) -> None:
        items = self._chance.choices(self._listings, k=self._chance.randint(1, 50))
        answer = self._http.post("/predict_batch", json={"items": items})
        self._note("POST", "/predict_batch", answer, answer.json()["predictions"])

    def _refused(self) -> None:
        self._note("POST", "/predict", self._http.post("/predict", json={"designation": " "}), [])

    def _stranger(self) -> None:
        # Turned away at the door, which knows no routes.
        self._note("GET", "none", self._http.get("/me", auth=None), [])

    def _look(self) -> None:
        self._note("GET", "/me", self._http.get("/me"), [])

    def _note(
        self, method: str, route: str, answer: httpx2.Response, predictions: list[Listing]
    ) -> None:
        self.sent.requests[method, route, str(answer.status_code)] += 1
        for each in predictions:
            self.sent.listings[str(each["prdtypecode"]), each["decision"]] += 1


def furnish(home: Path, scorer: Scorer) -> None:
    """Make a home with a champion, and the user by whose name Prometheus asks."""
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    migrate(engine)
    Users(engine, home).add(USER, "client", PASSWORD)
    engine.dispose()
    champions = ChampionStore(home)
    champions.folder.mkdir()
    champions.adopt(save(scorer, home / "scorer"), Current("1", datetime.now(UTC)))


@contextmanager
def serving(home: Path, *, port: int, workers: int = 2) -> Generator[subprocess.Popen[bytes]]:
    """Run the API of a home; its registry is away, its champion is here."""
    settings = Settings(
        home=home, port=port, workers=workers, schedule="off", mlflow_url="http://127.0.0.1:9"
    )
    with (home / "api.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rakuten_mlops", "serve"],
            env=os.environ | settings.environment(),
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: answers(f"{settings.api}/healthz"), "the API answers")
        yield process
    finally:
        process.terminate()
        process.wait()


def load(url: str, listings: Sequence[Listing], *, seconds: float, seed: int) -> Sent:
    """Send requests for so long, several at once; what was answered."""
    callers = [Caller(url, listings, seed + n) for n in range(CALLERS)]
    deadline = time.monotonic() + seconds

    def call(caller: Caller) -> None:
        with caller:
            while time.monotonic() < deadline:
                caller.send()
                time.sleep(PAUSE_SECONDS)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum((caller.sent for caller in callers), Sent())


def counted(prometheus: Prometheus) -> Sent:
    """What Prometheus says was answered, without its own scrapes and the wait for the start."""
    found = Sent()
    apart = 'route!~"/metrics|/healthz"'
    for labels, value in prometheus.query(f"http_requests_total{{{apart}}}"):
        found.requests[labels["method"], labels["route"], labels["status"]] += int(value)
    for labels, value in prometheus.query("rakuten_predictions_total"):
        found.listings[labels["prdtypecode"], labels["decision"]] += int(value)
    return found


def catch_up(prometheus: Prometheus, sent: Sent) -> Sent:
    """What Prometheus says once it has seen the last answers, or has had the time to."""
    deadline = time.monotonic() + LAST_SCRAPES_SECONDS
    while (found := counted(prometheus)) != sent and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def compare(prometheus: Prometheus, sent: Sent, found: Sent) -> dict[str, tuple[float, float]]:
    """Pairs of what must be equal: what was done, and what Prometheus says."""
    pairs: dict[str, tuple[float, float]] = {
        f"{method} {route} {status}": (count, found.requests[method, route, status])
        for (method, route, status), count in sorted(sent.requests.items())
    }
    listings = sent.listings.total()
    confidence = prometheus.value("sum(rakuten_prediction_confidence_count)")
    timed = prometheus.value('sum(http_request_duration_seconds_count{route!~"/metrics|/healthz"})')
    up = 'up{job="rakuten-api"}[1h]'
    failed = f"count_over_time({up}) - sum_over_time({up})"
    return pairs | {
        "all requests": (sent.requests.total(), found.requests.total()),
        "all requests, in the latency histogram": (sent.requests.total(), timed),
        "all listings": (listings, found.listings.total()),
        "all listings, in the confidence histogram": (listings, confidence),
        "categories and decisions that differ": (0, len(_differing(sent, found))),
        "scrapes that failed": (0, prometheus.value(failed)),
        "counters that went back": (0, prometheus.value("sum(resets(http_requests_total[1h]))")),
        "workers": (2, prometheus.value("rakuten_workers")),
    }


def _differing(sent: Sent, found: Sent) -> set[tuple[str, str]]:
    keys = sent.listings.keys() | found.listings.keys()
    return {key for key in keys if sent.listings[key] != found.listings[key]}


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long the load lasts.")] = 5.0,
    home: Annotated[
        str | None, typer.Option(help="A home folder's catalogue; default: synthetic listings.")
    ] = None,
    rows: Annotated[int, typer.Option(min=500, help="Synthetic listings.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Of the listings and the requests.")] = 20,
) -> None:
    """Print what was sent beside what Prometheus counted; fail where they differ."""
    if shutil.which(PROGRAM) is None:
        raise typer.BadParameter("Prometheus is not installed; apt-get install prometheus")
    known = listings_of(home, rows, seed)
    texts = known.rows.head(rows).select("designation", "description")
    pipeline = build_pipeline(Parameters())
    pipeline.fit(model_input(known.rows), known.rows["prdtypecode"].to_numpy())
    names = {category.prdtypecode: category.name_fr for category in RAKUTEN}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        furnish(folder / "home", compile_pipeline(pipeline, names))
        (port,) = free_ports(1)
        with (
            serving(folder / "home", port=port),
            watching(folder, api_port=port, every=SCRAPE) as prometheus,
        ):
            url, seconds = f"http://127.0.0.1:{port}", 60 * minutes
            sent = load(url, texts.to_dicts(), seconds=seconds, seed=seed)
            found = catch_up(prometheus, sent)
            pairs = compare(prometheus, sent, found)
            scrapes = prometheus.value('count_over_time(up{job="rakuten-api"}[1h])')
    table = Table(f"{known.name}, {minutes:g} minutes", "sent", "Prometheus")
    for what, (done, said) in pairs.items():
        table.add_row(what, f"{done:,.0f}", f"{said:,.0f}")
    table.add_row("scrapes", "", f"{scrapes:,.0f}")
    console.print(table)
    sys.exit(any(done != said for done, said in pairs.values()))


if __name__ == "__main__":
    typer.run(main)
