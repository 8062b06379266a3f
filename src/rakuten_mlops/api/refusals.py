"""How the API refuses: which statuses a route has, when, and what the answer looks like."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from rakuten_mlops.api.examples import RUNNING
from rakuten_mlops.api.schemas import Job


class Detail(BaseModel):
    """Why the API refuses, in a sentence for people."""

    detail: str


class Fault(BaseModel):
    """What is wrong with a field; `loc` leads there from `body`, `query` or `path`."""

    type: str
    loc: list[str | int]
    msg: str


class Unreadable(BaseModel):
    """What is wrong with a request: field by field, or in one sentence."""

    detail: list[Fault] | str


class TrainingRuns(Detail):
    """A training runs already: `job`, which is null if it starts at this moment."""

    job: Job | None


SCHEMAS = (Detail, Fault, Unreadable, TrainingRuns)


@dataclass(frozen=True)
class Refusal:
    """An answer that is none: its status, when it comes, and what it holds."""

    status: int
    when: str
    examples: tuple[dict[str, Any], ...]
    schema: type[BaseModel] = Detail
    headers: dict[str, str] = field(default_factory=dict)


def _says(status: int, when: str, *details: str, **more: Any) -> Refusal:
    return Refusal(status, when, tuple({"detail": detail} for detail in details), **more)


UNKNOWN_USER = _says(
    401,
    "The credentials are missing or wrong.",
    "Unknown user or wrong password",
    "Log in with a user and a password (HTTP Basic)",
    headers={"WWW-Authenticate": "How to log in: HTTP Basic."},
)
TOO_LARGE = _says(
    413,
    "The body is larger than `RAKUTEN_MAX_BODY`.",
    "The body is larger than 16777216 bytes; send fewer listings at a time",
)
UNREADABLE = Refusal(
    422,
    "The request is not what this route takes.",
    (
        {
            "detail": [
                {
                    "type": "string_too_short",
                    "loc": ["body", "designation"],
                    "msg": "String should have at least 1 character",
                }
            ]
        },
        {"detail": "designation has 1204 characters; the limit is 1000"},
    ),
    Unreadable,
)
TOO_OFTEN = _says(
    429,
    "Too many log-ins from this address failed: 20 within a minute.",
    "Too many failed log-ins; try again in 42 s",
    headers={"Retry-After": "Seconds to wait."},
)
NO_CHAMPION = _says(
    503,
    "No version serves yet.",
    "No version of product-classifier carries Production; train one with `rakuten-mlops retrain`",
)
DATABASE_AWAY = _says(
    503,
    "The database is away. Predictions go on.",
    "The database did not answer (unable to open database file). Check RAKUTEN_DATABASE_URL, the "
    "disk, and that `rakuten-mlops up` made the database",
)
REGISTRY_AWAY = _says(
    503,
    "The model registry is away. Predictions go on.",
    "The model registry at http://127.0.0.1:5000 did not answer: Connection refused",
)
TRAINING_RUNS = Refusal(
    409,
    "A training runs; wait for it to end.",
    (
        {
            "detail": "Training job 7 is running; wait for it to end, then start again",
            "job": RUNNING,
        },
    ),
    TrainingRuns,
)
NEVER_SERVED = _says(
    409,
    "There is no such version to go back to.",
    "Version 1 is the only one that was ever in production",
    "Version 3 was never in production, so it cannot be rolled back to; promote it instead: "
    "`rakuten-mlops models promote 3`",
)
ITEM_TAKEN = _says(
    409,
    "Somebody else answered the item, or looks at it now.",
    "rita answered item 12 at 2026-03-01 12:00:00 UTC (confirm); your answer was not stored",
    "rita holds item 12 until 2026-03-01 12:15:00 UTC; your answer was not stored",
)
CONFLICTS = {
    ("POST", "/training"): TRAINING_RUNS,
    ("POST", "/models/rollback"): NEVER_SERVED,
    ("POST", "/review/{item_id}"): ITEM_TAKEN,
}
MISSING = {
    "{job_id}": "There is no training job 99; `GET /training` lists them",
    "{version}": "product-classifier has no version 99",
    "{item_id}": "There is no item 99 in the review queue",
}
# What the first part of a path works with.
AWAY = {"predict": NO_CHAMPION, "predict_batch": NO_CHAMPION, "models": REGISTRY_AWAY}
SELF_SUFFICIENT = ("me", "metrics", "readyz")


def of(path: str, verb: str, *, role: str | None, takes: bool) -> Iterator[Refusal]:
    """Every refusal of a route that asks who is there; `takes` says whether it reads anything."""
    yield UNKNOWN_USER
    if role:
        says = f"carl is a client; this needs the role {role}"
        yield _says(403, f"The user lacks the role `{role}`.", says)
    for part, says in MISSING.items():
        if part in path:
            yield _says(404, "There is none of that name or number.", says)
    if (verb, path) in CONFLICTS:
        yield CONFLICTS[verb, path]
    if verb == "POST":
        yield TOO_LARGE
    if takes:
        yield UNREADABLE
    yield TOO_OFTEN
    first = path.split("/")[1]
    if first not in SELF_SUFFICIENT:
        yield AWAY.get(first, DATABASE_AWAY)
