import pytest

from rakuten_mlops.review.sampling import is_drawn

TITLES = [f"Piscine ronde {n}" for n in range(20_000)]


def drawn(version, share=0.1):
    return {title for title in TITLES if is_drawn(version, title, share=share)}


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_the_sample_has_the_share_that_was_asked_for(share):
    found = len(drawn("1", share)) / len(TITLES)

    # Five standard deviations.
    assert abs(found - share) < 5 * (share * (1 - share) / len(TITLES)) ** 0.5


def test_a_listing_is_drawn_or_not_however_often_it_comes():
    assert drawn("1") == drawn("1")


def test_a_new_version_draws_anew():
    both = len(drawn("1") & drawn("2")) / len(TITLES)

    assert 0.005 < both < 0.015  # as two independent tenths overlap


def test_nothing_and_everything_can_be_drawn():
    assert not drawn("1", 0.0)
    assert drawn("1", 1.0) == set(TITLES)


def test_half_a_character_and_a_long_version_fail_nobody():
    assert is_drawn("v" * 200, "Piscine \ud800", share=1.0)
