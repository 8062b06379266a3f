"""A listing that waits for a person, and what the person may say about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.revision import NOT_A_PRODUCT

# Why an item waits. `random` wins over the others: a listing drawn at random stays one, however
# doubtful it is, and a doubtful one that was not drawn measures nothing.
Kind = Literal["doubtful", "random", "label noise"]
KINDS: tuple[Kind, ...] = ("doubtful", "label noise", "random")

Word = Literal["confirm", "category", "not a product", "skip"]


class Alternative(NamedTuple):
    """A category that the model considered, and how sure it was of it."""

    prdtypecode: int
    category: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing with the prediction that was made of it, best alternative first.

    `drawn` says that chance chose it, whatever the decision was. `stored_code` is the label of a
    listing of the catalogue that the model disagrees with: label noise.
    """

    designation: str
    description: str
    model_version: str
    guesses: Sequence[tuple[int, str, float]]
    decision: str = "review"
    drawn: bool = False
    stored_code: int | None = None

    @property
    def kind(self) -> Kind:
        """Why it is offered."""
        if self.drawn:
            return "random"
        return "doubtful" if self.stored_code is None else "label noise"

    @property
    def listing(self) -> Listing:
        """The listing; it has no productid, whatever the catalogue knows of the text."""
        return Listing(self.designation, self.description)


@dataclass(frozen=True, slots=True)
class Item:
    """One listing of the queue; `answer` is None until somebody answered it for good.

    `prdtypecode` and `confidence` are the model's first alternative, `answer_code` is
    NOT_A_PRODUCT where a person said so. Times are UTC.
    """

    id: int
    designation: str
    description: str
    kind: Kind
    model_version: str
    prdtypecode: int
    confidence: float
    alternatives: tuple[Alternative, ...]
    stored_code: int | None
    offered_at: datetime
    leased_by: str | None
    leased_until: datetime | None
    answer_code: int | None
    answered_by: str | None
    answered_at: datetime | None

    @property
    def answer(self) -> Word | None:
        """What was said: the model is right, it is another category, or it is no product."""
        if self.answer_code is None:
            return None
        if self.answer_code == NOT_A_PRODUCT:
            return "not a product"
        return "confirm" if self.answer_code == self.prdtypecode else "category"
