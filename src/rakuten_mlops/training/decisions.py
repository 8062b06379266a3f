"""What a model may decide alone: its calibration, its thresholds, and whether they kept their word.

Pure. All of it is learnt from out-of-fold margins of the training rows (`folds`), and judged on the
holdout, which neither fitted the classifier nor chose anything here.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.training.calibration import Calibration, Flags, Floats, Places, answers
from rakuten_mlops.training.calibrator import fit_calibration
from rakuten_mlops.training.label_noise import Doubts, find_doubts
from rakuten_mlops.training.reliability import (
    accepted_precision,
    automation_rate,
    brier_score,
    calibration_error,
    chance_error,
    log_loss,
)
from rakuten_mlops.training.scorecard import Codes
from rakuten_mlops.training.thresholds import Requirement, Thresholds, find_thresholds


@dataclass(frozen=True)
class Decisions:
    """What training rows that were judged by others taught; `codes` (categories,) ascending.

    `doubts` are labels that the model contradicts; their `rows` are places among the training rows.
    """

    codes: Codes
    calibration: Calibration
    thresholds: Thresholds
    doubts: Doubts


@dataclass(frozen=True)
class DecisionScore:
    """How calibration and thresholds did on the holdout.

    `confidence`, `right` and `accepted` are of shape (rows,); `chance` is the calibration error
    that a perfect calibration would show on so few rows. `thresholds` and `categories` are by code:
    where an answer is accepted from (None: nowhere), and how many were, with their precision.
    """

    confidence: Floats
    right: Flags
    accepted: Flags
    calibration_error: float
    chance: float
    brier: float
    log_loss: float
    requirement: Requirement
    thresholds: dict[int, float | None]
    categories: dict[int, tuple[int, float | None]]

    @property
    def automation_rate(self) -> float:
        """The share of holdout listings whose answer no person needs to look at."""
        return automation_rate(self.accepted)

    @property
    def precision(self) -> float | None:
        """The share of accepted answers that were right; None where none was accepted."""
        return accepted_precision(self.accepted, self.right)

    def summary(self) -> dict[str, Any]:
        """Everything but the rows, ready for JSON."""
        return {
            "calibration_error": self.calibration_error,
            "calibration_error_by_chance": self.chance,
            "brier": self.brier,
            "log_loss": self.log_loss,
            "required_precision": self.requirement.precision,
            "automation_rate": self.automation_rate,
            "accepted_precision": self.precision,
            "thresholds": {str(code): value for code, value in self.thresholds.items()},
            "accepted": {
                str(code): {"listings": listings, "precision": precision}
                for code, (listings, precision) in self.categories.items()
            },
        }


def learn_decisions(margins: Floats, codes: Codes, requirement: Requirement) -> Decisions:
    """Calibrate, choose thresholds and look for wrong labels, from what others said of each row.

    Takes out-of-fold margins (rows, categories) and the codes (rows,) of the labels, which hold
    each category at least once. Rows of NaN were judged by nobody, and are left out.
    """
    categories, truth = np.unique(codes, return_inverse=True)
    known = np.flatnonzero(~np.isnan(margins).any(axis=1))
    margins, truth = margins[known], truth[known]
    calibration = fit_calibration(margins, truth)
    shares = calibration.probabilities(margins)
    answer, _ = answers(margins)
    confidence = shares[np.arange(len(answer)), answer]
    thresholds = find_thresholds(
        answer, confidence, answer == truth, requirement, categories=len(categories)
    )
    doubts = find_doubts(shares, truth)
    named = replace(doubts, rows=known[doubts.rows])
    return Decisions(categories, calibration, thresholds, named)


def judge_decisions(decisions: Decisions, margins: Floats, codes: Codes) -> DecisionScore:
    """Hold decisions to the truth: margins (rows, categories) and codes (rows,) of the holdout.

    A listing of a category that was not learnt counts as wrong, whatever is answered.
    """
    shares = decisions.calibration.probabilities(margins)
    answer, _ = answers(margins)
    confidence = shares[np.arange(len(answer)), answer]
    right = decisions.codes[answer] == codes
    accepted = decisions.thresholds.accept(answer, confidence)
    learnt = np.isin(codes, decisions.codes)
    truth = np.searchsorted(decisions.codes, codes[learnt])
    return DecisionScore(
        confidence=confidence,
        right=right,
        accepted=accepted,
        calibration_error=calibration_error(confidence, right),
        chance=chance_error(confidence),
        brier=brier_score(shares[learnt], truth),
        log_loss=log_loss(shares[learnt], truth),
        requirement=decisions.thresholds.requirement,
        thresholds=decisions.thresholds.by_code(decisions.codes),
        categories=_accepted_by_category(decisions.codes, answer, accepted, right),
    )


def _accepted_by_category(
    codes: NDArray[np.int64], answer: Places, accepted: Flags, right: Flags
) -> dict[int, tuple[int, float | None]]:
    listings = np.bincount(answer[accepted], minlength=len(codes))
    hits = np.bincount(answer[accepted & right], minlength=len(codes))
    return {
        code: (held, hit / held if held else None)
        for code, held, hit in zip(codes.tolist(), listings.tolist(), hits.tolist(), strict=True)
    }
