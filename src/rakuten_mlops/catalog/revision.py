"""A revision: one write to the catalogue, and what it changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["import", "synthetic", "arrivals", "review", "feedback"]

PEOPLE: tuple[Kind, ...] = ("review", "feedback")
# A person's label for what belongs to no category: no training and no holdout holds the listing,
# and no file that names it again brings it back.
NOT_A_PRODUCT = -1
# Listings of these kinds never stand beside listings of that kind.
STRANGERS: dict[Kind, tuple[Kind, ...]] = {
    "import": ("synthetic", "arrivals"),
    "synthetic": ("import",),
    "arrivals": ("import",),
}


@dataclass(frozen=True, slots=True)
class Revision:
    """One write. A changed text counts as a listing removed and a listing added."""

    revision: int
    kind: Kind
    source: str
    author: str
    created_at: datetime
    listings_added: int
    listings_removed: int
    labels_added: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What a revision did, in listings: `changed` ones got another text, a label, or both."""

    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a revision holds; `holdout` and `categories` count labelled listings only."""

    listings: int
    labelled: int
    holdout: int
    without_description: int
    categories: dict[int, int]

    @property
    def unlabelled(self) -> int:
        return self.listings - self.labelled
