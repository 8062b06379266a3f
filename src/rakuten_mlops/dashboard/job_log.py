"""A training job as its steps, and as a log that can be read and copied. Pure."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from html import escape
from typing import Any

from rakuten_mlops.client.answers import Job
from rakuten_mlops.dashboard.language import Language, lasted

STEPS = ("read", "vectorise", "fit", "calibrate", "score", "register", "judge")


def steps(job: Job, words: Language) -> str:
    """The steps of a training as HTML: done, at work, to come."""
    step = job["step"]
    at = STEPS.index(step) if step in STEPS else -1
    items = "".join(
        f'<li class="{_state(place, at)}">{escape(words.say(f"step.{name}"))}</li>'
        for place, name in enumerate(STEPS)
    )
    return f'<ul class="steps">{items}</ul>'


def _state(place: int, at: int) -> str:
    return "done" if place < at else "now" if place == at else "open"


def lines(
    job: Job, lineage: Mapping[str, Any] | None, words: Language, where: tzinfo
) -> Iterator[str]:
    """What happened to a job, in order; how long steps took, where its version says so."""
    by = job["requested_by"]
    trigger = words.name("trigger", job["trigger"])
    asked = words.say("log.asked", by=by, trigger=trigger)
    yield f"{words.moment(job['created_at'], where)}  {asked}"
    if job["started_at"]:
        yield f"{words.moment(job['started_at'], where)}  {words.say('log.started')}"
    for name, seconds in ((lineage or {}).get("seconds") or {}).items():
        yield f"    {words.name('step', name)}: {words.number(seconds, 1)} s"
    if job["step"] and not job["finished_at"]:
        done = words.share(job["progress"], 0)
        yield words.say("log.now", step=words.name("step", job["step"]), done=done)
    if job["finished_at"]:
        ended = words.say(
            "log.ended",
            state=words.name("state", job["state"]),
            took=lasted(job["started_at"], job["finished_at"]),
        )
        yield f"{words.moment(job['finished_at'], where)}  {ended}"
    if job["message"]:
        yield f"    {job['message']}"
