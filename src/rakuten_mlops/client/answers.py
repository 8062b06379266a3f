"""What goes to the API and comes back, as types; at run time all of it is plain JSON.

The client shares no code with the API: these are its own notes, and a test compares them with the
API's schemas. Times are ISO 8601 strings.
"""

from typing import Any, Literal, NotRequired, TypedDict

Role = Literal["client", "reviewer", "admin"]


class Me(TypedDict):
    """Who is logged in."""

    name: str
    role: Role


class Listing(TypedDict):
    """One listing to classify."""

    designation: str
    description: NotRequired[str | None]


class Alternative(TypedDict):
    """A category that the model considered."""

    prdtypecode: int
    category: str
    confidence: float


class Reason(TypedDict):
    """A term of the listing, and what it added to the two best margins."""

    term: str
    field: str
    for_category: float
    for_runner_up: float


class Explanation(TypedDict):
    """Why the category and not the runner-up; the reasons add up to the two margins."""

    margin: float
    runner_up: int
    runner_up_category: str
    runner_up_margin: float
    reasons: list[Reason]


class Prediction(TypedDict):
    """The category of a listing; `confidence_method` says what `confidence` is."""

    prdtypecode: int
    category: str
    confidence: float
    confidence_method: str
    decision: Literal["accept", "review"]
    alternatives: list[Alternative]
    model_version: str
    explanation: NotRequired[Explanation | None]


class ShadowComparison(TypedDict):
    """How often a challenger agreed with a champion on live listings."""

    champion: str
    challenger: str
    compared: int
    agreed: int
    agreement: float
    since: str
    until: str


class ShadowDispute(TypedDict):
    """A live listing that champion and challenger put into different categories."""

    at: str
    designation: str
    description: str
    prdtypecode: int
    category: str
    confidence: float
    challenger_code: int
    challenger_category: str
    challenger_confidence: float


class ShadowReport(TypedDict):
    """What the challenger would have answered, the latest pair of versions first."""

    share: float
    comparisons: list[ShadowComparison]
    disputes: list[ShadowDispute]


class TrafficCount(TypedDict):
    """Listings predicted, and how many of them were accepted without a person."""

    predictions: int
    accepted: int


class TrafficMoment(TrafficCount):
    """What was predicted from `at` on, until the next step begins."""

    at: str


class TrafficCategory(TrafficCount):
    """What was put into one category."""

    prdtypecode: int
    category: str


class TrafficVersion(TrafficCount):
    """What one version answered."""

    model_version: str


class TrafficSummary(TypedDict):
    """What was served lately; steps without a prediction are left out of `times`."""

    logging: bool
    since: str
    until: str
    step_seconds: int
    total: TrafficCount
    times: list[TrafficMoment]
    categories: list[TrafficCategory]
    versions: list[TrafficVersion]
    confidence: list[int]
    latency_ms: dict[str, float]


class Outcome(TypedDict):
    """What a training job came to."""

    result: str
    version: str | None
    scorecard: dict[str, Any] | None
    verdict: dict[str, Any] | None


class Job(TypedDict):
    """A training job; `progress` runs from 0 to 1."""

    id: int
    state: Literal["queued", "running", "succeeded", "failed", "orphaned"]
    trigger: str
    requested_by: str
    request_id: str | None
    parameters: dict[str, Any]
    created_at: str
    started_at: str | None
    finished_at: str | None
    step: str | None
    progress: float
    message: str | None
    outcome: Outcome | None


class Move(TypedDict):
    """An alias went from one version to another."""

    alias: str
    source: str | None
    target: str
    by: str
    why: str
    at: str


class Version(TypedDict):
    """A registered version, with the scores and the verdict of the day it was trained."""

    version: str
    created_at: str
    aliases: list[str]
    parameters: dict[str, Any]
    lineage: dict[str, Any]
    scorecard: dict[str, Any]
    verdict: dict[str, Any] | None
    run_url: str | None


class VersionDetail(Version):
    """A version with its card, a Markdown page."""

    card: str


class VersionList(TypedDict):
    """Versions and alias moves, newest first; `production` is what is served."""

    production: str | None
    staging: str | None
    versions: list[Version]
    moves: list[Move]


class CatalogListing(TypedDict):
    """A listing that is current, with its label if it has one."""

    productid: int
    imageid: int | None
    designation: str
    description: str
    in_holdout: bool
    added_in: int
    prdtypecode: int | None
    category: str | None
    label_source: str | None
    label_author: str | None


class ListingPage(TypedDict):
    """One page of listings, the newest first; `total` counts all pages."""

    total: int
    page: int
    size: int
    listings: list[CatalogListing]


class CatalogRevision(TypedDict):
    """One write to the catalogue."""

    revision: int
    kind: str
    source: str
    author: str
    created_at: str
    listings_added: int
    listings_removed: int
    labels_added: int


class RejectedRow(TypedDict):
    """A row that could not be stored, and why."""

    file: str
    line: int
    field: str
    value: str
    reason: str
    row: str


class ImportOutcome(TypedDict):
    """What an import did, or, not `committed`, would do."""

    committed: bool
    rows_read: int
    added: int
    changed: int
    unchanged: int
    removed: int
    labels_added: int
    rejected: dict[str, int]
    rejects: list[RejectedRow]
    revision: int | None


