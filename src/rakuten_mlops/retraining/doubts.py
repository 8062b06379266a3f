"""Stored labels that a training contradicts, on their way to people.

A row's label is held against classifiers that did not learn it (`training.label_noise`), so none
can have learnt the mistake by heart. Rows of the holdout are never questioned: correcting labels
only where a model disagrees would flatter whatever is judged on them.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from sqlalchemy import Engine

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.review.item import Offer
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.serving.scorer import BEST
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.trainer import Candidate

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Questions:
    """Where doubted labels are offered for review, `most` of them after a training."""

    catalog: Catalog
    offering: Offering
    most: int

    @classmethod
    def of(cls, engine: Engine, settings: Settings) -> Self:
        """Those of one database, as many as the settings allow."""
        offering = Offering(engine, limit=settings.review_limit)
        return cls(Catalog(engine), offering, settings.review_doubts)

    def ask(self, version: str, candidate: Candidate, snapshot: Snapshot) -> int:
        """Offer the least believable labels, in place of those of the training before.

        What a person said is not questioned, and nothing that somebody was asked already. A
        database that is away costs the questions, not the training. Returns how many were offered.
        """
        try:
            names = {code: found.name_fr for code, found in self.catalog.categories().items()}
            settled = self.catalog.labelled_by_people()
            offers = list(doubted(version, candidate, snapshot, names, settled, most=self.most))
            self.offering.question(offers)
        except DatabaseUnavailable as error:
            log.warning(
                "doubted labels of version %s are not offered for review: %s", version, error
            )
            return 0
        log.info("version %s doubts %d labels, offered for review", version, len(offers))
        return len(offers)


def doubted(
    version: str,
    candidate: Candidate,
    snapshot: Snapshot,
    names: Mapping[int, str],
    settled: set[int],
    *,
    most: int,
) -> Iterator[Offer]:
    """Give at most so many offers, the least believable label first; one for each text.

    `settled` are productids whose label a person gave. A label counts as doubted where the model
    finds another category likelier. The stored one is among the alternatives, so that a reviewer
    can confirm it as easily as any other.
    """
    codes, doubts = candidate.decisions.codes, candidate.decisions.doubts
    rows = snapshot.training
    texts: set[tuple[str, str]] = set()
    for place, margin, shares in zip(doubts.rows, doubts.margin, doubts.probabilities, strict=True):
        productid, designation, description, stored, _ = rows.row(int(place))
        text = (designation, description)
        if margin >= 0 or productid in settled or text in texts:
            continue
        if len(texts) == most:
            return
        texts.add(text)
        best = np.argsort(-shares, kind="stable")[:BEST].tolist()
        label = int(np.searchsorted(codes, stored))
        if label not in best:
            best[-1] = label
        guesses = [
            (int(codes[each]), names.get(int(codes[each]), str(codes[each])), float(shares[each]))
            for each in best
        ]
        yield Offer(*text, version, guesses, stored_code=stored)
