import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from rakuten_mlops.training.calibration import sigmoid
from rakuten_mlops.training.thresholds import (
    LADDER,
    Requirement,
    find_thresholds,
    lowest_threshold,
)

TIMES = 400
CATEGORIES = 6


def catalogues(times, *, rows=2_000, boast=0.0):
    """Drawn answers with their confidence, their true probability of being right, and whether so.

    Confidence overstates the true log-odds by `boast`.
    """
    draw = np.random.default_rng(7)
    shares = np.array([0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
    for _ in range(times):
        answer = draw.choice(CATEGORIES, size=rows, p=shares)
        log_odds = draw.normal(2.5 - 0.4 * answer, 1.5)
        true = sigmoid(log_odds)
        yield answer, sigmoid(log_odds + boast), true, draw.random(rows) < true


def broken_promises(requirement, boast):
    """How often the accepted are less precise than proven: together, and in the first category."""
    together = first = 0
    for answer, confidence, true, right in catalogues(TIMES, boast=boast):
        found = find_thresholds(answer, confidence, right, requirement, categories=CATEGORIES)
        accepted = found.accept(answer, confidence)
        if accepted.any():
            together += true[accepted].mean() < requirement.precision
        if (own := accepted & (answer == 0)).any():
            first += true[own].mean() < requirement.floor
    return together, first


@pytest.mark.parametrize("boast", [0.0, 0.7])
@pytest.mark.parametrize("requirement", [Requirement(0.9), Requirement(leeway=1.0)])
def test_the_promise_is_broken_as_seldom_as_stated_also_where_confidence_boasts(requirement, boast):
    together, first = broken_promises(requirement, boast)

    often = binom.ppf(0.999, TIMES, 1 - requirement.level)
    assert together <= often
    assert first <= often


def test_where_confidence_is_true_most_answers_that_could_be_accepted_are():
    accepted = possible = 0.0
    for answer, confidence, true, right in catalogues(20, rows=20_000):
        found = find_thresholds(answer, confidence, right, Requirement(), categories=CATEGORIES)
        best_first = -np.sort(-true)
        precise = np.cumsum(best_first) / np.arange(1, len(true) + 1) >= 0.95
        possible += np.mean(precise)
        accepted += found.expected_rate

    assert 0.85 * possible < accepted < possible


def test_a_few_lucky_answers_prove_nothing():
    assert lowest_threshold(np.full(30, 0.99), np.ones(30, bool), precision=0.95, level=0.95) > 1


def test_enough_right_answers_are_accepted_down_to_the_least_sure():
    confidence = np.linspace(0.6, 0.99, 500)

    lowest = lowest_threshold(confidence, np.ones(500, bool), precision=0.95, level=0.95)

    assert lowest == 0.0


def test_small_categories_prove_together_what_none_of_them_can_alone():
    answer = np.repeat(np.arange(10), 20)
    confidence, right = np.full(200, 0.97), np.ones(200, bool)

    alone = find_thresholds(answer[:20], confidence[:20], right[:20], Requirement(), categories=10)
    together = find_thresholds(answer, confidence, right, Requirement(), categories=10)

    assert np.isinf(alone.values).all()
    assert alone.expected_rate == 0
    assert together.expected_rate == 1


def test_a_hard_category_is_reviewed_while_an_easy_one_is_accepted():
    draw = np.random.default_rng(1)
    answer = np.repeat([0, 1], 2_000)
    true = np.where(answer == 0, 0.99, 0.6)
    right = draw.random(4_000) < true

    found = find_thresholds(answer, np.full(4_000, 0.9), right, Requirement(), categories=2)

    assert found.by_code(np.array([10, 40])) == {10: found.values[0], 40: None}
    assert found.expected_rate == 0.5


def test_with_no_leeway_every_category_reaches_the_precision_by_itself():
    assert Requirement(leeway=1.0).floor == pytest.approx(0.95)
    assert Requirement(precision=0.9, leeway=2.0).floor == pytest.approx(0.8)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed):
    answer, confidence, _, right = next(catalogues(1))
    confidence = confidence.round(2)
    order = np.random.default_rng(seed).permutation(len(answer))

    one = find_thresholds(answer, confidence, right, Requirement(), categories=CATEGORIES)
    other = find_thresholds(
        answer[order], confidence[order], right[order], Requirement(), categories=CATEGORIES
    )

    assert np.array_equal(one.values, other.values)
    assert one.expected_rate == other.expected_rate


def test_thresholds_stand_on_a_ladder_that_was_fixed_beforehand():
    assert (np.diff(LADDER) < 0).all()
    for answer, confidence, _, right in catalogues(3):
        found = find_thresholds(answer, confidence, right, Requirement(), categories=CATEGORIES)
        assert set(found.values.tolist()) <= {*LADDER.tolist(), np.inf}


def test_without_answers_everything_is_reviewed():
    nothing = np.empty(0)

    found = find_thresholds(
        nothing.astype(np.int64), nothing, nothing.astype(bool), Requirement(), categories=3
    )

    assert np.isinf(found.values).all()
    assert found.expected_rate == 0
