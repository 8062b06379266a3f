"""Which words are new, and which are gone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.monitoring.drift.report import Term
from rakuten_mlops.monitoring.text_statistics import Hashes
from rakuten_mlops.monitoring.window import Floats, Sketch

# The chance that any of the words named is there by accident (Bonferroni).
RATE = 0.01
# The listings that must hold a word for it to be named.
FEWEST = 5


@dataclass(frozen=True, eq=False)
class WordCounts:
    """Words by hash, ascending, and how many listings of both sides hold them: all (words,)."""

    hashes: Hashes
    reference: NDArray[np.int64]
    current: NDArray[np.int64]
    reference_listings: int
    listings: int

    def keenness(self) -> Floats:
        """The log-likelihood ratio of each word (T. Dunning, Comput. Linguist. 19, 1993).

        Above 0 for words that are more frequent now, below for those that are less.
        """
        before, now = self.reference / self.reference_listings, self.current / self.listings
        both = (self.reference + self.current) / (self.reference_listings + self.listings)
        ratio = 2 * (
            _likelihood(self.current, self.listings, now)
            + _likelihood(self.reference, self.reference_listings, before)
            - _likelihood(self.current, self.listings, both)
            - _likelihood(self.reference, self.reference_listings, both)
        )
        return np.sign(now - before) * ratio


def count_words(reference: Sketch, current: Sketch) -> WordCounts:
    """Count in how many listings each word is."""
    hashes, times = np.unique(
        np.concatenate([reference.hashes, current.hashes]), return_counts=True
    )
    now = np.bincount(np.searchsorted(hashes, current.hashes), minlength=len(hashes))
    return WordCounts(hashes, times - now, now, len(reference), len(current))


def changed_terms(
    counts: WordCounts, names: Mapping[int, str], *, most: int
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """The words that became more frequent, and less: the most telling first, by `names` of hashes.

    A word without a name is left out.
    """
    keenness = counts.keenness()
    bar = _chi_square_bar(RATE / max(1, len(keenness)))
    grown = np.flatnonzero((keenness > bar) & (counts.current >= FEWEST))
    shrunk = np.flatnonzero((keenness < -bar) & (counts.reference >= FEWEST))

    def named(places: NDArray[np.int64]) -> tuple[Term, ...]:
        order = places[np.argsort(-np.abs(keenness[places]), kind="stable")]
        found = (place for place in order.tolist() if int(counts.hashes[place]) in names)
        return tuple(
            _term(counts, place, names) for place, _ in zip(found, range(most), strict=False)
        )

    return named(grown), named(shrunk)


def _term(counts: WordCounts, place: int, names: Mapping[int, str]) -> Term:
    return Term(
        names[int(counts.hashes[place])],
        reference=float(counts.reference[place] / counts.reference_listings),
        current=float(counts.current[place] / counts.listings),
    )


def _likelihood(times: NDArray[np.int64], listings: int, share: Floats) -> Floats:
    inside = np.clip(share, 1e-300, 1)
    outside = np.clip(1 - share, 1e-300, 1)
    return times * np.log(inside) + (listings - times) * np.log(outside)


def _chi_square_bar(p: float) -> float:
    """What a chi-square variable of one degree exceeds with a probability of p."""
    return NormalDist().inv_cdf(1 - p / 2) ** 2
