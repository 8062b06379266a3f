"""What somebody should know now, weightiest first. Pure: answers in, alerts out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rakuten_mlops.client.answers import Job, Readiness
from rakuten_mlops.dashboard import drift_findings
from rakuten_mlops.dashboard.language import Language

Level = Literal["error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Alert:
    """Something to know; `alert.<key>` is its text, which also says what to do."""

    level: Level
    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def alerts(
    ready: Readiness,
    jobs: Sequence[Job],
    drift: Mapping[str, Any] | None,
    traffic: Mapping[str, Any] | None,
    words: Language,
) -> list[Alert]:
    """All of them; none is good news."""
    found = [*_parts(ready), *_training(jobs), *_drift(drift, words), *_traffic(traffic)]
    return sorted(found, key=lambda alert: LEVELS.index(alert.level))


def _parts(ready: Readiness) -> Iterator[Alert]:
    if not ready["ready"]:
        yield Alert("error", "nothing_served")
    for part in ("registry", "database"):
        if ready[part] != "ok":
            yield Alert("warning", f"{part}_away", {"state": ready[part]})


def _training(jobs: Sequence[Job]) -> Iterator[Alert]:
    ended = (job for job in jobs if job["finished_at"])
    last = next(ended, None)
    if last is not None and last["state"] in ("failed", "orphaned"):
        yield Alert("warning", "training_failed", {"job": str(last["id"])})


def _drift(report: Mapping[str, Any] | None, words: Language) -> Iterator[Alert]:
    if report is None:
        return
    if report["state"] == "drift":
        yield Alert("warning", "drift", {"headline": drift_findings.headline(report, words)})
    elif report["state"] == "watch":
        yield Alert("info", "watch", {"headline": drift_findings.headline(report, words)})
    accuracy = report.get("accuracy")
    if accuracy and accuracy["high"] < accuracy["reference"]:
        values = {name: words.share(accuracy[name]) for name in ("estimate", "reference")}
        yield Alert("warning", "accuracy", values)


def _traffic(summary: Mapping[str, Any] | None) -> Iterator[Alert]:
    if summary is not None and not summary["logging"]:
        yield Alert("info", "no_log")
