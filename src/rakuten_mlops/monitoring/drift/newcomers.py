"""Listings that are unlike all of the reference, and what they have in common. Pure."""

from collections.abc import Mapping

import numpy as np

from rakuten_mlops.monitoring.drift.domain import Domain
from rakuten_mlops.monitoring.drift.report import Newcomers
from rakuten_mlops.monitoring.drift.terms import changed_terms, count_words
from rakuten_mlops.monitoring.window import Window

# Of the reference, one listing in a hundred looks as much like today's.
UNLIKE = 0.99
# Of the window, to be called a group.
FEWEST, LEAST_SHARE = 10, 0.02
# Newcomers of a kind share a word that hardly anything else holds.
COMMON, ELSEWHERE = 0.15, 0.2
TERMS = 6


def find_newcomers(
    reference: Window,
    window: Window,
    domain: Domain,
    *,
    words: Mapping[int, str],
    categories: Mapping[int, str],
) -> Newcomers | None:
    """Find a group of one kind among the listings that the classifier knows for today's.

    None where they are few, or share nothing but being new. `words` by hash, `categories` by code.
    """
    bar = np.quantile(domain.reference_scores, UNLIKE)
    rows = np.flatnonzero(domain.scores > bar)
    share = len(rows) / len(window) - (1 - UNLIKE)
    if len(rows) < FEWEST or share < LEAST_SHARE:
        return None
    group = window.take(rows)
    terms, _ = changed_terms(count_words(reference.sketch, group.sketch), words, most=50)
    kept = [t for t in terms if t.current >= COMMON and t.reference <= ELSEWHERE * t.current]
    if not kept:
        return None
    codes, times = np.unique(group.categories, return_counts=True)
    code = int(codes[times.argmax()])
    return Newcomers(
        share=share,
        confidence=float(group.confidence.mean()),
        terms=tuple(term.term for term in kept[:TERMS]),
        prdtypecode=code,
        category=categories.get(code, str(code)),
    )
