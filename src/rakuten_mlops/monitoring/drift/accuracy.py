"""How often answers are right, estimated without labels. Pure.

Where confidence is calibrated, its mean over a window is the share of right answers to expect: the
confidence-based performance estimation of NannyML (its documentation, "CBPE"; after C. Guo et al.,
On calibration of modern neural networks, 2017). Confidence that was calibrated on the listings of
old is too high on new ones, most of all on those with words that the model never saw. So what is
right is first learnt from confidence and the share of such words on the reference, whose true
categories are known.
"""

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from rakuten_mlops.monitoring.drift.report import AccuracyEstimate, Newcomers
from rakuten_mlops.monitoring.window import Flags, Floats, Window

CONFIDENCE = 0.95
# What the prior weighs: without evidence, confidence is taken as it is.
RIDGE = 1.0
STEPS = 25


def estimate_accuracy(reference: Window, right: Flags, window: Window) -> AccuracyEstimate:
    """Estimate the share of right answers in a window, from what was right on the reference.

    The interval holds what chance does to answers of these probabilities, and what is uncertain
    about the probabilities because the reference is a sample; not what else may have changed.
    """
    evidence = _evidence(reference)
    weights, covariance = _fit(evidence, right, _log_odds(reference.confidence))
    now = _evidence(window)
    shares = _sigmoid(_log_odds(window.confidence) + now @ weights)
    estimate = float(shares.mean())
    slope = (shares * (1 - shares)) @ now / len(shares)
    chance = float((shares * (1 - shares)).sum()) / len(shares) ** 2
    half = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * math.sqrt(
        chance + float(slope @ covariance @ slope)
    )
    return AccuracyEstimate(
        estimate=estimate,
        low=max(0.0, estimate - half),
        high=min(1.0, estimate + half),
        confidence=float(window.confidence.mean()),
        reference=float(right.mean()),
    )


def with_newcomers(found: AccuracyEstimate, newcomers: Newcomers | None) -> AccuracyEstimate:
    """Widen the interval by what newcomers would cost if every answer to them were wrong."""
    if newcomers is None:
        return found
    return replace(found, low=max(0.0, found.low - newcomers.share * newcomers.confidence))


def _evidence(window: Window) -> Floats:
    """What may move the log-odds of a right answer, shape (n, 3)."""
    unknown = window.unknown_words / np.maximum(window.words, 1)
    sure = _log_odds(window.confidence)
    return np.column_stack([np.ones(len(window)), sure / 4, unknown])


def _fit(evidence: Floats, right: Flags, offset: Floats) -> tuple[Floats, Floats]:
    """Logistic regression by Newton's method: weights, and their covariance."""
    weights = np.zeros(evidence.shape[1])
    prior = RIDGE * np.eye(len(weights))
    hessian = prior
    for _ in range(STEPS):
        shares = _sigmoid(offset + evidence @ weights)
        gradient = evidence.T @ (right - shares) - prior @ weights
        hessian = (evidence.T * (shares * (1 - shares))) @ evidence + prior
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return weights, np.linalg.inv(hessian)


def _log_odds(shares: Floats) -> Floats:
    clipped = np.clip(shares, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))


def _sigmoid(log_odds: Floats) -> Floats:
    return 0.5 * (1 + np.tanh(log_odds / 2))
