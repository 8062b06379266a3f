"""Listings of a kind that the model has not learnt, known by words that little else held. Pure.

Words grow for three reasons. A category that the model knows grew: then among the listings that are
put there they are as frequent as before. Sellers word all listings anew: then words that the model
does not know are everywhere. What is left are listings of a new kind.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from rakuten_mlops.monitoring.drift.grown_words import grown_words
from rakuten_mlops.monitoring.drift.report import Newcomers
from rakuten_mlops.monitoring.drift.terms import WordCounts
from rakuten_mlops.monitoring.text_statistics import Hashes
from rakuten_mlops.monitoring.window import Flags, Floats, Sketch, Window

# Of the window, to be called a kind; and the listings that must hold a word of theirs.
LEAST_SHARE, FEWEST = 0.02, 5
# How rare a word of theirs was, as a share of what it is now.
ELSEWHERE = 0.25
# A category that grew holds the words as often as before. Such a one has to be this unlikely: words
# that were chosen for having grown are no fair sample.
GREW = 1e-5
# How much more frequent unknown words may be in the other listings: of all words, and in
# standard errors.
REWORDED, ERRORS = 0.005, 3.0
TERMS = 6


@dataclass(frozen=True, eq=False)
class Holders:
    """Which listings of the reference and of the window hold any of some words."""

    before: Flags
    now: Flags


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
    rare = _rare_words(counts)
    terms = tuple(words[word] for word in rare.tolist() if word in words)
    theirs = Holders(_hold(reference.sketch, rare), _hold(window.sketch, rare))
    share = float(theirs.now.mean() - theirs.before.mean())
    if not terms or share < LEAST_SHARE:
        return None
    if _as_before(reference, window, theirs) > GREW or _reworded(reference, window, ~theirs.now):
        return None
    codes, times = np.unique(window.categories[theirs.now], return_counts=True)
    code = int(codes[times.argmax()])
    return Newcomers(
        share=share,
        confidence=float(window.confidence[theirs.now].mean()),
        terms=terms[:TERMS],
        prdtypecode=code,
        category=categories.get(code, str(code)),
    )


def _rare_words(counts: WordCounts) -> Hashes:
    """Words that grew and were rare; the clearest first."""
    grown = grown_words(counts, fewest=FEWEST)
    before = counts.reference[grown] / counts.reference_listings
    rare = before <= ELSEWHERE * counts.current[grown] / counts.listings
    return counts.hashes[grown[rare]]


def _as_before(reference: Window, window: Window, theirs: Holders) -> float:
    """How often so many would hold the words, if each category held them as often as before.

    Each listing that does is of the window with the window's share of the category that it is put
    into, so their number is binomial, with the mean of these shares.
    """
    codes = np.union1d(reference.categories, window.categories)
    sides = []
    for side, held in ((reference, theirs.before), (window, theirs.now)):
        places = np.searchsorted(codes, side.categories)
        sides.append(np.bincount(places, minlength=len(codes)))
        sides.append(np.bincount(places[held], minlength=len(codes)))
    learnt, held_before, answered, held_now = sides
    held = held_before + held_now
    share = float(held @ (answered / (learnt + answered)) / held.sum())
    return float(bdtrc(held_now.sum() - 1, held.sum(), share))


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
