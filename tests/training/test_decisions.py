import json

import numpy as np
import pytest

from rakuten_mlops.training.calibration import Calibration, answers
from rakuten_mlops.training.decisions import judge_decisions, learn_decisions
from rakuten_mlops.training.thresholds import Requirement

CODES = np.array([10, 40, 2583])
TRUE = Calibration(np.array([6.0, 4.0, 8.0]), np.array([0.0, 0.5, -0.5]), rest=5.0)


def listings(rows, seed=0):
    """Margins, and codes drawn with the probabilities that a calibration states."""
    draw = np.random.default_rng(seed)
    margins = draw.normal(scale=0.6, size=(rows, 3))
    sums = TRUE.probabilities(margins).cumsum(axis=1)
    return margins, CODES[(draw.random((rows, 1)) > sums).sum(axis=1)]


def test_what_was_learnt_keeps_its_word_on_other_listings():
    decisions = learn_decisions(*listings(8_000), Requirement())

    score = judge_decisions(decisions, *listings(8_000, seed=1))

    assert score.calibration_error < 0.02
    assert score.precision is not None
    assert 0.95 < score.precision < 0.975
    assert score.automation_rate == pytest.approx(decisions.thresholds.expected_rate, abs=0.03)
    assert 0.1 < score.automation_rate < 0.9


def test_more_precision_costs_automation():
    learnt, judged = listings(8_000), listings(8_000, seed=1)

    rates = [
        judge_decisions(learn_decisions(*learnt, Requirement(precision)), *judged).automation_rate
        for precision in (0.9, 0.95, 0.98)
    ]

    assert rates == sorted(rates, reverse=True)
    assert rates[0] > rates[2] + 0.1


def test_the_parts_of_a_score_agree_with_its_rows():
    decisions = learn_decisions(*listings(4_000), Requirement())
    margins, codes = listings(2_000, seed=1)

    score = judge_decisions(decisions, margins, codes)

    assert sum(held for held, _ in score.categories.values()) == score.accepted.sum()
    right = sum(held * (precision or 0) for held, precision in score.categories.values())
    assert right == pytest.approx((score.accepted & score.right).sum())
    answer, _ = answers(margins)
    for code, threshold in score.thresholds.items():
        own = CODES[answer] == code
        assert (score.confidence[own & score.accepted] >= threshold).all()
        assert (score.confidence[own & ~score.accepted] < threshold).all()


def test_rows_that_nobody_judged_teach_nothing_and_are_not_doubted():
    margins, codes = listings(3_000)
    unjudged = np.arange(3_000) % 3 == 0
    holes = np.where(unjudged[:, None], np.nan, margins)

    found = learn_decisions(holes, codes, Requirement())
    without = learn_decisions(margins[~unjudged], codes[~unjudged], Requirement())

    assert np.array_equal(found.calibration.slope, without.calibration.slope)
    assert np.array_equal(found.thresholds.values, without.thresholds.values)
    assert np.array_equal(found.doubts.rows, np.flatnonzero(~unjudged)[without.doubts.rows])


def test_wrong_labels_are_doubted_by_the_place_of_their_row():
    margins, codes = listings(3_000)
    clear = np.argsort(answers(margins)[1])[-20:]
    codes[clear] = CODES[(margins[clear].argmax(axis=1) + 1) % 3]

    doubts = learn_decisions(margins, codes, Requirement()).doubts

    assert set(clear.tolist()) <= set(doubts.rows[:25].tolist())


def test_a_listing_of_a_category_that_was_not_learnt_counts_as_wrong():
    decisions = learn_decisions(*listings(4_000), Requirement())
    margins, codes = listings(500, seed=1)

    strange = judge_decisions(decisions, margins, np.where(np.arange(500) < 250, 9_999, codes))

    assert not strange.right[:250].any()
    assert np.isfinite(strange.log_loss)


def test_where_nothing_was_judged_everything_is_reviewed():
    _, codes = listings(50)

    decisions = learn_decisions(np.full((50, 3), np.nan), codes, Requirement())
    score = judge_decisions(decisions, *listings(200, seed=1))

    assert score.automation_rate == 0
    assert score.precision is None
    assert set(score.thresholds.values()) == {None}


def test_the_summary_is_json_by_code():
    decisions = learn_decisions(*listings(4_000), Requirement())

    score = judge_decisions(decisions, *listings(2_000, seed=1))
    read = json.loads(json.dumps(score.summary(), allow_nan=False))

    assert set(read["thresholds"]) == {"10", "40", "2583"}
    assert read["automation_rate"] == score.automation_rate
    assert read["accepted"]["10"]["listings"] == score.categories[10][0]
    assert read["required_precision"] == 0.95
