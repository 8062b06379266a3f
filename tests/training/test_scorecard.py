import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from tests.factories import a_scorecard

from rakuten_mlops.training.scorecard import Holdout, Scorecard

answers = st.lists(
    st.tuples(st.sampled_from([10, 40, 2583]), st.sampled_from([10, 40, 2583, 2905])), min_size=1
)


@given(answers)
def test_the_figures_are_scikit_learns(pairs):
    truth, given_codes = (np.array(codes) for codes in zip(*pairs, strict=True))
    present = np.unique(truth)
    options = {"labels": present, "zero_division": 0.0}

    card = Scorecard(Holdout(1, truth.size, "f"), truth, given_codes)

    assert card.macro_f1 == pytest.approx(f1_score(truth, given_codes, average="macro", **options))
    weighted = f1_score(truth, given_codes, average="weighted", **options)
    assert card.weighted_f1 == pytest.approx(weighted)
    assert card.accuracy == pytest.approx(accuracy_score(truth, given_codes))
    each = card.categories.values()
    precision = precision_score(truth, given_codes, average=None, **options)
    assert [score.precision for score in each] == pytest.approx(precision)
    recall = recall_score(truth, given_codes, average=None, **options)
    assert [score.recall for score in each] == pytest.approx(recall)


def test_a_category_that_the_holdout_lacks_is_not_averaged_but_costs_the_true_one():
    card = a_scorecard((10, 10, 3), (10, 2905, 1))

    assert list(card.categories) == [10]
    assert card.macro_f1 == pytest.approx(6 / 7)


def test_the_confusion_matrix_has_truth_in_rows_and_answers_in_columns():
    codes, counts = a_scorecard((10, 10, 3), (10, 40, 2), (40, 40, 1)).confusion

    assert codes == [10, 40]
    assert counts.tolist() == [[3, 2], [0, 1]]
