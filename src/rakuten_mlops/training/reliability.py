"""Whether confidence keeps its word, in figures.

Pure. `confidence` is the probability that was given to each answer, `right` whether it was true,
shape (rows,) each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.training.calibration import Flags, Floats, Places

BINS = 10
DRAWS = 200


@dataclass(frozen=True)
class Reliability:
    """Answers in bins of ascending confidence: mean confidence, share that was right, and rows.

    All of shape (bins,). Bins hold the same number of rows, give or take one: of equal width, most
    of them would be nearly empty, and the fullest one would hide what happens within.
    """

    confidence: Floats
    precision: Floats
    rows: NDArray[np.int64]

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap of confidence and precision, by rows."""
        gaps = np.abs(self.confidence - self.precision)
        return float(np.average(gaps, weights=self.rows)) if self.rows.sum() else 0.0


def reliability(confidence: Floats, right: Flags, bins: int = BINS) -> Reliability:
    """Group answers by confidence; the order of rows does not matter."""
    order = np.lexsort((right, confidence))
    parts = _parts(order, bins)
    return Reliability(
        confidence=np.array([confidence[part].mean() for part in parts]),
        precision=np.array([right[part].mean() for part in parts]),
        rows=np.array([len(part) for part in parts], dtype=np.int64),
    )


def _parts(order: Places, bins: int) -> list[Places]:
    """Rows in the order of their confidence, bin by bin; fewer bins where there are fewer rows."""
    return [part for part in np.array_split(order, bins) if len(part)]


def calibration_error(confidence: Floats, right: Flags, bins: int = BINS) -> float:
    """Expected calibration error (Naeini et al., 2015) over bins of equal mass."""
    return reliability(confidence, right, bins).error


def squared_error(confidence: Floats, right: Flags, bins: int = BINS) -> float:
    """The mean squared gap over bins of equal mass, without what chance adds to it.

    Unbiased, so it may be below 0, and means over several holdouts are worth something (Kumar,
    Liang and Ma, "Verified Uncertainty Calibration", NeurIPS 2019). Bins of one row are left out.
    """
    found = reliability(confidence, right, bins)
    told = found.rows > 1
    precision, rows = found.precision[told], found.rows[told]
    if not rows.size:
        return 0.0
    luck = precision * (1 - precision) / (rows - 1)
    gaps = np.square(found.confidence[told] - precision) - luck
    return float(np.average(gaps, weights=rows))


def chance_error(confidence: Floats, bins: int = BINS, *, seed: int = 0) -> float:
    """The calibration error that a perfect calibration would show on so many rows, on average.

    Answers are drawn anew with the probabilities that their confidence states.
    """
    if not len(confidence):
        return 0.0
    draw = np.random.default_rng(seed)
    ordered = np.sort(confidence)
    starts = [part[0] for part in _parts(np.arange(len(ordered)), bins)]
    gaps = [
        np.add.reduceat((draw.random(len(ordered)) < ordered) - ordered, starts)
        for _ in range(DRAWS)
    ]
    # A bin's gap times its rows is the sum of its rows' own.
    return float(np.abs(gaps).sum() / (DRAWS * len(ordered)))


def brier_score(probabilities: Floats, truth: Places) -> float:
    """Mean squared distance of probabilities (rows, categories) from the truth, from 0 to 2.

    `truth` holds the place of each row's true category (Brier, 1950).
    """
    squares = np.sum(np.square(probabilities), axis=1)
    given = probabilities[np.arange(len(truth)), truth]
    return float(np.mean(squares - 2 * given + 1))


def log_loss(probabilities: Floats, truth: Places) -> float:
    """Mean of -log of the probability that the true category was given."""
    given = probabilities[np.arange(len(truth)), truth]
    return float(-np.mean(np.log(np.maximum(given, np.finfo(float).tiny))))


def automation_rate(accepted: Flags) -> float:
    """The share of answers that no person needs to look at."""
    return float(np.mean(accepted)) if len(accepted) else 0.0


def accepted_precision(accepted: Flags, right: Flags) -> float | None:
    """The share of accepted answers that were right; None where none was accepted."""
    return float(np.mean(right[accepted])) if accepted.any() else None
