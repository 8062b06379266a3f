"""What goes over HTTP, field by field."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints

from rakuten_mlops.training_bounds import C, MinDf, NgramMax, TitleChars

Role = Literal["client", "reviewer", "admin"]


class Body(BaseModel):
    """A request body; an unknown field, or `true` for a number, is an error and not a guess."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ListingBody(Body):
    """One listing to classify."""

    designation: str = Field(min_length=1, description="The listing's title.")
    description: str | None = Field(None, description="The listing's text; HTML is understood.")


class BatchBody(Body):
    """Listings to classify in one call."""

    # The first bad item is named; a list of millions would be as large as the body.
    items: Annotated[list[ListingBody], FailFast()] = Field(min_length=1)


class Alternative(BaseModel):
    """A category that the model considered."""

    prdtypecode: int
    category: str
    confidence: float


class Reason(BaseModel):
    """A term of the listing: what it added to the margin of the category, and of the runner-up.

    The one of the field `intercept` is no term: the model adds it to any listing. Those of the
    field `characters` are words of the title, for how they are spelt.
    """

    term: str
    field: Literal["title", "text", "characters", "intercept"]
    for_category: float
    for_runner_up: float


class Explanation(BaseModel):
    """Why the category and not the runner-up; the reasons add up to the two margins."""

    margin: float
    runner_up: int
    runner_up_category: str
    runner_up_margin: float
    reasons: list[Reason]


class Prediction(BaseModel):
    """The category of a listing.

    `confidence_method` says what `confidence` is. `alternatives` are the best five categories,
    the answer among them, best first. `explanation` only with `?explain=true`.
    """

    prdtypecode: int
    category: str
    confidence: float
    confidence_method: str
    decision: Literal["accept", "review"]
    alternatives: list[Alternative]
    model_version: str
    explanation: Explanation | None = None


class BatchPrediction(BaseModel):
    """The categories of a batch, in its order."""

    prdtypecodes: list[int]
    predictions: list[Prediction]
    model_version: str


class TrainingBody(Body):
    """What to train with; what is left out is as the settings say."""

    trigger: Literal["manual", "schedule", "first-start"] = "manual"
    force: bool = Field(False, description="Train although nothing changed since the champion.")
    seed: int | None = Field(None, ge=0, description="Seed of the fit.")
    c: C | None = Field(None, description="LinearSVC's C.")
    min_df: MinDf | None = Field(None, description="Fewest listings with a term.")
    ngram_max: NgramMax | None = Field(None, description="Longest n-gram, in words.")
    title_chars: TitleChars | None = Field(
        None, description="Longest n-gram, in characters of the title, from 2; 0: none."
    )


class Outcome(BaseModel):
    """What a training job came to."""

    result: Literal["promoted", "rejected", "registered", "nothing new"]
    version: str | None = None
    scorecard: dict[str, Any] | None = None
    verdict: dict[str, Any] | None = None


class Job(BaseModel):
    """A training job; `progress` runs from 0 to 1 and `step` says where it is."""

    id: int
    state: Literal["queued", "running", "succeeded", "failed", "orphaned"]
    trigger: str
    requested_by: str
    request_id: str | None = None
    parameters: dict[str, Any]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    step: str | None = None
    progress: float = 0.0
    message: str | None = None
    outcome: Outcome | None = None


class JobList(BaseModel):
    """Training jobs, newest first."""

    jobs: list[Job]


class Move(BaseModel):
    """An alias went from one version to another."""

    alias: str
    source: str | None
    target: str
    by: str
    why: str
    at: datetime


class Version(BaseModel):
    """A registered version, with the scores and the verdict of the day it was trained."""

    version: str
    created_at: datetime
    aliases: list[str]
    parameters: dict[str, Any]
    lineage: dict[str, Any]
    scorecard: dict[str, Any]
    verdict: dict[str, Any] | None = None
    run_url: str | None = None


class VersionDetail(Version):
    """A version with its card, a Markdown page."""

    card: str


class VersionList(BaseModel):
    """Versions and alias moves, newest first; `production` is what is served."""

    production: str | None
    staging: str | None
    versions: list[Version]
    moves: list[Move]


class PromoteBody(Body):
    """Why a version goes into production by hand."""

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class RollbackBody(PromoteBody):
    """Which version to go back to; unset: the one that was in production before this."""

    version: str | None = None


class Me(BaseModel):
    """Who the credentials belong to."""

    name: str
    role: Role


class ShadowComparison(BaseModel):
    """How often a challenger agreed with a champion on live listings."""

    champion: str
    challenger: str
    compared: int
    agreed: int
    agreement: float
    since: datetime
    until: datetime


class ShadowDispute(BaseModel):
    """A live listing that champion and challenger put into different categories."""

    at: datetime
    designation: str
    description: str
    prdtypecode: int
    category: str
    confidence: float
    challenger_code: int
    challenger_category: str
    challenger_confidence: float


class ShadowReport(BaseModel):
    """What the challenger would have answered, the latest pair of versions first."""

    share: float
    comparisons: list[ShadowComparison]
    disputes: list[ShadowDispute]


class Readiness(BaseModel):
    """Whether predictions are answered, by which version, and what else is away.

    `registry` and `database` are "ok" or say since when and why they are away.
    """

    ready: bool
    model_version: str | None
    serving_since: datetime | None
    registry: str
    database: str
