"""The page of metrics."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from prometheus_client import Counter, Histogram
from sqlalchemy import Engine, insert

from rakuten_mlops.api import metrics
from rakuten_mlops.api.figures import Figures
from rakuten_mlops.api.processes import WorkerProcesses
from rakuten_mlops.api.recorder_figures import RecorderFigures
from rakuten_mlops.database import open_database
from rakuten_mlops.monitoring.drift.report import AccuracyEstimate, DriftReport
from rakuten_mlops.monitoring.drift_reports import DriftReports
from rakuten_mlops.monitoring.recorder_state import RecorderState, write_state
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.tables import jobs, metadata
from reference.tables import table

OURS = "rakuten_"
# As they are written in Prometheus's text format.
ENDINGS = {"counter": "_total", "info": "_info"}
HEAD = """\
# Metrics

`GET /metrics` gives them in Prometheus's text format, to any user. Where several workers share a
port they are added up. `route` is a route's pattern, never a path, so that labels stay few.

```yaml
scrape_configs:
  - job_name: rakuten-mlops
    static_configs: [{targets: ["127.0.0.1:8000"]}]
    basic_auth: {username: prometheus, password_file: prometheus-password}
```

Make that user with `rakuten-mlops users add prometheus --role client`. A counter's name ends in
`_total`; a histogram has `_bucket`, `_sum` and `_count`; an info is 1, and its labels say it. After
*By* stand the labels.

Figures of something that has not happened yet are left out: of drift before the first report, of
the champion before there is one. Those of trainings, the review queue and drift come from the
database, and are missing while it is away. `process_*` are Prometheus's usual ones, of all workers
together. What to alert on, and what to do then, is in [Watch it](../guides/monitoring.md).

"""


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as Prometheus sees it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    said: str


def page() -> str:
    """Every figure of this project, with its kind, labels and meaning."""
    rows = [
        (f"`{each.name}`", each.kind, each.said + _by(each.labels))
        for each in sorted(published(), key=lambda each: each.name)
    ]
    return HEAD + table(("figure", "kind", "meaning"), rows)


def _by(labels: tuple[str, ...]) -> str:
    return f" By {', '.join(f'`{label}`' for label in labels)}." if labels else ""


def published() -> Iterator[Published]:
    """What an API publishes that has served, trained and looked for drift."""
    for counted in vars(metrics).values():
        if isinstance(counted, (Counter, Histogram)):
            for family in counted.collect():
                yield _published(family, counted._labelnames)  # noqa: SLF001 - no public name
    with TemporaryDirectory() as folder:
        for family in _read(Path(folder)):
            if family.name.startswith(OURS):
                yield _published(family, getattr(family, "_labelnames", ()))


def _read(home: Path) -> Iterator[Any]:
    """What is read at the scrape, in a home where everything has happened once."""
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    metadata.create_all(engine)
    _live(engine)
    write_state(home, RecorderState().plus())
    champion = SimpleNamespace(version="1", since=datetime.now(UTC))
    predictor: Any = SimpleNamespace(loaded=champion)
    yield from Figures(engine, ChampionStore(home), predictor).collect()
    yield from RecorderFigures(home).collect()
    yield from WorkerProcesses(home / "workers").collect()
    engine.dispose()


def _live(engine: Engine) -> None:
    now = datetime.now(UTC)
    training = {
        "state": "succeeded",
        "machine": "",
        "trigger": "manual",
        "requested_by": "",
        "parameters": "{}",
        "outcome": '{"result": "promoted"}',
    }
    moments = dict.fromkeys(("created_at", "started_at", "finished_at"), now)
    with engine.begin() as connection:
        connection.execute(insert(jobs).values(**training, **moments))
    DriftReports(engine).add(
        DriftReport(
            at=now,
            version="1",
            state="no drift",
            headline="",
            since=now,
            until=now,
            listings=0,
            repeated=0,
            reference_listings=0,
            reference="",
            false_alarm_rate=0,
            accuracy=AccuracyEstimate(estimate=0, low=0, high=0, confidence=0, reference=0),
        )
    )


def _published(family: Any, labels: tuple[str, ...]) -> Published:
    # An info has its labels in its one sample.
    named = labels or tuple(family.samples[0].labels if family.type == "info" else ())
    name = family.name + ENDINGS.get(family.type, "")
    return Published(name, family.type, named, family.documentation)
