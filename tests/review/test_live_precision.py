import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog.revision import NOT_A_PRODUCT
from rakuten_mlops.review.live_precision import Draw, live_precision, wilson


def draws(right, wrong=0, open_=0, *, code=10, decision="accept"):
    answers = [code] * right + [40] * wrong + [None] * open_
    return [Draw(code, decision, answer) for answer in answers]


# Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
@pytest.mark.parametrize(
    ("right", "reviewed", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(right, reviewed, low, high):
    assert wilson(right, reviewed) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_within_0_and_1(pair):
    right, reviewed = pair

    low, high = wilson(right, reviewed)

    assert 0.0 <= low <= right / reviewed <= high <= 1.0
    assert wilson(reviewed - right, reviewed) == pytest.approx((1 - high, 1 - low))


def test_more_answers_and_less_confidence_make_it_narrower():
    def width(right, reviewed, confidence=0.95):
        low, high = wilson(right, reviewed, confidence=confidence)
        return high - low

    assert width(900, 1_000) < width(90, 100) < width(9, 10)
    assert width(90, 100, 0.8) < width(90, 100, 0.95)


@pytest.mark.parametrize(("share", "reviewed"), [(0.95, 40), (0.8, 200), (0.99, 100)])
def test_the_truth_lies_within_as_often_as_is_said(share, reviewed):
    chance, times = random.Random(1), 4_000
    held = 0
    for _ in range(times):
        right = sum(chance.random() < share for _ in range(reviewed))
        low, high = wilson(right, reviewed)
        held += low <= share <= high

    # The score interval's coverage swings a little around what is said.
    assert held / times > 0.95 - 0.02 - 3 * math.sqrt(0.05 * 0.95 / times)


def test_only_reviewed_draws_are_judged_and_the_others_are_counted():
    found = live_precision(draws(right=8, wrong=2, open_=5)).overall

    assert (found.drawn, found.reviewed, found.right, found.precision) == (15, 10, 8, 0.8)
    assert found.low < 0.8 < found.high


def test_what_is_no_product_was_not_right():
    assert live_precision([Draw(10, "accept", NOT_A_PRODUCT)]).overall.precision == 0.0


def test_accepted_answers_are_judged_apart():
    found = live_precision(draws(9, 1) + draws(2, 8, decision="review"))

    assert (found.overall.precision, found.accepted.precision) == (0.55, 0.9)


def test_precision_is_told_by_the_category_that_was_predicted():
    found = live_precision(draws(3, 1, code=2583) + draws(1, code=10)).categories

    assert list(found) == [10, 2583]
    assert found[2583].precision == 0.75


def test_before_the_first_answer_nothing_is_claimed():
    found = live_precision(draws(0, open_=3)).overall

    assert (found.drawn, found.precision, found.low, found.high) == (3, None, None, None)
    assert live_precision([]).overall.drawn == 0
