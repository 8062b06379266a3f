import numpy as np
import pytest

from rakuten_mlops.training.calibration import Calibration, answers, sigmoid
from rakuten_mlops.training.calibrator import PRIOR, REST, fit_calibration
from rakuten_mlops.training.reliability import calibration_error

TRUE = Calibration(np.array([6.0, 4.0, 8.0]), np.array([-1.0, 0.5, -0.5]), rest=5.0)


def drawn(rows, *, seed=0, calibration=TRUE):
    """Margins, and true places drawn with the probabilities that a calibration states."""
    draw = np.random.default_rng(seed)
    margins = draw.normal(scale=0.5, size=(rows, len(calibration.slope)))
    sums = calibration.probabilities(margins).cumsum(axis=1)
    return margins, (draw.random((rows, 1)) > sums).sum(axis=1)


def test_what_is_calibrated_stays_as_it_is():
    margins, truth = drawn(40_000)

    found = fit_calibration(margins, truth)

    assert np.abs(found.probabilities(margins) - TRUE.probabilities(margins)).max() < 0.03
    assert found.rest == pytest.approx(TRUE.rest, rel=0.1)


def test_confidence_keeps_its_word_on_rows_that_were_not_fitted():
    found = fit_calibration(*drawn(5_000, seed=1))
    margins, truth = drawn(40_000, seed=2)

    right = margins.argmax(axis=1) == truth

    assert calibration_error(found.confidence(margins), right) < 0.015


def test_the_order_of_rows_does_not_matter():
    margins, truth = drawn(2_000)
    order = np.random.default_rng(3).permutation(2_000)

    one, other = fit_calibration(margins, truth), fit_calibration(margins[order], truth[order])

    assert np.allclose(one.slope, other.slope, atol=1e-3)
    assert np.allclose(one.shift, other.shift, atol=1e-3)
    assert one.rest == pytest.approx(other.rest, abs=1e-3)


def test_the_order_of_categories_does_not_matter():
    margins, truth = drawn(2_000)
    order = np.array([2, 0, 1])

    one = fit_calibration(margins, truth)
    other = fit_calibration(margins[:, order], np.argsort(order)[truth])

    assert np.allclose(one.slope[order], other.slope, atol=1e-3)
    assert np.allclose(one.shift[order], other.shift, atol=1e-3)


def test_the_same_rows_give_the_same_calibration_to_the_last_bit():
    one, other = (fit_calibration(*drawn(1_000)) for _ in range(2))

    assert np.array_equal(one.slope, other.slope)
    assert np.array_equal(one.shift, other.shift)
    assert one.rest == other.rest


def test_a_few_lucky_rows_do_not_make_a_category_sure():
    margins, truth = drawn(3_000)
    few = np.flatnonzero(margins.argmax(axis=1) == 1)[:3]
    kept = np.sort(np.append(np.flatnonzero(margins.argmax(axis=1) != 1), few))
    truth[few] = 1

    found = fit_calibration(margins[kept], truth[kept])

    assert found.confidence(np.array([[0.0, 0.05, 0.0]]))[0] < 0.75


def test_confidence_does_not_sink_with_the_lead_even_where_the_rows_say_so():
    margins, truth = drawn(2_000)
    answer, lead = answers(margins)
    answers_of_one = answer == 2
    truth[answers_of_one] = np.where(lead[answers_of_one] > 0.4, 0, 2)

    found = fit_calibration(margins, truth)

    assert found.slope.min() >= 0
    assert found.slope[2] == pytest.approx(0, abs=0.2)


def test_rows_that_are_all_right_leave_confidence_below_one():
    margins, _ = drawn(500)

    found = fit_calibration(margins, margins.argmax(axis=1))

    assert 0.9 < found.confidence(margins).mean() < 1
    assert found.rest == REST


def test_without_rows_there_is_a_cautious_guess():
    found = fit_calibration(np.empty((0, 3)), np.empty(0, dtype=np.int64))

    assert found.slope.tolist() == [PRIOR[0]] * 3
    assert found.confidence(np.zeros((1, 3)))[0] == sigmoid(np.array([PRIOR[1]]))[0]


def test_a_category_unknown_to_some_classifier_can_be_the_truth():
    margins, truth = drawn(1_000)
    margins[:400, 1] = -np.inf

    found = fit_calibration(margins, truth)

    assert np.isfinite(found.slope).all()
    assert np.isfinite(found.rest)
