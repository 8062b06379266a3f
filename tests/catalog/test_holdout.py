import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog.holdout import in_holdout, title_key

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)
TITLES = st.lists(WORD, min_size=1, max_size=8)


@pytest.mark.parametrize(
    "copy",
    [
        "piscine hors-sol RONDE",
        "Piscine hors sol ronde 450 x 90",
        "ronde piscine, sol (hors)",
        "<b>Piscine</b> hors sol ronde",
        "Piscine piscine hors sol ronde",
        "Pïscîne hors sol rondé",
    ],
)
def test_a_near_copy_has_the_same_key(copy):
    assert title_key(copy) == title_key("Piscine hors sol ronde")


def test_titles_of_numbers_alone_are_told_apart():
    assert title_key("12") != title_key("13")


@given(TITLES, st.randoms(use_true_random=False), st.integers(0, 9999))
def test_word_order_case_and_numbers_never_change_the_side(words, shuffler, number):
    title = " ".join(words)
    copied = [*words, str(number)]
    shuffler.shuffle(copied)

    assert in_holdout(" ".join(copied).upper()) == in_holdout(title)


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_only_adds_to_the_holdout(title, one, other):
    small, large = sorted((one, other))

    assert in_holdout(title, share=small) <= in_holdout(title, share=large)


def test_about_a_tenth_of_titles_is_held_out():
    chance = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    titles = {"".join(chance.choices(letters, k=9)) for _ in range(5_000)}

    share = sum(map(in_holdout, titles)) / len(titles)

    assert 0.085 < share < 0.115


def test_the_side_of_a_title_is_the_same_on_every_machine_and_for_ever():
    titles = [f"Livre {letter}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]

    assert [title for title in titles if in_holdout(title)] == ["Livre ll", "Livre yy"]
