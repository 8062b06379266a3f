import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.review.priority import RAREST, rarities, suspicion, telling

EQUAL = {10: 1.0, 40: 1.0, 50: 1.0}


def guesses(*confidences):
    return [(code, "", share) for code, share in zip(EQUAL, confidences, strict=False)]


def test_the_smaller_the_margin_the_more_an_answer_teaches():
    torn, leaning, sure = (
        telling(guesses(*each), EQUAL) for each in ((0.5, 0.49), (0.5, 0.2), (0.95, 0.01))
    )

    assert torn > leaning > sure


def test_the_margin_counts_not_the_confidence():
    vague = telling(guesses(0.30, 0.10, 0.05), EQUAL)
    torn = telling(guesses(0.48, 0.47, 0.05), EQUAL)

    assert torn > vague


def test_a_category_with_a_quarter_of_the_labels_counts_twice():
    found = rarities({10: 100, 40: 100, 50: 25})

    assert found == {10: 1.0, 40: 1.0, 50: 2.0}


def test_a_single_label_does_not_make_doubt_meaningless():
    assert rarities({10: 10_000, 40: 10_000, 50: 1})[50] == RAREST


def test_a_category_that_nobody_labelled_counts_as_the_rarest():
    rarity = rarities({10: 100, 40: 100, 50: 25})
    known, new = ([(10, "", 0.5), (code, "", 0.4)] for code in (50, 999))

    assert telling(new, rarity) == telling(known, rarity)


def test_without_any_label_doubt_alone_decides():
    assert rarities({}) == {}
    assert telling(guesses(0.6, 0.2), {}) == pytest.approx(0.6)


def test_one_category_alone_leaves_nothing_to_doubt():
    assert telling([(10, "", 1.0)], EQUAL) == 0.0


def test_a_label_is_the_more_suspect_the_less_the_model_gives_it():
    never, hardly, perhaps = (
        suspicion(guesses(0.6, 0.3, 0.05), code, EQUAL) for code in (99, 50, 40)
    )

    assert never > hardly > perhaps


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_priority_is_never_negative_and_grows_with_doubt(counts, one, other):
    rarity = rarities(dict(enumerate(counts)))
    best, second = max(one, other), min(one, other)

    found = telling([(0, "", best), (1, "", second)], rarity)

    assert 0.0 <= found <= telling([(0, "", best), (1, "", best)], rarity)
