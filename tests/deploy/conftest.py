"""The shipped configuration in the real programs of Debian, over a real API."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import insert

from evaluation.prometheus import PASSWORD, USER, Prometheus, answers, free_ports, until, watching
from evaluation.scraping import furnish, serving
from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.database import open_database
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.tables import jobs

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"


def program(name: str) -> str:
    """Where a program of Debian's prometheus or prometheus-alertmanager is."""
    found = shutil.which(name)
    if found is None and "CI" in os.environ:
        pytest.fail(f"{name} is not installed, and CI must try it")
    if found is None:
        pytest.skip(f"{name} is not installed: the monitoring was not tried")
    return found


class Watched:
    """An API with two workers, and the Prometheus and Alertmanager that watch it."""

    def __init__(self, folder: Path, port: int, prometheus: Prometheus, alertmanager: str) -> None:
        self.home = folder / "home"
        self.port = port
        self.prometheus = prometheus
        self._alertmanager = alertmanager

    def predict(self) -> None:
        """Send listings of all sorts, one by one and together."""
        listings = [{"designation": f"Lot de {n} livres et piscines"} for n in range(20)]
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            auth=httpx2.BasicAuth(USER, PASSWORD),
            trust_env=False,
        ) as api:
            for listing in listings:
                api.post("/predict", json=listing).raise_for_status()
            api.post("/predict_batch", json={"items": listings}).raise_for_status()
            api.get("/nowhere")

    def alerts(self) -> set[str]:
        """What Alertmanager holds for firing."""
        found = httpx2.get(f"{self._alertmanager}/api/v2/alerts", trust_env=False)
        return {each["labels"]["alertname"] for each in found.json()}


@pytest.fixture(scope="package")
def watched(tmp_path_factory, candidate) -> Iterator[Watched]:
    """Everything that runs, with an API that has answered and trainings that have ended.

    The API is started and ended by the test that needs it down.
    """
    programs = [program(name) for name in ("prometheus", "prometheus-alertmanager")]
    folder = tmp_path_factory.mktemp("watched")
    (folder / "home").mkdir()
    names = {category.prdtypecode: category.name_fr for category in RAKUTEN}
    furnish(folder / "home", compile_pipeline(candidate.pipeline, names))
    _write_trainings(folder / "home")
    port, alertmanager_port = free_ports(2)
    alertmanager = f"http://127.0.0.1:{alertmanager_port}"
    with (
        _alerting(programs[1], folder, alertmanager),
        watching(folder, api_port=port, alertmanager_port=alertmanager_port) as prometheus,
    ):
        until(lambda: answers(f"{alertmanager}/-/ready"), "Alertmanager is ready")
        yield Watched(folder, port, prometheus, alertmanager)


@pytest.fixture
def api(watched):
    """The API of the watched home, as long as a test lasts."""
    with serving(watched.home, port=watched.port):
        yield


def _alerting(executable: str, folder: Path, url: str) -> subprocess.Popen[bytes]:
    return _Ended(
        [
            executable,
            f"--config.file={MONITORING / 'alertmanager' / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address={url.removeprefix('http://')}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class _Ended(subprocess.Popen[bytes]):
    """A process that is ended, not waited for, when its context is left."""

    def __exit__(self, *_: object) -> None:
        self.terminate()
        self.wait()


def _write_trainings(home: Path) -> None:
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    ended = datetime.now(UTC) - timedelta(hours=1)
    with engine.begin() as connection:
        for state, outcome in (("succeeded", '{"result": "promoted"}'), ("failed", None)):
            connection.execute(
                insert(jobs).values(
                    state=state,
                    machine="here",
                    trigger="schedule",
                    requested_by="scheduler",
                    parameters="{}",
                    created_at=ended,
                    started_at=ended,
                    finished_at=ended + timedelta(seconds=40),
                    progress=1.0,
                    outcome=outcome,
                )
            )
    engine.dispose()
