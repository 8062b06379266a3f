"""Other ways from margins to probabilities, to be compared with `training.calibration`."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from rakuten_mlops.training.calibration import Floats, Places
from rakuten_mlops.training.calibrator import fit_calibration

Probabilities = Callable[[Floats], Floats]
"""From margins (rows, categories) to probabilities of the same shape."""

RIDGE = 10.0


def by_lead(margins: Floats, truth: Places) -> Probabilities:
    """Ours: a sigmoid of the lead by answered category, a softmax of the rest."""
    return fit_calibration(margins, truth).probabilities


def one_temperature(margins: Floats, truth: Places) -> Probabilities:
    """A softmax of all margins times one number (Guo et al., 2017)."""
    slope = _temperature(margins, truth)
    return lambda given: softmax(slope * given, axis=1)


def temperatures(margins: Floats, truth: Places) -> Probabilities:
    """A softmax of margins, each category's times a number of its own."""
    slope, _ = _vector_scaling(margins, truth, shifted=False)
    return lambda given: softmax(slope * given, axis=1)


def vector_scaling(margins: Floats, truth: Places) -> Probabilities:
    """A softmax with a slope and a shift for each category (Guo et al., 2017)."""
    slope, shift = _vector_scaling(margins, truth, shifted=True)
    return lambda given: softmax(slope * given + shift, axis=1)


def scikit_learn(method: str) -> Callable[[Floats, Places], Probabilities]:
    """What CalibratedClassifierCV makes of a fitted classifier with these margins."""

    def fit(margins: Floats, truth: Places) -> Probabilities:
        known = FrozenEstimator(_Margins(margins.shape[1]))
        return CalibratedClassifierCV(known, method=method).fit(margins, truth).predict_proba

    return fit


RIVALS: dict[str, Callable[[Floats, Places], Probabilities]] = {
    "one temperature": one_temperature,
    "a temperature each": temperatures,
    "slope and shift each, in the softmax": vector_scaling,
    "scikit-learn's sigmoid": scikit_learn("sigmoid"),
    "scikit-learn's temperature": scikit_learn("temperature"),
    "a sigmoid of the lead (ours)": by_lead,
}


class _Margins(ClassifierMixin, BaseEstimator):
    """A classifier whose input is its margins."""

    def __init__(self, categories: int) -> None:
        self.categories = categories
        self.classes_ = np.arange(categories)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, margins: Floats, truth: Places) -> "_Margins":  # noqa: ARG002 - the protocol
        return self

    def decision_function(self, margins: Floats) -> Floats:
        return margins

    def predict(self, margins: Floats) -> Places:
        return margins.argmax(axis=1)


def _temperature(margins: Floats, truth: Places) -> float:
    rows = np.arange(len(truth))

    def loss(slope: Floats) -> tuple[float, Floats]:
        shares = softmax(slope[0] * margins, axis=1)
        slant = np.mean(np.sum(shares * margins, axis=1) - margins[rows, truth])
        return -np.mean(np.log(_positive(shares[rows, truth]))), np.array([slant])

    found = minimize(loss, np.array([5.0]), jac=True, method="L-BFGS-B", bounds=[(1e-3, 1e3)])
    return float(found.x[0])


def _vector_scaling(margins: Floats, truth: Places, *, shifted: bool) -> tuple[Floats, Floats]:
    """Slopes and shifts, drawn toward one temperature so that few rows do not fool them."""
    rows, categories = np.arange(len(truth)), margins.shape[1]
    shared = _temperature(margins, truth)

    def loss(away: Floats) -> tuple[float, Floats]:
        slope, shift = away.reshape(2, categories)
        shares = softmax(shared * (1 + slope) * margins + shift, axis=1)
        value = -np.sum(np.log(_positive(shares[rows, truth]))) + RIDGE / 2 * away @ away
        shares[rows, truth] -= 1
        gradient = np.array([shared * np.sum(shares * margins, axis=0), np.sum(shares, axis=0)])
        gradient[1] *= shifted
        return value / len(truth), (gradient.ravel() + RIDGE * away) / len(truth)

    start = np.zeros(2 * categories)
    slope, shift = minimize(loss, start, jac=True, method="L-BFGS-B").x.reshape(2, categories)
    return shared * (1 + slope), shift


def _positive(shares: Floats) -> Floats:
    return np.maximum(shares, np.finfo(float).tiny)
