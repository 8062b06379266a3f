import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.training.label_noise import (
    confident_joint,
    estimated_noise,
    find_doubts,
    normalised_margins,
)


def a_catalogue(*, wrong=0.05, rows=4_000, categories=5, seed=0):
    """Probabilities of a model that is mostly right, labels, and which of them are wrong."""
    draw = np.random.default_rng(seed)
    true = draw.integers(0, categories, rows)
    strength = draw.normal(3, 1, rows)
    scores = draw.normal(0, 0.7, (rows, categories))
    scores[np.arange(rows), true] += strength
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    flipped = draw.random(rows) < wrong
    labels = np.where(flipped, (true + draw.integers(1, categories, rows)) % categories, true)
    return shares, labels, flipped, true


def test_wrong_labels_are_found_with_what_they_should_be():
    shares, labels, flipped, true = a_catalogue()

    found = find_doubts(shares, labels)

    assert flipped[found.rows].sum() > 0.6 * flipped.sum()
    assert flipped[found.rows].mean() > 0.8
    assert np.mean(found.suggested == true[found.rows]) > 0.8


def test_the_least_believable_labels_come_first():
    shares, labels, flipped, _ = a_catalogue()

    found = find_doubts(shares, labels)

    assert flipped[found.rows[:50]].all()
    assert (np.diff(found.margin) >= 0).all()
    assert np.allclose(found.margin, normalised_margins(shares, labels)[found.rows])


def test_a_suggestion_is_never_the_label_itself():
    shares, labels, *_ = a_catalogue(wrong=0.3)

    found = find_doubts(shares, labels)

    assert (found.suggested != labels[found.rows]).all()


@pytest.mark.parametrize("wrong", [0.0, 0.1, 0.2])
def test_the_share_of_wrong_labels_is_estimated(wrong):
    shares, labels, *_ = a_catalogue(wrong=wrong, rows=20_000)

    assert estimated_noise(shares, labels) == pytest.approx(wrong, abs=0.02)


def test_a_category_that_the_model_is_never_sure_of_is_held_to_its_own_mean():
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.55, 0.45], [0.6, 0.4], [0.1, 0.9]])
    labels = np.array([0, 0, 1, 1, 0])

    found = find_doubts(shares, labels)

    # The second category's mean is 0.425: the last listing is beyond it, and so is the third, which
    # is less sure of the first category than that one's listings are (0.633).
    assert found.rows.tolist() == [4]
    assert found.suggested.tolist() == [1]
    assert confident_joint(shares, labels).tolist() == [[2, 1], [0, 1]]


def test_a_model_that_agrees_doubts_nothing():
    labels = np.array([0, 1, 2])

    found = find_doubts(np.eye(3)[labels], labels)

    assert found.rows.size == 0
    assert estimated_noise(np.eye(3)[labels], labels) == 0


def test_a_category_without_labels_is_not_suggested():
    shares = np.array([[0.2, 0.1, 0.7], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])

    assert find_doubts(shares, np.array([0, 0, 1])).rows.size == 0


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed):
    shares, labels, *_ = a_catalogue(rows=200)
    order = np.random.default_rng(seed).permutation(200)

    one, other = find_doubts(shares, labels), find_doubts(shares[order], labels[order])

    assert one.rows.tolist() == order[other.rows].tolist()
    assert one.suggested.tolist() == other.suggested.tolist()


def test_nothing_is_doubted_where_nothing_is():
    found = find_doubts(np.empty((0, 3)), np.empty(0, dtype=np.int64))

    assert found.rows.size == 0
    assert estimated_noise(np.empty((0, 3)), np.empty(0, dtype=np.int64)) == 0
