"""The JSON of what was served."""

from datetime import datetime

from pydantic import BaseModel


class TrafficCount(BaseModel):
    """Listings predicted, and how many of them were accepted without a person."""

    predictions: int
    accepted: int


class TrafficMoment(TrafficCount):
    """What was predicted from `at` on, until the next step begins."""

    at: datetime


class TrafficCategory(TrafficCount):
    """What was put into one category."""

    prdtypecode: int
    category: str


class TrafficVersion(TrafficCount):
    """What one version answered."""

    model_version: str


class TrafficSummary(BaseModel):
    """What the log says of a stretch of traffic.

    `times` are `step_seconds` apart, those without a prediction left out; `confidence` counts
    listings in equal parts of confidence from 0 to 1; `latency_ms` are percentiles (`p50`, `p95`,
    `p99`) of the requests that listings came in, empty where there are none.
    """

    logging: bool
    since: datetime
    until: datetime
    step_seconds: int
    total: TrafficCount
    times: list[TrafficMoment]
    categories: list[TrafficCategory]
    versions: list[TrafficVersion]
    confidence: list[int]
    latency_ms: dict[str, float]
