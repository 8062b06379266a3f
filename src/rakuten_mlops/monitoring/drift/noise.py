"""How much windows of unchanged traffic differ from the reference: what is more than that. Pure.

The reference is itself a sample. So both are drawn anew, a reference of its size and a window of
the window's size, from what the reference shows (a bootstrap: B. Efron, Ann. Statist. 7, 1979);
windows that were drawn from a reference that stays as it is would differ too little.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.monitoring.window import Floats

DRAWS = 4_000
# What each bin counts more than was seen there, of the reference: what it never held may still
# come (the prior of H. Jeffreys for shares).
UNSEEN = 0.5

Counts = NDArray[np.int64]
# Takes counts (…, bins) of references and of windows, and returns a figure for each (…,).
Measure = Callable[[Counts, Counts], Floats]


@dataclass(frozen=True, eq=False)
class Noise:
    """What a measure showed of unchanged traffic: `figures` (draws,), ascending."""

    figures: Floats

    def p(self, value: float) -> float:
        """How often unchanged traffic shows as much as this or more (Davison and Hinkley, 1997)."""
        above = len(self.figures) - np.searchsorted(self.figures, value, side="left")
        return float((1 + above) / (1 + len(self.figures)))

    @property
    def mean(self) -> float:
        """What unchanged traffic shows on average: more, the smaller the window."""
        return float(self.figures.mean())

    def quantile(self, share: float) -> float:
        """What this share of unchanged windows stays below."""
        return float(np.quantile(self.figures, share))


def unchanged(
    reference: Counts, listings: int, measure: Measure, rng: np.random.Generator
) -> Noise:
    """Measure pairs of a reference and a window of so many listings that are of one kind.

    `reference` (bins,) are the counts that it shows.
    """
    shares = reference + UNSEEN
    shares = shares / shares.sum()
    references = rng.multinomial(reference.sum(), shares, size=DRAWS)
    windows = rng.multinomial(listings, shares, size=DRAWS)
    return Noise(np.sort(measure(references, windows)))


def stability_index(reference: Counts, window: Counts) -> Floats:
    """Population stability index of two sets of counts (…, bins).

    The symmetric Kullback-Leibler divergence (S. Kullback and R. Leibler, 1951; N. Siddiqi, Credit
    Risk Scorecards, 2006). Empty bins count half a listing.
    """
    before, now = _shares(reference), _shares(window)
    return ((now - before) * np.log(now / before)).sum(axis=-1)


def percentile_shift(reference: Counts, window: Counts) -> Floats:
    """How far the values moved, on the scale of the reference's percentiles, from 0 to 1.

    The first Wasserstein distance (L. Vaserstein, 1969) of counts (…, bins) in ascending order, in
    which a bin is as wide as its share of the reference.
    """
    return np.abs(_gaps(reference, window)).sum(axis=-1)


def _gaps(reference: Counts, window: Counts) -> Floats:
    before = np.asarray(reference) / np.sum(reference, axis=-1, keepdims=True)
    now = np.asarray(window) / np.sum(window, axis=-1, keepdims=True)
    gaps = np.cumsum(before, axis=-1) - np.cumsum(now, axis=-1)
    # A step lies between the middles of two bins.
    widths = (before[..., 1:] + before[..., :-1]) / 2
    return gaps[..., :-1] * widths


def _shares(counts: Counts) -> Floats:
    more = counts + UNSEEN
    return more / more.sum(axis=-1, keepdims=True)


def hold(ps: list[float], rate: float) -> list[tuple[float, bool]]:
    """The level that each p-value is held to, and whether it passes: S. Holm, 1979.

    The chance of even one that passes wrongly is at most `rate`.
    """
    held = [(0.0, False)] * len(ps)
    passes = True
    level = rate
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        if passes:
            level = rate / (len(ps) - rank)
            passes = ps[place] <= level
        held[place] = level, passes
    return held
