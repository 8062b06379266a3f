"""Fit a calibration on margins of rows that neither fitted the classifier nor judge it (`folds`).

Pure.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from rakuten_mlops.training.calibration import (
    Calibration,
    Flags,
    Floats,
    Places,
    answers,
    others,
    sigmoid,
)

# Where there is no row to learn from: surer with the lead, and nowhere sure.
PRIOR = (4.0, -1.0)
# What the prior weighs against all rows, and what all rows weigh against those of one category.
SHARED_RIDGE, RIDGE = 0.01, 5.0
REST, REST_BOUNDS = 8.0, (0.01, 1_000.0)


def fit_calibration(margins: Floats, truth: Places) -> Calibration:
    """Fit a calibration on margins (rows, categories) and the places (rows,) of the true ones.

    Categories are drawn toward what holds for all of them, the more the fewer rows they have. A
    margin of -inf says that the classifier does not know the category.
    """
    answer, lead = answers(margins)
    right = answer == truth
    shared = _fit_sigmoids(np.log1p(lead), right, np.zeros_like(answer), PRIOR, SHARED_RIDGE, 1)
    slope, shift = _fit_sigmoids(
        np.log1p(lead), right, answer, tuple(shared[:, 0]), RIDGE, margins.shape[1]
    )
    wrong = ~right & np.isfinite(margins[np.arange(len(truth)), truth])
    return Calibration(slope, shift, _fit_rest(margins[wrong], answer[wrong], truth[wrong]))


def _fit_sigmoids(
    evidence: Floats,
    right: Flags,
    group: Places,
    centre: tuple[float, ...],
    ridge: float,
    groups: int,
) -> Floats:
    """Fit a slope and a shift for each group of rows, shape (2, groups), drawn toward a centre."""
    toward = np.repeat(np.array(centre)[:, None], groups, axis=1)

    def loss(flat: Floats) -> tuple[float, Floats]:
        slope, shift = flat.reshape(2, groups)
        log_odds = slope[group] * evidence + shift[group]
        away = flat.reshape(2, groups) - toward
        value = np.sum(np.logaddexp(0, log_odds) - right * log_odds) + ridge / 2 * np.sum(away**2)
        error = sigmoid(log_odds) - right
        gradient = np.array(
            [
                np.bincount(group, error * evidence, minlength=groups),
                np.bincount(group, error, minlength=groups),
            ]
        )
        return value, (gradient + ridge * away).ravel()

    bounds = [(0, None)] * groups + [(None, None)] * groups
    return _minimise(loss, toward.ravel(), bounds, len(evidence)).reshape(2, groups)


def _fit_rest(margins: Floats, answer: Places, truth: Places) -> float:
    """Fit what the margins of categories say where the answer is wrong."""
    if not len(truth):
        return REST
    known = np.where(np.isfinite(margins), margins, 0)
    rows = np.arange(len(truth))

    def loss(rest: Floats) -> tuple[float, Floats]:
        shares = others(margins, answer, float(rest[0]))
        chosen = np.maximum(shares[rows, truth], np.finfo(float).tiny)
        slant = np.sum(shares * known) - np.sum(known[rows, truth])
        return -np.sum(np.log(chosen)), np.array([slant])

    return float(_minimise(loss, np.array([REST]), [REST_BOUNDS], len(truth))[0])


def _minimise(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    bounds: list[tuple[float | None, float | None]],
    rows: int,
) -> Floats:
    """Minimise a loss and its gradient, both sums over rows."""
    scale = max(rows, 1)

    def mean_loss(at: Floats) -> tuple[float, Floats]:
        value, gradient = loss(at)
        return value / scale, gradient / scale

    options = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-7}
    return minimize(mean_loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
