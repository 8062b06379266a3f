"""Which stored labels look wrong: confident learning.

Pure. From probabilities that the model gives to listings it did not learn (`folds`), and the labels
they carry: Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", Journal of Artificial Intelligence Research 70, 2021. A model that is often unsure of a
category must not have its listings called mislabelled, so each category is held to its own mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.training.calibration import Floats, Places


@dataclass(frozen=True)
class Doubts:
    """Labels that the model confidently contradicts, the least believable first.

    `rows` (doubts,) are places in what was looked at, `suggested` (doubts,) places of the category
    that the model would give, and `margin` (doubts,) how much likelier the label is than the
    likeliest other category, mostly far below 0. `probabilities` (doubts, categories) are those
    that the label was held against.
    """

    rows: Places
    suggested: Places
    margin: Floats
    probabilities: Floats


def find_doubts(probabilities: Floats, labels: Places) -> Doubts:
    """Rank the labels that the model contradicts.

    Takes probabilities (rows, categories) and the places (rows,) of the labels. A label is doubted
    where the model is as sure of another category as it is, on average, where that one is the
    label: the confident joint off its diagonal. They are ranked by normalised margin.
    """
    suggested = confident_categories(probabilities, labels)
    rows = np.flatnonzero((suggested >= 0) & (suggested != labels))
    margin = normalised_margins(probabilities[rows], labels[rows])
    order = np.argsort(margin, kind="stable")
    ranked = rows[order]
    return Doubts(ranked, suggested[ranked], margin[order], probabilities[ranked])


def confident_categories(probabilities: Floats, labels: Places) -> Places:
    """Return the category that the model is confident of, shape (rows,); -1 where there is none.

    A category's threshold is the mean probability that it has among the rows with its label; of
    several that reach theirs the likeliest counts.
    """
    reached = np.where(probabilities >= _thresholds(probabilities, labels), probabilities, -1.0)
    return np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), -1)


def confident_joint(probabilities: Floats, labels: Places) -> NDArray[np.int64]:
    """Count rows by label (row) and by the category the model is confident of (column)."""
    categories = probabilities.shape[1]
    confident = confident_categories(probabilities, labels)
    counts = np.zeros((categories, categories), dtype=np.int64)
    np.add.at(counts, (labels[confident >= 0], confident[confident >= 0]), 1)
    return counts


def estimated_noise(probabilities: Floats, labels: Places) -> float:
    """The share of labels that are estimated to be wrong.

    The confident joint, each of its rows scaled to the number of listings with that label.
    """
    joint = confident_joint(probabilities, labels)
    held = np.bincount(labels, minlength=len(joint))
    found = joint.sum(axis=1)
    right = np.divide(np.diag(joint), found, out=np.ones(len(joint)), where=found > 0)
    return float(np.sum(held * (1 - right)) / max(len(labels), 1))


def normalised_margins(probabilities: Floats, labels: Places) -> Floats:
    """Return the label's probability less that of the likeliest other category, shape (rows,)."""
    rows = np.arange(len(labels))
    rivals = probabilities.copy()
    rivals[rows, labels] = -np.inf
    return probabilities[rows, labels] - rivals.max(axis=1, initial=-np.inf)


def _thresholds(probabilities: Floats, labels: Places) -> Floats:
    categories = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels]
    held = np.bincount(labels, minlength=categories)
    sums = np.bincount(labels, own, minlength=categories)
    # A category that labels nothing can be confidently suggested by nothing.
    return np.divide(sums, held, out=np.full(categories, np.inf), where=held > 0)
