"""Listings of a kind that the model has not learnt, known by words that little else held. Pure.

Words grow for three reasons. A category that the model knows grew: then among the listings that are
put there they are as frequent as before. Sellers word all listings anew: then words that the model
does not know are everywhere. What is left are listings of a new kind. They may have words of their
own, which were rare anywhere; or share their words with others, and give themselves away in the
categories that they are put into, where those words were rare.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.special import bdtrc

from rakuten_mlops.monitoring.drift.grown_words import grown_words
from rakuten_mlops.monitoring.drift.report import Newcomers
from rakuten_mlops.monitoring.drift.terms import WordCounts
from rakuten_mlops.monitoring.text_statistics import Hashes
from rakuten_mlops.monitoring.window import Flags, Floats, Integers, Sketch, Window

# Of the window, to be called a kind; and the listings that must hold a word of theirs.
LEAST_SHARE, FEWEST = 0.02, 5
# Of the words that are called grown, anywhere and within categories, the share that may be so by
# chance: of the first more is asked afterwards.
CHANCE_ANYWHERE, CHANCE_WITHIN = 0.05, 0.01
# How rare a word of theirs was, as a share of what it is now: anywhere, and within categories.
RARE = 0.25
# A category that grew holds the words as often as before. Such a one has to be this unlikely: words
# that were chosen for having grown are no fair sample.
GREW = 1e-6
# How much more frequent unknown words may be in the other listings: of all words, and in
# standard errors.
REWORDED, ERRORS = 0.005, 3.0
TERMS = 6


@dataclass(frozen=True, eq=False)
class _Side:
    """Listings with the place of the category of each among all; `sizes` (categories,)."""

    sketch: Sketch
    places: Integers
    sizes: Integers

    def hold(self, hashes: Hashes) -> Flags:
        """Which listings hold any of some words."""
        sketch = self.sketch
        found = np.concatenate([[0], np.cumsum(np.isin(sketch.hashes, hashes))])
        return found[sketch.indptr[1:]] > found[sketch.indptr[:-1]]

    def count(self, held: Flags) -> Integers:
        """How many of the listings that are flagged each category has."""
        return np.bincount(self.places[held], minlength=len(self.sizes))

    def count_words(self, hashes: Hashes) -> sp.csc_matrix:
        """In how many listings of each category each word is, (categories, words)."""
        rows = np.repeat(self.places, np.diff(self.sketch.indptr))
        columns = np.searchsorted(hashes, self.sketch.hashes)
        shape = len(self.sizes), len(hashes)
        return sp.csc_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def find_newcomers(
    reference: Window,
    window: Window,
    counts: WordCounts,
    *,
    words: Mapping[int, str],
    categories: Mapping[int, str],
) -> Newcomers | None:
    """Find a kind of listing that the reference does not hold, among those of words that grew.

    None where they are few. Their share counts those that hold such a word, so there may be more.
    `counts` are of both windows; `words` by hash, `categories` by code.
    """
    before, now = _sides(reference, window)
    for chosen in _telling_words(before, now, counts):
        terms = tuple(words[word] for word in chosen.tolist() if word in words)
        theirs = now.hold(chosen)
        share = float(theirs.mean() - before.hold(chosen).mean())
        if terms and share >= LEAST_SHARE and not _reworded(reference, window, ~theirs):
            codes, times = np.unique(window.categories[theirs], return_counts=True)
            code = int(codes[times.argmax()])
            return Newcomers(
                share=share,
                confidence=float(window.confidence[theirs].mean()),
                terms=terms[:TERMS],
                prdtypecode=code,
                category=categories.get(code, str(code)),
            )
    return None


def _sides(reference: Window, window: Window) -> tuple[_Side, _Side]:
    codes = np.union1d(reference.categories, window.categories)

    def side(of: Window) -> _Side:
        places = np.searchsorted(codes, of.categories)
        return _Side(of.sketch, places, np.bincount(places, minlength=len(codes)))

    return side(reference), side(window)


def _telling_words(before: _Side, now: _Side, counts: WordCounts) -> Iterator[Hashes]:
    """Words that may be of newcomers: those of their own, then those that they share."""
    own = _own_words(counts)
    if len(own) and _as_before(before, now, own) <= GREW:
        yield own
    yield _shared_words(before, now, counts)


def _own_words(counts: WordCounts) -> Hashes:
    """Words that grew and were rare; the clearest first."""
    grown = grown_words(counts, fewest=FEWEST, rate=CHANCE_ANYWHERE)
    then = counts.reference[grown] / counts.reference_listings
    rare = then <= RARE * counts.current[grown] / counts.listings
    return counts.hashes[grown[rare]]


def _shared_words(before: _Side, now: _Side, counts: WordCounts) -> Hashes:
    """Words that grew within the categories that listings are put into; the clearest first.

    Categories are strata (N. Mantel and W. Haenszel, J. Natl. Cancer Inst. 22, 1959), so that none
    of them grows the words by growing itself.
    """
    then, today = before.count_words(counts.hashes), now.count_words(counts.hashes)
    held = counts.reference + counts.current
    expected = (then + today).T @ _odds(before, now) / held
    grown = grown_words(counts, fewest=FEWEST, rate=CHANCE_WITHIN, expected=expected)
    as_before = then[:, grown].T @ (now.sizes / np.maximum(before.sizes, 1))
    return counts.hashes[grown[as_before <= RARE * counts.current[grown]]]


def _odds(before: _Side, now: _Side) -> Floats:
    """Of the listings of each category on both sides, the share that is of today."""
    return now.sizes / (before.sizes + now.sizes)


def _as_before(before: _Side, now: _Side, hashes: Hashes) -> float:
    """How often so many would hold the words, if each category held them as often as before.

    Each listing that does is of the window with the window's share of the category that it is put
    into, so their number is binomial, with the mean of these shares.
    """
    today = now.count(now.hold(hashes))
    held = before.count(before.hold(hashes)) + today
    share = float(held @ _odds(before, now) / held.sum())
    return float(bdtrc(today.sum() - 1, held.sum(), share))


def _reworded(reference: Window, window: Window, rest: Flags) -> bool:
    """Whether the other listings, too, hold more words that the model does not know."""
    before, now = _unknown(reference), _unknown(window)[rest]
    if not len(now):
        return True
    error = math.sqrt(before.var() / len(before) + now.var() / len(now))
    return float(now.mean() - before.mean()) > max(REWORDED, ERRORS * error)


def _unknown(window: Window) -> Floats:
    return window.unknown_words / np.maximum(window.words, 1)
