import numpy as np
import pytest
from tests.monitoring.drift.windows import make_window

from rakuten_mlops.monitoring.drift.accuracy import estimate_accuracy, with_newcomers
from rakuten_mlops.monitoring.drift.report import Newcomers


def right_of(window, rng, penalty=0.0):
    unknown = window.unknown_words / window.words
    return rng.random(len(window)) < window.confidence - penalty * unknown


def test_on_unchanged_traffic_the_estimate_holds_the_truth(reference):
    rng = np.random.default_rng(3)
    inside = 0
    for seed in range(40):
        window = make_window(500, seed=200 + seed)
        found = estimate_accuracy(reference.window, reference.right, window)
        inside += found.low <= right_of(window, rng).mean() <= found.high

    assert inside >= 35


def test_less_confidence_is_less_accuracy(reference):
    doubtful = make_window(500, seed=21, confidence=np.full(500, 0.4))

    found = estimate_accuracy(reference.window, reference.right, doubtful)

    assert found.confidence == pytest.approx(0.4)
    assert found.estimate == pytest.approx(0.4, abs=0.06)
    assert found.estimate < found.reference


def test_confidence_that_unknown_words_betray_is_corrected():
    rng = np.random.default_rng(4)
    known = make_window(5_000, seed=22)
    right = right_of(known, rng, penalty=1.0)
    strange = make_window(500, seed=23)
    strange = make_window(500, seed=23, unknown_words=strange.words // 3)

    found = estimate_accuracy(known, right, strange)
    truth = right_of(strange, rng, penalty=1.0).mean()

    assert abs(found.estimate - truth) < abs(found.confidence - truth) / 2


def test_a_reference_that_is_always_right_makes_no_infinity(reference):
    always = np.ones(len(reference.window), dtype=np.bool_)

    found = estimate_accuracy(reference.window, always, make_window(200, seed=24))

    assert found.estimate > 0.97
    assert found.high <= 1


def test_the_interval_allows_for_newcomers_that_are_all_wrong(reference):
    found = estimate_accuracy(reference.window, reference.right, make_window(500, seed=25))

    wider = with_newcomers(found, Newcomers(0.2, 0.5, ("trottinette",), 40, "Jeux"))

    assert wider.low == pytest.approx(found.low - 0.1)
    assert (wider.estimate, wider.high) == (found.estimate, found.high)
    assert with_newcomers(found, None) == found
