"""Listings of a kind that the model has not learnt, known by words that little else held. Pure.

Words grow for three reasons. A category that the model knows grew: then among the listings that are
put there they are as frequent as before. Sellers word all listings anew: then words that the model
does not know are everywhere. What is left are listings of a new kind.
"""

import math
from collections.abc import Mapping

import numpy as np

from rakuten_mlops.monitoring.drift.grown_words import grown_words
from rakuten_mlops.monitoring.drift.report import Newcomers
from rakuten_mlops.monitoring.drift.terms import WordCounts
from rakuten_mlops.monitoring.text_statistics import Hashes
from rakuten_mlops.monitoring.window import Flags, Floats, Sketch, Window

# Of the window, to be called a kind; and the listings that must hold a word of theirs.
LEAST_SHARE, FEWEST = 0.02, 5
# How rare a word of theirs was, as a share of what it is now.
ELSEWHERE = 0.25
# How many of a word's listings categories that grew may explain.
EXPLAINED = 0.5
# How much more frequent unknown words may be in the other listings: of all words, and in
# standard errors.
REWORDED, ERRORS = 0.01, 3.0
TERMS = 6


def find_newcomers(
    reference: Window,
    window: Window,
    counts: WordCounts,
    *,
    words: Mapping[int, str],
    categories: Mapping[int, str],
) -> Newcomers | None:
    """Find a kind of listing that the reference does not hold, among those of words that grew.

    None where they are few. Their share is of those that hold such a word, so it is the least that
    there may be. `counts` are of both windows; `words` by hash, `categories` by code.
    """
    kept = _words_of_a_kind(reference, window, counts)
    terms = tuple(words[word] for word in kept.tolist() if word in words)
    theirs = _hold(window.sketch, kept)
    share = float(theirs.mean() - _hold(reference.sketch, kept).mean())
    if not terms or share < LEAST_SHARE or _reworded(reference, window, ~theirs):
        return None
    codes, times = np.unique(window.categories[theirs], return_counts=True)
    code = int(codes[times.argmax()])
    return Newcomers(
        share=share,
        confidence=float(window.confidence[theirs].mean()),
        terms=terms[:TERMS],
        prdtypecode=code,
        category=categories.get(code, str(code)),
    )


def _words_of_a_kind(reference: Window, window: Window, counts: WordCounts) -> Hashes:
    """Words that grew, were rare, and are more than the categories explain; the clearest first."""
    grown = grown_words(counts, fewest=FEWEST)
    before = counts.reference[grown] / counts.reference_listings
    rare = grown[before <= ELSEWHERE * counts.current[grown] / counts.listings]
    expected = np.array([_expected(reference, window, word) for word in counts.hashes[rare]])
    return counts.hashes[rare[expected <= EXPLAINED * counts.current[rare]]]


def _expected(reference: Window, window: Window, word: np.uint32) -> float:
    """How many of the window would hold a word that is as frequent in each category as before."""
    codes, places = np.unique(reference.categories, return_inverse=True)
    holders = np.bincount(places[_hold(reference.sketch, np.array([word]))], minlength=len(codes))
    shares = holders / np.bincount(places)
    answered = np.array([(window.categories == code).sum() for code in codes])
    return float(shares @ answered)


def _hold(sketch: Sketch, hashes: Hashes) -> Flags:
    """Which listings hold any of some words."""
    found = np.concatenate([[0], np.cumsum(np.isin(sketch.hashes, hashes))])
    return found[sketch.indptr[1:]] > found[sketch.indptr[:-1]]


def _reworded(reference: Window, window: Window, rest: Flags) -> bool:
    """Whether the other listings, too, hold more words that the model does not know."""
    before, now = _unknown(reference), _unknown(window)[rest]
    if not len(now):
        return True
    error = math.sqrt(before.var() / len(before) + now.var() / len(now))
    return float(now.mean() - before.mean()) > max(REWORDED, ERRORS * error)


def _unknown(window: Window) -> Floats:
    return window.unknown_words / np.maximum(window.words, 1)
