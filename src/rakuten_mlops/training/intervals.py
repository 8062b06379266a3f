"""How far off a score on a sample of listings may be: intervals at 95 % confidence.

Pure. They say what another holdout of the same kind and size would show, not what listings of
another kind would.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from rakuten_mlops.training.scorecard import Scorecard

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both within 0 and 1."""

    low: float
    high: float


def share_interval(hits: int, among: int) -> Interval:
    """The interval of a share, after Wilson (1927); it holds for few rows and shares near 0 or 1.

    Compared with others by Brown, Cai and DasGupta (2001), "Interval estimation for a binomial
    proportion".
    """
    if not among:
        return Interval(0.0, 1.0)
    z, share = _deviations(), hits / among
    middle = share + z**2 / (2 * among)
    reach = z * sqrt(share * (1 - share) / among + z**2 / (4 * among**2))
    whole = 1 + z**2 / among
    # At the ends the formula gives 0 and 1, but for its rounding.
    low = (middle - reach) / whole if hits else 0.0
    return Interval(low, (middle + reach) / whole if hits < among else 1.0)


def accuracy_interval(scorecard: Scorecard) -> Interval:
    """The interval of the share of rows whose category was found."""
    return share_interval(int(np.sum(scorecard.truth == scorecard.predicted)), scorecard.truth.size)


def f1_interval(*, hits: int, support: int, claims: int) -> Interval:
    """The interval of one category's F1, from its hits, its rows, and the rows it was given to.

    Of the rows that are its own or were given to it, hits are a share j; F1 is 2j / (1 + j), which
    rises with j, so the ends of j's interval are those of F1's.
    """
    share = share_interval(hits, support + claims - hits)
    return Interval(*(2 * end / (1 + end) for end in (share.low, share.high)))


def macro_f1_interval(scorecard: Scorecard) -> Interval:
    """The interval of macro-F1 by the delta method for a multinomial sample of rows.

    Takahashi, Yamamoto, Kuchiba and Koyama (2022), "Confidence interval for micro-averaged F1 and
    macro-averaged F1 scores". Their variance is the mean square, over rows, of what each row adds
    to macro-F1 at the margin, over the number of rows. Categories that the holdout lacks are not
    averaged.
    """
    codes = np.array(list(scorecard.categories))
    truth, predicted = scorecard.truth, scorecard.predicted
    true_place = np.searchsorted(codes, truth)
    given_place = np.searchsorted(codes, predicted)
    given_place[given_place == codes.size] = 0
    given_held = codes[given_place] == predicted
    scores = scorecard.categories.values()
    f1 = np.array([score.f1 for score in scores])
    support = np.bincount(true_place, minlength=codes.size)
    claims = np.bincount(given_place[given_held], minlength=codes.size)
    total = support + claims
    # What one more row does to F1 = 2 hits / total of its true and of its given category.
    slope = f1 / total
    gain = 2 * (truth == predicted) / total[true_place] - slope[true_place]
    gain -= np.where(given_held, slope[given_place], 0)
    gain *= truth.size / codes.size
    reach = _deviations() * sqrt(float(np.mean(gain**2)) / truth.size)
    middle = scorecard.macro_f1
    return Interval(max(middle - reach, 0.0), min(middle + reach, 1.0))


def _deviations() -> float:
    """Standard deviations to either side."""
    return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
