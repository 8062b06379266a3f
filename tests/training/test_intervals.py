import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import a_scorecard

from rakuten_mlops.training.intervals import (
    accuracy_interval,
    f1_interval,
    macro_f1_interval,
    share_interval,
)
from rakuten_mlops.training.scorecard import Holdout, Scorecard

CATEGORIES = 8


def drawn(rng, rows):
    """A holdout of unequal categories, two thirds right, sometimes given a category not in it."""
    shares = np.arange(1, CATEGORIES + 1) / sum(range(1, CATEGORIES + 1))
    truth = rng.choice(CATEGORIES, rows, p=shares)
    guess = rng.integers(0, CATEGORIES + 2, rows)
    return Scorecard(Holdout(1, rows, "f"), truth, np.where(rng.random(rows) < 0.66, truth, guess))


def test_a_share_has_the_interval_of_the_textbook():
    # Brown, Cai and DasGupta 2001, and any table of Wilson's interval: 8 of 10, 0 of 10.
    found = share_interval(8, 10)

    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert share_interval(0, 10).low == 0
    assert share_interval(0, 10).high == pytest.approx(0.2775, abs=1e-4)


def test_macro_f1_has_the_interval_of_the_bootstrap():
    card, rng = drawn(np.random.default_rng(5), 1_500), np.random.default_rng(0)

    found = macro_f1_interval(card)

    places = (rng.integers(0, 1_500, 1_500) for _ in range(500))
    again = [Scorecard(card.holdout, card.truth[at], card.predicted[at]).macro_f1 for at in places]
    assert (found.low + found.high) / 2 == pytest.approx(card.macro_f1)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(again), rel=0.1)


def test_the_intervals_hold_the_truth_in_nineteen_of_twenty_samples():
    rng = np.random.default_rng(1)
    truth = drawn(rng, 400_000)
    held = {"macro-F1": 0, "accuracy": 0, "F1 of category 2": 0}
    for _ in range(400):
        card = drawn(rng, 600)
        own, given = card.truth == 2, card.predicted == 2
        counts = {"hits": own & given, "support": own, "claims": given}
        found = {
            "macro-F1": (macro_f1_interval(card), truth.macro_f1),
            "accuracy": (accuracy_interval(card), truth.accuracy),
            "F1 of category 2": (
                f1_interval(**{name: int(rows.sum()) for name, rows in counts.items()}),
                truth.categories[2].f1,
            ),
        }
        for name, (interval, value) in found.items():
            held[name] += interval.low <= value <= interval.high

    # 400 tries at 95 % spread by 1.1 %.
    assert all(0.91 < count / 400 < 0.985 for count in held.values()), held


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_f1_lies_within_its_interval(hits, missed, strangers):
    found = f1_interval(hits=hits, support=hits + missed, claims=hits + strangers)

    total = 2 * hits + missed + strangers
    assert 0 <= found.low <= (2 * hits / total if total else 0) <= found.high <= 1


def test_a_perfect_card_is_not_more_than_perfect():
    card = a_scorecard((10, 10, 50), (40, 40, 50))

    assert macro_f1_interval(card).high == 1
    assert accuracy_interval(card).high == 1
    assert accuracy_interval(card).low == pytest.approx(0.963, abs=1e-3)
