import numpy as np
import pytest

from rakuten_mlops.monitoring.drift.noise import (
    hold,
    percentile_shift,
    stability_index,
    unchanged,
)


def test_the_stability_index_of_equal_shares_is_zero():
    assert stability_index(np.array([100, 300]), np.array([1, 3]) * 50) == pytest.approx(
        0, abs=1e-4
    )


def test_the_stability_index_is_that_of_the_formula():
    found = stability_index(np.array([5_000, 5_000]), np.array([8_000, 2_000]))

    assert found == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4), abs=1e-3)


def test_an_empty_bin_makes_no_infinity():
    assert np.isfinite(stability_index(np.array([100, 0]), np.array([0, 100])))


def test_values_that_all_exceed_the_reference_moved_by_half_its_percentiles():
    reference = np.full(10, 100)
    window = np.array([0] * 9 + [50])

    assert percentile_shift(reference, window) == pytest.approx(0.45)
    assert percentile_shift(reference, window[::-1]) == pytest.approx(0.45)


@pytest.mark.parametrize("measure", [stability_index, percentile_shift])
def test_unchanged_windows_exceed_the_threshold_as_often_as_it_says(measure):
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(12))
    alarms, tries = 0, 400
    for _ in range(tries):
        reference, window = rng.multinomial(3_000, shares), rng.multinomial(300, shares)
        noise = unchanged(reference, 300, measure, np.random.default_rng(0))
        alarms += noise.p(float(measure(reference, window))) <= 0.05

    assert 0.02 < alarms / tries < 0.09


def test_the_noise_of_small_windows_is_larger():
    reference = np.full(27, 100)
    small, large = (
        unchanged(reference, listings, stability_index, np.random.default_rng(0))
        for listings in (200, 2_000)
    )

    assert small.mean > 3 * large.mean


def test_holms_method_holds_each_p_to_what_is_left():
    held = hold([0.04, 0.001, 0.6, 0.012], 0.05)

    assert held[1] == (0.0125, True)
    assert held[3] == (pytest.approx(0.05 / 3), True)
    assert held[0] == (0.025, False)
    assert held[2] == (0.025, False)
