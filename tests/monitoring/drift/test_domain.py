from dataclasses import replace

import numpy as np
from tests.monitoring.drift.windows import make_window

from rakuten_mlops.monitoring.drift.domain import fingerprints, tell_apart
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.monitoring.window import sketch_of


def with_word(sketch, word, share):
    new = hash_words([word])[0]
    return sketch_of(
        [
            np.union1d(sketch.words_of(row), [new]).astype(np.uint32)
            if row < share * len(sketch)
            else sketch.words_of(row)
            for row in range(len(sketch))
        ]
    )


def test_listings_of_one_kind_cannot_be_told_apart(reference):
    current = make_window(400, seed=11).sketch

    found = tell_apart(reference.window.sketch, current, np.random.default_rng(0))

    assert 0.4 < found.auc < 0.6
    assert found.p > 0.01


def test_a_new_word_in_most_listings_tells_them_apart(reference):
    current = with_word(make_window(400, seed=11).sketch, "trottinette", 0.8)

    found = tell_apart(reference.window.sketch, current, np.random.default_rng(0))

    assert found.auc > 0.75
    assert found.p < 1e-6
    assert found.auc > found.threshold(0.001)


def test_listings_that_are_there_twice_teach_each_other_nothing():
    same = make_window(300, seed=12).sketch
    twice = same.take(np.repeat(np.arange(150), 2))

    found = tell_apart(same, twice, np.random.default_rng(0))

    assert found.auc < 0.6


def test_a_fingerprint_is_that_of_the_words_alone():
    window = make_window(50, seed=13)
    other = replace(window, title_chars=window.title_chars + 1)

    assert np.array_equal(fingerprints(window.sketch), fingerprints(other.sketch))
    assert len(set(fingerprints(window.sketch).tolist())) == 50


def test_words_that_a_fold_has_never_seen_say_nothing(reference):
    # Every listing holds a word of its own; those that are in both sketches hold it twice.
    whole = reference.window.sketch
    own = sketch_of(
        [
            np.union1d(whole.words_of(row), hash_words([f"numero{row}"])).astype(np.uint32)
            for row in range(len(whole))
        ]
    )

    found = tell_apart(own, own.take(np.arange(400)), np.random.default_rng(0))

    assert found.p > 0.001
