import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rakuten_mlops.training.calibration import Calibration, answers, sigmoid

some_margins = arrays(np.float64, (7, 4), elements=st.floats(-3, 3, width=32))


def a_calibration(slope=(5.0, 4.0, 6.0, 0.0), shift=(-1.0, 0.0, -0.5, 0.5), rest=8.0):
    return Calibration(np.array(slope), np.array(shift), rest)


@given(some_margins)
def test_the_probabilities_of_a_listing_add_up_to_one(margins):
    shares = a_calibration().probabilities(margins)

    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()


@given(some_margins)
def test_confidence_is_the_probability_of_the_greatest_margin(margins):
    shares = a_calibration().probabilities(margins)

    answer = margins.argmax(axis=1)
    assert np.allclose(a_calibration().confidence(margins), shares[np.arange(7), answer])


@given(some_margins)
def test_beside_the_answer_probabilities_are_in_the_order_of_margins(margins):
    shares = a_calibration().probabilities(margins)

    for row, own in zip(margins, shares, strict=True):
        others = np.delete(np.arange(4), row.argmax())
        by_margin = others[np.argsort(row[others], kind="stable")]
        assert (np.diff(own[by_margin]) >= -1e-12).all()


@given(some_margins, st.floats(-2, 2, width=32))
def test_only_differences_of_margins_count(margins, more):
    calibration = a_calibration()
    # On a grid sums are exact: a difference that rounding swallows would be another answer.
    margins, more = np.round(margins * 1024) / 1024, round(more * 1024) / 1024

    assert np.allclose(calibration.confidence(margins + more), calibration.confidence(margins))
    assert np.allclose(
        calibration.probabilities(margins + more), calibration.probabilities(margins)
    )


def test_a_greater_lead_never_means_less_confidence():
    leads = np.linspace(0, 4, 50)
    margins = np.column_stack([leads, np.zeros(50), np.full(50, -1.0), np.full(50, -1.0)])

    confidence = a_calibration().confidence(margins)

    assert (np.diff(confidence) > 0).all()
    assert confidence[0] == pytest.approx(sigmoid(np.array([-1.0]))[0])


def test_a_category_that_the_classifier_does_not_know_has_no_probability():
    margins = np.array([[0.3, -np.inf, 0.1, -0.2]])

    shares = a_calibration().probabilities(margins)

    assert shares[0, 1] == 0
    assert shares.sum() == pytest.approx(1)


def test_the_margins_are_left_as_they_are():
    margins = np.array([[0.3, 0.2, 0.1, -0.2]])

    a_calibration().probabilities(margins)

    assert margins.tolist() == [[0.3, 0.2, 0.1, -0.2]]


def test_of_equal_margins_the_first_is_the_answer_and_leads_by_nothing():
    answer, lead = answers(np.array([[0.1, 0.4, 0.4, 0.0]]))

    assert answer.tolist() == [1]
    assert lead.tolist() == [0.0]


def test_no_log_odds_are_too_large():
    assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
