import pytest
from tests.factories import an_offer

from rakuten_mlops.review.sampling import choose, is_drawn

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


def test_the_doubtful_are_chosen_and_of_the_others_those_that_chance_draws():
    offers = [an_offer("Lot bleu"), an_offer("Livre", decision="accept")]

    assert list(choose(offers, share=0.0)) == offers[:1]
    assert [each.kind for each in choose(offers, share=1.0)] == ["random", "random"]


def test_chance_draws_doubtful_and_sure_ones_alike():
    decisions = ("accept", "review")
    offers = [an_offer(f"Livre {n}", decision=decisions[n % 2]) for n in range(4_000)]

    drawn = [each for each in choose(offers, share=0.3) if each.drawn]

    assert 0.27 < len(drawn) / 4_000 < 0.33
    assert 0.45 < sum(each.decision == "accept" for each in drawn) / len(drawn) < 0.55
