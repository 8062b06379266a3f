"""How often the served model is right, measured on reviewed listings that chance chose. Pure.

Only drawn predictions count: doubtful ones were chosen because the model may be wrong there.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn prediction; `answer_code` is a person's, None while nobody has answered."""

    prdtypecode: int
    decision: str
    answer_code: int | None


@dataclass(frozen=True, slots=True)
class Precision:
    """How many drawn predictions were reviewed, and how many of these were right.

    `precision` is their share, `low` and `high` its interval; None while none is reviewed.
    """

    drawn: int
    reviewed: int
    right: int
    precision: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LivePrecision:
    """Precision of all answers, of those that were accepted, and by predicted category."""

    overall: Precision
    accepted: Precision
    categories: dict[int, Precision]


def live_precision(draws: Iterable[Draw], *, confidence: float = CONFIDENCE) -> LivePrecision:
    """Judge drawn predictions by what people said; a listing that is no product was not right."""
    found = list(draws)
    accepted = [draw for draw in found if draw.decision == "accept"]
    by_category: dict[int, list[Draw]] = {}
    for draw in sorted(found, key=lambda draw: draw.prdtypecode):
        by_category.setdefault(draw.prdtypecode, []).append(draw)
    return LivePrecision(
        overall=_precision(found, confidence),
        accepted=_precision(accepted, confidence),
        categories={code: _precision(own, confidence) for code, own in by_category.items()},
    )


def wilson(right: int, reviewed: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the score interval of a share (E. B. Wilson, JASA 22, 1927).

    Right also for few answers and shares near 1, where the usual one says ±0 (L. D. Brown,
    T. T. Cai and A. DasGupta, Statistical Science 16, 2001). `reviewed` is at least 1.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = right / reviewed, z * z / reviewed
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / reviewed + spread / (4 * reviewed))
    # Rounding must not put a share of exactly 0 or 1 outside of its own interval.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def _precision(draws: list[Draw], confidence: float) -> Precision:
    reviewed = [draw for draw in draws if draw.answer_code is not None]
    right = sum(draw.answer_code == draw.prdtypecode for draw in reviewed)
    if not reviewed:
        return Precision(len(draws), 0, 0, None, None, None)
    low, high = wilson(right, len(reviewed), confidence=confidence)
    return Precision(len(draws), len(reviewed), right, right / len(reviewed), low, high)
