"""The state of each stage of the system in two words and a line. Pure: answers in, stages out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from rakuten_mlops.client.answers import CatalogSummary, Job, Readiness, VersionList
from rakuten_mlops.dashboard.language import NOTHING, Language

State = Literal["good", "busy", "idle", "bad"]
UNFINISHED = ("queued", "running")


@dataclass(frozen=True)
class Stage:
    """A stage, the page that it opens, its state in two words, and a line about it."""

    name: str
    page: str
    headline: str
    note: str
    state: State = "good"


@dataclass(frozen=True)
class Found:
    """What the API said of each part; None where that part is away."""

    ready: Readiness
    catalog: CatalogSummary | None
    jobs: Sequence[Job] | None
    versions: VersionList | None


def stages(found: Found, words: Language, now: datetime) -> list[Stage]:
    """The six stages in the order in which data flows."""
    return [
        _data(found.catalog, words),
        _training(found.jobs, words, now),
        _versioning(found.versions, words),
        _deployment(found.ready, words, now),
        _monitoring(found.ready, words),
        _stage("presentation", "presentation", "here", words),
    ]


def body(stage: Stage) -> str:
    """What a stage's card says below its name, as HTML."""
    return (
        f'<div class="stage"><div class="headline">{escape(stage.headline)}</div>'
        f'<div class="note">{escape(stage.note)}</div></div>'
    )


def _stage(
    name: str, page: str, says: str, words: Language, colour: State = "good", **values: str
) -> Stage:
    key = f"flow.{name}.{says}"
    headline, note = words.say(key, **values), words.say(f"{key}_note", **values)
    return Stage(name, page, headline, note, colour)


def _data(catalog: CatalogSummary | None, words: Language) -> Stage:
    if catalog is None:
        return _stage("data", "catalogue", "away", words, "bad")
    if not catalog["listings"]:
        return _stage("data", "catalogue", "empty", words, "idle")
    return _stage(
        "data",
        "catalogue",
        "held",
        words,
        listings=words.count("listing", catalog["listings"]),
        revision=str(catalog["revision"]),
        holdout=words.number(catalog["holdout"]),
    )


def _training(jobs: Sequence[Job] | None, words: Language, now: datetime) -> Stage:
    if jobs is None:
        return _stage("training", "training", "away", words, "bad")
    if not jobs:
        return _stage("training", "training", "empty", words, "idle")
    job = jobs[0]
    values = {
        "job": str(job["id"]),
        "by": job["requested_by"],
        "ago": words.ago(job["created_at"], now),
        "done": words.share(job["progress"], 0),
    }
    if job["state"] in UNFINISHED:
        return _stage("training", "training", "running", words, "busy", **values)
    outcome = job["outcome"]
    if job["state"] != "succeeded" or outcome is None:
        values["state"] = words.name("state", job["state"])
        return _stage("training", "training", "failed", words, "bad", **values)
    values["result"] = words.name("result", outcome["result"])
    return _stage("training", "training", "ended", words, "good", **values)


def _versioning(versions: VersionList | None, words: Language) -> Stage:
    if versions is None:
        return _stage("versioning", "models", "away", words, "bad")
    if not versions["versions"]:
        return _stage("versioning", "models", "empty", words, "idle")
    return _stage(
        "versioning",
        "models",
        "held",
        words,
        versions=words.count("version", len(versions["versions"])),
        production=versions["production"] or NOTHING,
        staging=versions["staging"] or NOTHING,
    )


def _deployment(ready: Readiness, words: Language, now: datetime) -> Stage:
    if not ready["ready"]:
        return _stage("deployment", "predict", "empty", words, "bad")
    ago = words.ago(ready["serving_since"], now)
    version = ready["model_version"] or NOTHING
    return _stage("deployment", "predict", "serves", words, version=version, ago=ago)


def _monitoring(ready: Readiness, words: Language) -> Stage:
    away = [part for part in ("registry", "database") if ready[part] != "ok"]
    if away:
        parts = ", ".join(words.say(f"part.{part}") for part in away)
        return _stage("monitoring", "monitoring", "degraded", words, "bad", parts=parts)
    return _stage("monitoring", "monitoring", "fine", words)
