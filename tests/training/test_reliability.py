import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from rakuten_mlops.training.reliability import (
    accepted_precision,
    automation_rate,
    brier_score,
    calibration_error,
    chance_error,
    log_loss,
    reliability,
    squared_error,
)


def perfect(rows, seed=0):
    draw = np.random.default_rng(seed)
    confidence = draw.beta(4, 1, rows)
    return confidence, draw.random(rows) < confidence


def some_probabilities(rows=500, categories=4):
    draw = np.random.default_rng(5)
    shares = draw.dirichlet(np.ones(categories), rows)
    return shares, draw.integers(0, categories, rows)


def test_the_error_of_a_perfect_calibration_tends_to_nothing():
    errors = [calibration_error(*perfect(rows)) for rows in (200, 5_000, 200_000)]

    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.005


def test_chance_says_what_a_perfect_calibration_shows_on_as_many_rows():
    found = [calibration_error(*perfect(2_000, seed)) for seed in range(40)]

    assert chance_error(perfect(2_000)[0]) == pytest.approx(np.mean(found), rel=0.2)


@pytest.mark.parametrize("boast", [0.05, 0.2])
def test_the_error_is_by_how_much_confidence_boasts(boast):
    confidence, right = perfect(200_000)

    assert calibration_error(confidence + boast, right) == pytest.approx(boast, abs=0.005)


def test_bins_hold_the_same_number_of_rows_in_ascending_confidence():
    found = reliability(*perfect(1_003), bins=10)

    assert found.rows.sum() == 1_003
    assert set(found.rows.tolist()) == {100, 101}
    assert (np.diff(found.confidence) > 0).all()


def test_a_bin_is_the_mean_of_its_rows():
    found = reliability(np.array([0.9, 0.2, 0.8, 0.4]), np.array([True, False, False, True]), 2)

    assert found.confidence.tolist() == pytest.approx([0.3, 0.85])
    assert found.precision.tolist() == [0.5, 0.5]
    assert found.error == pytest.approx(0.275)


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed):
    confidence, right = perfect(300)
    confidence = confidence.round(1)
    order = np.random.default_rng(seed).permutation(300)

    assert calibration_error(confidence[order], right[order]) == calibration_error(
        confidence, right
    )


def test_fewer_rows_than_bins_make_as_many_bins_as_rows():
    found = reliability(np.array([0.5, 0.7]), np.array([True, False]))

    assert found.rows.tolist() == [1, 1]


def test_no_rows_have_no_error():
    assert calibration_error(np.empty(0), np.empty(0, bool)) == 0


def test_the_brier_score_is_the_squared_distance_of_every_category():
    shares, truth = some_probabilities()

    by_hand = np.mean(np.sum((shares - np.eye(4)[truth]) ** 2, axis=1))

    assert brier_score(shares, truth) == pytest.approx(by_hand)
    assert brier_score(np.eye(4)[truth], truth) == pytest.approx(0)
    assert brier_score(np.eye(4)[(truth + 1) % 4], truth) == pytest.approx(2)


def test_log_loss_is_scikit_learns():
    shares, truth = some_probabilities()

    assert log_loss(shares, truth) == pytest.approx(metrics.log_loss(truth, shares))


def test_what_was_thought_impossible_costs_much_but_not_everything():
    assert 100 < log_loss(np.array([[1.0, 0.0]]), np.array([1])) < 1_000


def test_automation_is_the_share_accepted_and_its_precision_is_of_these_alone():
    accepted = np.array([True, True, False, False, True])
    right = np.array([True, False, False, True, True])

    assert automation_rate(accepted) == 0.6
    assert accepted_precision(accepted, right) == pytest.approx(2 / 3)
    assert accepted_precision(np.zeros(5, bool), right) is None
    assert automation_rate(np.empty(0, bool)) == 0


def test_the_squared_error_of_a_perfect_calibration_is_nothing_on_average():
    found = [squared_error(*perfect(500, seed)) for seed in range(200)]

    assert np.mean(found) == pytest.approx(0, abs=2e-4)
    assert min(found) < 0 < max(found)


def test_the_squared_error_is_the_square_of_what_confidence_boasts():
    found = []
    for seed in range(100):
        confidence, right = perfect(500, seed)
        found.append(squared_error(confidence + 0.1, right))

    assert np.mean(found) == pytest.approx(0.01, rel=0.1)


def test_no_rows_have_no_squared_error():
    assert squared_error(np.array([]), np.array([], dtype=bool)) == 0.0
