"""Is a word more frequent than in unchanged traffic? It is what tells few new listings. Pure.

If nothing changed, each listing that holds a word is of the window with the window's share of all
listings, so how many of them are is binomial (J. Przyborowski and H. Wilenski, Biometrika 31,
1940). The word that grew most clearly is held to the number of words that could have been it
(Bonferroni). Words in so few listings that they could not, even if all were of the window, do not
count (R. Tarone, Biometrics 46, 1990).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from rakuten_mlops.monitoring.drift.terms import WordCounts
from rakuten_mlops.monitoring.window import Floats, Integers

# Holm's method holds the first of ten tests to this.
STRICTEST = 0.001


@dataclass(frozen=True, slots=True)
class GrownWord:
    """The word that grew most clearly, by hash, and in how many listings of both sides it is.

    `words` are those that could have been it.
    """

    word: int
    reference: int
    current: int
    reference_listings: int
    listings: int
    words: int

    @property
    def before(self) -> float:
        """The share of the reference's listings that hold it."""
        return self.reference / self.reference_listings

    @property
    def now(self) -> float:
        """The share of the window's listings that hold it."""
        return self.current / self.listings

    @property
    def p(self) -> float:
        """How often any word of unchanged traffic grows as clearly, at most."""
        return float(min(1.0, self._ps(np.array([self.current]))[0]))

    def threshold(self, level: float) -> float:
        """By how much its share has to grow for a p of `level`; all of the rest, if none does."""
        enough = np.flatnonzero(self._ps(np.arange(self.listings + 1)) <= level)
        times = int(enough[0]) if len(enough) else self.listings
        return times / self.listings - self.before

    def _ps(self, current: Integers) -> Floats:
        share = self.listings / (self.listings + self.reference_listings)
        return self.words * _ps(np.array(self.reference), current, share)


def most_grown(counts: WordCounts) -> GrownWord | None:
    """The word that grew most clearly; None where no word could."""
    times = counts.reference + counts.current
    places = np.flatnonzero(times >= _enough(times, _share(counts)))
    if not len(places):
        return None
    ps = _ps(counts.reference[places], counts.current[places], _share(counts))
    place = places[ps.argmin()]
    return GrownWord(
        word=int(counts.hashes[place]),
        reference=int(counts.reference[place]),
        current=int(counts.current[place]),
        reference_listings=counts.reference_listings,
        listings=counts.listings,
        words=len(places),
    )


def grown_words(
    counts: WordCounts, *, fewest: int, rate: float, expected: Floats | None = None
) -> Integers:
    """The places of all words that grew, the clearest first (Benjamini and Hochberg, 1995).

    Of those that `fewest` of the window's listings hold; a share of `rate` may be so by chance.
    `expected` (words,) is which share of the listings that hold a word would be of the window; the
    window's share of all, if None.
    """
    tested = np.flatnonzero(counts.reference + counts.current >= fewest)
    share = _share(counts) if expected is None else expected[tested]
    ps = _ps(counts.reference[tested], counts.current[tested], share)
    order = np.argsort(ps, kind="stable")
    bars = rate * np.arange(1, len(ps) + 1) / max(1, len(ps))
    passing = np.flatnonzero(ps[order] <= bars)
    found = tested[order[: passing[-1] + 1]] if len(passing) else tested[:0]
    return found[counts.current[found] >= fewest]


def _ps(reference: Integers, current: Integers, share: float | Floats) -> Floats:
    """How often so many or more of the listings that hold a word are of the window."""
    return np.where(current > 0, bdtrc(current - 1, reference + current, share), 1.0)


def _share(counts: WordCounts) -> float:
    return counts.listings / (counts.listings + counts.reference_listings)


def _enough(times: Integers, share: float) -> int:
    """In how many listings a word has to be, to be a sign if all of them are of the window."""
    most = int(times.max(initial=0))
    for fewest in range(1, most + 1):
        if (times >= fewest).sum() * share**fewest <= STRICTEST:
            return fewest
    return most + 1
