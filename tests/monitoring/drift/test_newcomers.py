"""What is, and what is not, a new kind of listing."""

from dataclasses import replace

import numpy as np
import pytest
from tests.monitoring.drift.windows import CATEGORIES, WORDS, make_window

from rakuten_mlops.monitoring.drift.newcomers import find_newcomers
from rakuten_mlops.monitoring.drift.terms import count_words
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.monitoring.window import sketch_of

LISTINGS = 500


def holding(window, rows, *words):
    """The window, with words added to some of its listings."""
    new = hash_words(words)
    held = [
        np.union1d(window.sketch.words_of(row), new).astype(np.uint32)
        if row in rows
        else window.sketch.words_of(row)
        for row in range(len(window))
    ]
    return replace(window, sketch=sketch_of(held))


def newcomers(reference, window):
    counts = count_words(reference.sketch, window.sketch)
    return find_newcomers(reference, window, counts, words=WORDS, categories=CATEGORIES)


@pytest.fixture
def before(reference):
    return reference.window


def test_a_kind_is_named_by_its_words_its_share_and_where_it_is_put(before):
    theirs = range(40)
    window = make_window(LISTINGS, seed=31)
    codes = np.where(np.arange(LISTINGS) < 40, 2583, window.categories)
    window = holding(replace(window, categories=codes), theirs, "trottinette", "guidon")

    found = newcomers(before, window)

    assert set(found.terms) == {"trottinette", "guidon"}
    assert found.share == pytest.approx(0.08)
    assert found.category == "Piscines"
    assert found.confidence == pytest.approx(window.confidence[:40].mean())


def test_one_word_is_enough_to_know_a_kind_by(before):
    found = newcomers(before, holding(make_window(LISTINGS, seed=31), range(25), "trottinette"))

    assert found.terms == ("trottinette",)


def test_unchanged_traffic_holds_no_new_kind(before):
    windows = [make_window(LISTINGS, seed=40 + number) for number in range(10)]

    assert [newcomers(before, window) for window in windows] == [None] * 10


def test_a_category_that_grew_is_not_new(before):
    # given a word that most listings of a category hold, and few others
    pools = np.flatnonzero(before.categories == 2583)
    rarely = set(pools[:: max(1, len(pools) // 60)].tolist())
    few = np.where(np.isin(np.arange(len(before)), list(rarely)), 2583, 10)
    before = holding(replace(before, categories=few), rarely, "guidon")
    window = make_window(LISTINGS, seed=31)
    many = np.where(np.arange(LISTINGS) < 80, 2583, 10)

    grown = holding(replace(window, categories=many), range(80), "guidon")
    elsewhere = replace(grown, categories=np.full(LISTINGS, 10))

    assert newcomers(before, grown) is None
    assert newcomers(before, elsewhere).terms == ("guidon",)


def test_a_kind_that_shares_its_words_is_known_by_where_it_is_put(before):
    # given a word that a fifth of the games hold, and no pool
    games = np.flatnonzero(before.categories == 40)
    before = holding(before, set(games[::5].tolist()), "guidon")
    places = np.arange(LISTINGS)
    few_games = replace(
        make_window(LISTINGS, seed=31),
        categories=np.where(places < 25, 40, np.where(places < 250, 2583, 10)),
    )
    more_games = replace(few_games, categories=np.where(places < 325, 40, 2583))

    pools = holding(few_games, range(20, 85), "guidon")
    as_ever = holding(more_games, range(65), "guidon")

    assert newcomers(before, pools).terms == ("guidon",)
    assert newcomers(before, pools).category == "Piscines"
    assert newcomers(before, as_ever) is None


def test_a_word_that_became_somewhat_more_frequent_is_no_kind(before):
    before = holding(before, range(300), "guidon")

    window = holding(make_window(LISTINGS, seed=31), range(150), "guidon")

    assert newcomers(before, window) is None


def test_listings_that_are_all_worded_anew_are_no_kind(before):
    window = holding(make_window(LISTINGS, seed=31), range(40), "trottinette")
    unknown = np.minimum(window.words, window.unknown_words + 2)

    assert newcomers(before, window) is not None
    assert newcomers(before, replace(window, unknown_words=unknown)) is None


def test_unknown_words_of_the_newcomers_alone_do_not_hide_them(before):
    window = holding(make_window(LISTINGS, seed=31), range(40), "trottinette")
    theirs = np.where(np.arange(LISTINGS) < 40, window.words, window.unknown_words)

    assert newcomers(before, replace(window, unknown_words=theirs)) is not None


def test_a_kind_without_a_word_that_may_be_told_is_not_told_of(before):
    window = holding(make_window(LISTINGS, seed=31), range(40), "secret")

    assert newcomers(before, window) is None


def test_few_listings_are_no_kind(before):
    window = holding(make_window(LISTINGS, seed=31), range(9), "trottinette", "guidon")

    assert newcomers(before, window) is None
