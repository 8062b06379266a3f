import numpy as np
import pytest
from tests.factories import a_scorecard

from rakuten_mlops.errors import HoldoutMismatch
from rakuten_mlops.registry.promotion import Automation, Gate, judge, with_automation
from rakuten_mlops.training.scorecard import Holdout, Scorecard


def test_the_first_version_is_promoted_without_a_comparison():
    verdict = judge(a_scorecard((10, 10, 5), (40, 40, 5)), None, Gate())

    assert verdict.promote
    assert verdict.reasons == ("There is no champion yet",)


def test_automation_is_said_and_decides_nothing():
    card = a_scorecard((10, 10, 700), (10, 40, 300), (40, 40, 1_000))
    verdict = judge(card, card, Gate())

    found = with_automation(verdict, Automation(0.68, 0.949), Automation(0.6, None))

    assert found.promote is verdict.promote is False
    assert found.reasons[-1] == "Automation rate: 68.0%, 94.9% of it right; the champion's: 60.0%"
    assert found.summary()["automation_rate"] == 0.68
    assert found.summary()["champion_automation_rate"] == 0.6


def test_a_champion_without_thresholds_has_no_automation_to_compare():
    verdict = judge(a_scorecard((10, 10, 5)), None, Gate())

    found = with_automation(verdict, Automation(0.0, None), None)

    assert found.reasons == ("There is no champion yet", "Automation rate: 0.0%")
    assert found.champion_automation_rate is None


def test_a_truly_better_challenger_is_promoted():
    champion = a_scorecard((10, 10, 700), (10, 40, 300), (40, 40, 1_000))
    challenger = a_scorecard((10, 10, 900), (10, 40, 100), (40, 40, 1_000))

    verdict = judge(challenger, champion, Gate(), champion_version="7")

    assert verdict.promote
    assert verdict.champion_version == "7"
    assert verdict.gain == pytest.approx(challenger.macro_f1 - champion.macro_f1)
    assert 0 < verdict.gain_low < verdict.gain < verdict.gain_high


def test_the_same_answers_are_no_gain():
    card = a_scorecard((10, 10, 700), (10, 40, 300), (40, 40, 1_000))

    verdict = judge(card, card, Gate())

    assert not verdict.promote
    assert "Not better" in verdict.reasons[0]


def test_a_gain_on_few_rows_may_be_noise():
    champion = a_scorecard((10, 10, 13), (10, 40, 7), (40, 40, 20))
    challenger = a_scorecard((10, 10, 15), (10, 40, 5), (40, 40, 20))

    verdict = judge(challenger, champion, Gate())

    assert verdict.promote is False, "a bool of numpy's would not become JSON"
    assert "may be noise" in verdict.reasons[0]


def test_a_better_mean_does_not_excuse_a_ruined_category():
    champion = a_scorecard(
        (10, 10, 500), (10, 40, 500), (40, 40, 1_000), (60, 60, 90), (60, 40, 10)
    )
    challenger = a_scorecard(
        (10, 10, 990), (10, 40, 10), (40, 40, 1_000), (60, 60, 60), (60, 10, 40)
    )

    verdict = judge(challenger, champion, Gate())

    assert verdict.gain > 0.05
    assert not verdict.promote
    assert verdict.ruined == (60,)
    assert "Category 60 falls" in verdict.reasons[1]


def test_a_small_category_that_loses_one_row_is_not_ruined():
    champion = a_scorecard((10, 10, 700), (10, 40, 300), (40, 40, 1_000), (60, 60, 4))
    challenger = a_scorecard((10, 10, 950), (10, 40, 50), (40, 40, 1_000), (60, 60, 3), (60, 40, 1))

    verdict = judge(challenger, champion, Gate())

    assert champion.categories[60].f1 - challenger.categories[60].f1 > Gate().max_category_loss
    assert verdict.ruined == ()


def test_scores_on_other_rows_are_not_compared():
    card = a_scorecard((10, 10, 5), (40, 40, 5))
    elsewhere = a_scorecard((10, 10, 5), (40, 40, 5), holdout=Holdout(2, 10, "f" * 64))

    with pytest.raises(HoldoutMismatch, match="same rows"):
        judge(card, elsewhere, Gate())


def test_noise_between_equally_good_models_is_almost_never_promoted():
    promoted = 0
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 20, 3_000)
    for trial in range(60):
        # Both are right on 80 % of the rows, and agree on most of their errors.
        base = np.where(rng.random(truth.size) < 0.8, truth, rng.integers(0, 20, truth.size))
        one, other = (
            np.where(rng.random(truth.size) < 0.03, rng.integers(0, 20, truth.size), base)
            for _ in range(2)
        )
        holdout = Holdout(1, truth.size, "f")
        verdict = judge(
            Scorecard(holdout, truth, one), Scorecard(holdout, truth, other), Gate(), seed=trial
        )
        promoted += verdict.promote

    # The stated rate is 1 %: three or more of sixty would happen once in forty runs of luck.
    assert promoted <= 2
