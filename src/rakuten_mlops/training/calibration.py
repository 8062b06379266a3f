"""From margins to probabilities that keep their word.

Pure, and plain numpy: what serves imports it too. `calibrator` fits it.

The category is LinearSVC's, always: the one with the greatest margin. What is calibrated is how
likely that answer is right (top-label calibration: Gupta and Ramdas, "Top-label calibration and
multiclass-to-binary reductions", ICLR 2022), from its lead over the runner-up: a sigmoid (Platt,
1999) of the lead's logarithm, with a slope and a shift for each answered category. The other
categories share what is left by a softmax of their margins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Calibration:
    """How margins become probabilities.

    The odds that the answer c is right are exp(shift[c]) * (1 + lead)**slope[c], where the lead is
    the greatest margin less the second; `slope` and `shift` (categories,). The other categories
    have what is left in the ratio of exp(rest * margin). No slope is negative: among listings of
    one answer, a greater lead never means less confidence.
    """

    slope: Floats
    shift: Floats
    rest: float

    def confidence(self, margins: Floats) -> Floats:
        """The probability of each row's answer, shape (rows,), from margins (rows, categories)."""
        return self._confidence(*answers(margins))

    def probabilities(self, margins: Floats) -> Floats:
        """The probabilities of all categories, shape (rows, categories); each row adds up to 1.

        Another category may be likelier than the answer, where both are unlikely.
        """
        answer, lead = answers(margins)
        confidence = self._confidence(answer, lead)
        shares = others(margins, answer, self.rest) * (1 - confidence)[:, None]
        shares[np.arange(len(answer)), answer] = confidence
        return shares

    def _confidence(self, answer: Places, lead: Floats) -> Floats:
        return sigmoid(self.slope[answer] * np.log1p(lead) + self.shift[answer])


def answers(margins: Floats) -> tuple[Places, Floats]:
    """Return the place of each row's greatest margin and its lead over the second, (rows,) each."""
    second, first = np.partition(margins, -2, axis=1)[:, -2:].T
    return margins.argmax(axis=1), first - second


def others(margins: Floats, answer: Places, rest: float) -> Floats:
    """Return a softmax of `rest * margin` over all categories but the answer's, which has 0."""
    scaled = rest * margins
    scaled[np.arange(len(answer)), answer] = -np.inf
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probabilities that log-odds stand for."""
    # Said so that no exponential overflows.
    return (1 + np.tanh(log_odds / 2)) / 2
