"""What goes over HTTP about the review queue and feedback, field by field."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, FailFast, Field, StringConstraints

from rakuten_mlops.api.schemas import Alternative, Body, Reason

Kind = Literal["doubtful", "random", "label noise"]
Word = Literal["confirm", "category", "not a product", "skip"]


class ReviewItem(BaseModel):
    """A listing that waits for a person, with the prediction that was made of it.

    `kind` says why it waits. `alternatives` are best first; `stored_code` is the label that the
    model doubts. `answer`, `answer_code`, `answered_by` and `answered_at` are null until it is
    answered. `reasons` only with `?explain=true`, and only while the version still serves.
    """

    id: int
    designation: str
    description: str
    kind: Kind
    model_version: str
    prdtypecode: int
    confidence: float
    alternatives: list[Alternative]
    stored_code: int | None
    offered_at: datetime
    leased_until: datetime | None
    answer: Word | None
    answer_code: int | None
    answered_by: str | None
    answered_at: datetime | None
    reasons: list[Reason] | None = None


class ReviewBatch(BaseModel):
    """Items that are yours until `leased_until`, in the order in which to look at them."""

    items: list[ReviewItem]


class AnswerBody(Body):
    """What an item is: what the model said, another category, no product, or not for you."""

    answer: Word
    prdtypecode: int | None = Field(None, description="The category; only with `category`.")


class QueueCount(BaseModel):
    """Items of one kind: free to be looked at, held by somebody, answered."""

    kind: Kind
    waiting: int
    leased: int
    answered: int


class LivePrecisionRow(BaseModel):
    """How many drawn predictions were reviewed, and how many of these were right.

    `low` and `high` are Wilson's interval; all three are null while nothing is reviewed.
    """

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


class LivePrecision(BaseModel):
    """What the reviewed random sample says about a version, or all, since a moment."""

    model_version: str | None
    since: datetime
    confidence: float
    overall: LivePrecisionRow
    accepted: LivePrecisionRow
    categories: list[CategoryPrecision]


class ReviewSummary(BaseModel):
    """Where the review stands. `unlabelled` answers are not in the catalogue yet."""

    kinds: list[QueueCount]
    unlabelled: int
    answered_by_you: int
    live_precision: LivePrecision


class TrainingGain(BaseModel):
    """What a training gained, and how many labels of people it had for that.

    `gain` is macro-F1 less that of `champion_version` on the same holdout rows, with an interval at
    `confidence`: of all that was new, of which `since_champion_by_people` labels were people's.
    `new_labels_by_people` came since the version registered before. Null: not compared.
    """

    version: str
    created_at: datetime
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


class TrainingGains(BaseModel):
    """What trainings gained, the newest version first."""

    trainings: list[TrainingGain]


class BadSheetLine(BaseModel):
    """A line that was not stored: where it starts in the file, and why."""

    line: int
    field: str
    value: str
    reason: str


class SheetOutcome(BaseModel):
    """What became of a sheet, in lines; `open` ones had no answer yet."""

    answered: int
    skipped: int
    open: int
    rejected: list[BadSheetLine]


class CorrectionBody(Body):
    """What a listing is, according to another system."""

    designation: str = Field(min_length=1, description="The listing's title.")
    description: str | None = Field(None, description="The listing's text.")
    prdtypecode: int
    productid: int | None = Field(None, ge=0, lt=2**63, description="As in the catalogue.")


class FeedbackBody(Body):
    """Corrections; `source` says where they come from, for the record."""

    # The first bad item is named; a list of millions would be as large as the body.
    items: Annotated[list[CorrectionBody], FailFast()] = Field(min_length=1)
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""


class RejectedItem(BaseModel):
    """An item that was not stored; `item` is its place in `items`, counted from 0."""

    item: int
    field: str
    reason: str


class FeedbackOutcome(BaseModel):
    """What became of a request; `repeated` says that it came before and changed nothing now."""

    accepted: int
    labels_added: int
    revision: int | None
    rejected: list[RejectedItem]
    repeated: bool