class CatalogSummary(TypedDict):
    """The catalogue as it stands."""

    revision: int
    listings: int
    labelled: int
    holdout: int
    without_description: int
    synthetic: bool
    categories: list[dict[str, Any]]


class Readiness(TypedDict):
    """Whether predictions are answered; `registry` and `database` are "ok" or say what is away."""

    ready: bool
    model_version: str | None
    serving_since: str | None
    registry: str
    database: str


Word = Literal["confirm", "category", "not a product", "skip"]


class ReviewItem(TypedDict):
    """A listing that waits for a person; it is ours until `leased_until`."""

    id: int
    designation: str
    description: str
    kind: Literal["doubtful", "random", "label noise"]
    model_version: str
    prdtypecode: int
    confidence: float
    alternatives: list[Alternative]
    stored_code: int | None
    offered_at: str
    leased_until: str | None
    answer: Word | None
    answer_code: int | None
    answered_by: str | None
    answered_at: str | None
    reasons: list[Reason] | None


class QueueCount(TypedDict):
    """Items of one kind: free to be looked at, held by somebody, answered."""

    kind: str
    waiting: int
    leased: int
    answered: int


class LivePrecisionRow(TypedDict):
    """Right among reviewed among drawn predictions, with the interval of that share."""

    drawn: int
    reviewed: int
    right: int
    precision: float | None
    low: float | None
    high: float | None


class CategoryPrecision(LivePrecisionRow):
    """The same of the predictions of one category."""

    prdtypecode: int
    category: str


class LivePrecision(TypedDict):
    """What the reviewed random sample says about a version, or all, since a moment."""

    model_version: str | None
    since: str
    confidence: float
    overall: LivePrecisionRow
    accepted: LivePrecisionRow
    categories: list[CategoryPrecision]


class ReviewSummary(TypedDict):
    """Where the review stands; `unlabelled` answers are not in the catalogue yet."""

    kinds: list[QueueCount]
    unlabelled: int
    answered_by_you: int
    live_precision: LivePrecision


class TrainingGain(TypedDict):
    """What a training gained on the champion, and how many labels of people it had for that."""

    version: str
    created_at: str
    revision: int
    labels_by_people: int
    new_labels_by_people: int
    promoted: bool | None
    champion_version: str | None
    since_champion_by_people: int | None
    since_champion_by_others: int | None
    gain: float | None
    low: float | None
    high: float | None
    confidence: float | None


class TrainingGains(TypedDict):
    """What trainings gained, the newest version first."""

    trainings: list[TrainingGain]


class BadSheetLine(TypedDict):
    """A line of a file of answers that was not stored, and why."""

    line: int
    field: str
    value: str
    reason: str


class SheetOutcome(TypedDict):
    """What became of a file of answers, in lines; `open` ones had no answer yet."""

    answered: int
    skipped: int
    open: int
    rejected: list[BadSheetLine]


class Correction(TypedDict):
    """What a listing is, according to another system."""

    designation: str
    description: NotRequired[str | None]
    prdtypecode: int
    productid: NotRequired[int | None]


class RejectedItem(TypedDict):
    """A correction that was not stored; `item` is its place, counted from 0."""

    item: int
    field: str
    reason: str


class FeedbackOutcome(TypedDict):
    """What became of corrections; `repeated` ones came before and changed nothing now."""

    accepted: int
    labels_added: int
    revision: int | None
    rejected: list[RejectedItem]
    repeated: bool


class DriftBin(TypedDict):
    """A part of a distribution: shares of the listings, when it was trained and now."""

    label: str
    reference: float
    current: float


class DriftTest(TypedDict):
    """A test: more than noise from `threshold` on, and worth an alarm from `floor` on."""

    name: str
    title: str
    measure: str
    value: float
    noise: float
    threshold: float
    floor: float
    p: float
    state: str
    finding: str
    source: str
    bins: list[DriftBin]
    reference: float | None
    current: float | None
    term: str | None


class DriftCategory(TypedDict):
    """A category that grew or shrank."""

    prdtypecode: int
    category: str
    reference: float
    current: float


class DriftTerm(TypedDict):
    """A word that became more, or less, frequent."""

    term: str
    reference: float
    current: float


class DriftNewcomers(TypedDict):
    """Listings unlike those that were learnt, and where the model puts most of them."""

    share: float
    confidence: float
    terms: list[str]
    prdtypecode: int
    category: str


class DriftLive(TypedDict):
    """Precision by what reviewers said, with its interval."""

    precision: float
    low: float
    high: float
    reviewed: int


class DriftAccuracy(TypedDict):
    """The share of right answers, estimated without labels, with its interval."""

    estimate: float
    low: float
    high: float
    confidence: float
    reference: float
    live: DriftLive | None


class DriftReport(TypedDict):
    """The champion's traffic against the reference of its training.

    `state` is "no drift", "watch", "drift" or "too few listings".
    """

    id: int
    at: str
    version: str
    state: str
    headline: str
    since: str | None
    until: str | None
    listings: int
    repeated: int
    reference_listings: int
    reference: str
    false_alarm_rate: float
    tests: list[DriftTest]
    findings: list[str]
    categories: list[DriftCategory]
    terms: list[DriftTerm]
    gone: list[DriftTerm]
    newcomers: DriftNewcomers | None
    accuracy: DriftAccuracy | None
    action: str
