import numpy as np
import pytest
from tests.monitoring.drift.test_domain import with_word
from tests.monitoring.drift.windows import make_window

from rakuten_mlops.monitoring.drift.grown_words import grown_words, most_grown
from rakuten_mlops.monitoring.drift.terms import WordCounts, count_words
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.monitoring.window import sketch_of

RATE = 0.05


def test_a_word_that_is_new_in_a_few_listings_is_found(reference):
    current = with_word(make_window(400, seed=11).sketch, "trottinette", 0.05)

    found = most_grown(count_words(reference.window.sketch, current))

    assert found.word == int(hash_words(["trottinette"])[0])
    assert (found.before, found.now) == (0.0, 0.05)
    assert found.p < 1e-6


def test_unchanged_traffic_has_a_grown_word_at_most_as_often_as_p_says():
    # given halves of the same listings: whatever they are, chance alone says who is where
    whole = make_window(600, seed=21).sketch
    rng = np.random.default_rng(22)

    ps = []
    for _ in range(200):
        order = rng.permutation(600)
        found = most_grown(count_words(whole.take(order[:400]), whole.take(order[400:])))
        ps.append(found.p)

    assert np.mean(np.array(ps) <= RATE) <= RATE + 3 * (RATE / 200) ** 0.5
    assert min(ps) > 0


@pytest.mark.parametrize("level", [0.05, 0.001])
def test_growth_passes_from_the_threshold_on(reference, level):
    current = with_word(make_window(400, seed=11).sketch, "trottinette", 0.05)
    found = most_grown(count_words(reference.window.sketch, current))
    times = round(400 * (found.threshold(level) + found.before))

    def p(current):
        return (
            most_grown(
                WordCounts(
                    np.array([found.word], dtype=np.uint32),
                    np.array([found.reference]),
                    np.array([current]),
                    found.reference_listings,
                    found.listings,
                )
            ).p
            * found.words
        )

    assert p(times) <= level < p(times - 1)


def test_words_that_could_not_be_a_sign_do_not_count():
    rare = WordCounts(
        np.arange(100, dtype=np.uint32),
        np.zeros(100, dtype=np.int64),
        np.ones(100, dtype=np.int64),
        reference_listings=1_000,
        listings=500,
    )

    assert most_grown(rare) is None


def test_without_a_word_none_has_grown():
    nothing = sketch_of([np.zeros(0, dtype=np.uint32)] * 100)
    counts = count_words(nothing, nothing)

    assert most_grown(counts) is None
    assert len(grown_words(counts, fewest=5, rate=0.05)) == 0


def test_all_words_that_grew_are_listed_the_clearest_first(reference):
    current = make_window(400, seed=11).sketch
    current = with_word(with_word(current, "trottinette", 0.1), "guidon", 0.05)
    counts = count_words(reference.window.sketch, current)

    found = counts.hashes[grown_words(counts, fewest=5, rate=0.05)]

    assert found.tolist() == hash_words(["trottinette", "guidon"]).tolist()


def test_no_word_of_unchanged_traffic_is_listed(reference):
    counts = count_words(reference.window.sketch, make_window(400, seed=11).sketch)

    assert len(grown_words(counts, fewest=5, rate=0.05)) == 0
