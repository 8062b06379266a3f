"""Which answers are accepted without a person looking at them.

Pure. A threshold is chosen on rows that the classifier did not learn, among fixed values and so
that precision is proven and not only seen: an exact binomial test (Clopper and Pearson, 1934)
rejects, at the stated level, that the accepted answers are less precise than required. Looking at
many thresholds would make a lucky one likely, so they are tested in one fixed sequence, from where
the proof is likeliest to succeed, if confidence is true, down to the first that fails
(fixed-sequence testing in Angelopoulos et al., "Learn then Test", 2021): then all that passed hold
together at that level, whether confidence is true or not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrik, expit

from rakuten_mlops.training.calibration import Flags, Floats, Places

# Fixed beforehand, from 0.9997 down by a tenth in log-odds; the last accepts everything.
LADDER = np.append(expit(np.arange(80, -31, -1) / 10), 0.0)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What accepted answers must show.

    All of them together: `precision`, proven at `level`. Those of each category: at most `leeway`
    times as many errors as that allows, proven at the same level; with a leeway of 1 every
    category reaches the precision by itself.
    """

    precision: float = 0.95
    level: float = 0.95
    leeway: float = 1.5

    @property
    def floor(self) -> float:
        """The precision below which no category may fall."""
        return 1 - self.leeway * (1 - self.precision)


@dataclass(frozen=True)
class Thresholds:
    """From which confidence an answer is accepted, by category: `values` (categories,).

    Infinity sends every answer to review. `expected_rate` is the share of answers accepted among
    the rows that the thresholds were chosen on.
    """

    requirement: Requirement
    values: Floats
    expected_rate: float

    def accept(self, answer: Places, confidence: Floats) -> Flags:
        """Tell which answers are accepted, shape (rows,)."""
        return confidence >= self.values[answer]

    def by_code(self, codes: NDArray[np.int64]) -> dict[int, float | None]:
        """The threshold of each category by its code; None where a person always looks."""
        return {
            code: value if np.isfinite(value) else None
            for code, value in zip(codes.tolist(), self.values.tolist(), strict=True)
        }


def find_thresholds(
    answer: Places, confidence: Floats, right: Flags, requirement: Requirement, *, categories: int
) -> Thresholds:
    """Choose the lowest thresholds that meet a requirement.

    Takes the answered category's place, its confidence and whether it was right, (rows,) each.
    Categories with too little evidence of their own share one threshold, proven on all their rows;
    if that cannot be had either, they are always reviewed.
    """
    floors = np.full(categories, np.inf)
    for place in np.unique(answer):
        own = answer == place
        floors[place] = lowest_threshold(
            confidence[own], right[own], precision=requirement.floor, level=requirement.level
        )
    unproven = np.isinf(floors)
    shared = unproven[answer]
    floors[unproven] = lowest_threshold(
        confidence[shared], right[shared], precision=requirement.floor, level=requirement.level
    )
    passed = confidence >= floors[answer]
    common = lowest_threshold(
        confidence[passed],
        right[passed],
        precision=requirement.precision,
        level=requirement.level,
    )
    values = np.maximum(floors, common)
    rate = float(np.mean(confidence >= values[answer])) if len(answer) else 0.0
    return Thresholds(requirement, values, rate)


def lowest_threshold(confidence: Floats, right: Flags, *, precision: float, level: float) -> float:
    """Return the lowest value of `LADDER` from which answers are proven precise, or infinity.

    With probability `level` or more, answers of this confidence or above are right with at least
    this precision.
    """
    order = np.argsort(-confidence, kind="stable")
    sure = confidence[order]
    accepted = np.searchsorted(-sure, -LADDER, side="right")
    wrong = _sums(~right[order])[accepted]
    bearable = _most_errors(accepted, 1 - precision, 1 - level)
    # Where most errors more than expected could be borne, the proof is likeliest to succeed.
    spare = np.where(bearable >= 0, bearable - _sums(1 - sure)[accepted], -np.inf)
    start = int(np.argmax(spare))
    passes = wrong[start:] <= bearable[start:]
    steps = len(passes) if passes.all() else int(np.argmin(passes))
    return float(LADDER[start + steps - 1]) if steps else np.inf


def _most_errors(accepted: Places, rate: float, chance: float) -> Floats:
    """The most errors that are so few only by this chance, were each answer wrong at this rate.

    -1 where even none proves nothing.
    """
    most = np.floor(bdtrik(chance, np.maximum(accepted, 1), rate))
    return np.where((1 - rate) ** accepted <= chance, most, -1)


def _sums(values: NDArray[np.generic]) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
