from dataclasses import replace

import pytest

from evaluation.explanations import compare
from rakuten_mlops.serving.scorer import compile_pipeline


@pytest.fixture
def rows(snapshot):
    return snapshot.rows.sample(50, seed=1)


def test_explanations_add_up_to_scikit_learns_margins(candidate, rows):
    found = compare(candidate, compile_pipeline(candidate.pipeline, {}), rows)

    assert found.listings == 50
    assert found.terms > 5
    assert found.otherwise_answered == 0
    assert max(found.of_scorer, found.of_scikit_learn) < 1e-6


def test_a_scorer_that_is_another_model_is_found_out(candidate, rows):
    scorer = compile_pipeline(candidate.pipeline, {})
    other = replace(scorer, intercept=scorer.intercept + 0.01)

    found = compare(candidate, other, rows)

    assert found.of_scorer < 1e-9
    assert found.of_scikit_learn == pytest.approx(0.01, abs=1e-6)
