"""What a person's label of a listing would teach most. Pure.

Margin sampling (B. Settles, Active Learning Literature Survey, University of Wisconsin-Madison,
2009, section 2.3): the smaller the margin between the two best categories, the more their border
learns from the answer. Macro-F1 counts every category the same, and a category with few labels
learns more from one than a category with many, hence the rarity.
"""

import math
import statistics
from collections.abc import Mapping, Sequence

RAREST = 4.0

Guesses = Sequence[tuple[int, str, float]]


def rarities(counts: Mapping[int, int]) -> dict[int, float]:
    """Return how rare each category is from its labels: 1 in the middle, 2 with a quarter of that.

    ADR 0012 has the measurement behind the square root. A single label makes no category so rare
    that doubt no longer counts.
    """
    middle = statistics.median(counts.values()) if counts else 1.0
    return {
        code: min(math.sqrt(middle / max(labels, 1)), RAREST) for code, labels in counts.items()
    }


def telling(guesses: Guesses, rarity: Mapping[int, float]) -> float:
    """Return how much a label of a doubtful listing would teach; the more the higher.

    A category that nobody labelled yet counts as rare as the rarest.
    """
    best, runner_up = guesses[0], guesses[1] if len(guesses) > 1 else (guesses[0][0], "", 0.0)
    return (1.0 - (best[2] - runner_up[2])) * _rarity(best[0], runner_up[0], rarity)


def suspicion(guesses: Guesses, stored_code: int, rarity: Mapping[int, float]) -> float:
    """Return how likely a stored label is wrong: what the model gives other categories than that.

    The self-confidence of C. Northcutt, L. Jiang and I. Chuang, Confident Learning (2021).
    """
    stored = next((guess[2] for guess in guesses if guess[0] == stored_code), 0.0)
    return (1.0 - stored) * _rarity(guesses[0][0], stored_code, rarity)


def _rarity(one: int, other: int, rarity: Mapping[int, float]) -> float:
    rarest = max(rarity.values(), default=1.0)
    return math.sqrt(rarity.get(one, rarest) * rarity.get(other, rarest))
