"""Reports on drift as they go over HTTP."""

from datetime import datetime

from pydantic import BaseModel

from rakuten_mlops.monitoring.drift.report import (
    AccuracyEstimate,
    CategoryChange,
    Newcomers,
    State,
    Term,
    TestResult,
)


class DriftAnswer(BaseModel):
    """A window of the champion's traffic against the reference of its training."""

    id: int
    at: datetime
    version: str
    state: State
    headline: str
    since: datetime | None
    until: datetime | None
    listings: int
    repeated: int
    reference_listings: int
    reference: str
    false_alarm_rate: float
    tests: list[TestResult]
    findings: list[str]
    categories: list[CategoryChange]
    terms: list[Term]
    gone: list[Term]
    newcomers: Newcomers | None
    accuracy: AccuracyEstimate | None
    action: str


class DriftHistory(BaseModel):
    """Reports, newest first; words and the bins of the tests are left out."""

    reports: list[DriftAnswer]
