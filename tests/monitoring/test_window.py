import numpy as np
import pytest

from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.monitoring.window import Sketch, Window, sketch_of, window_of

TITLES = ["Piscine ronde", "", "Lampe de salon en bois"]


def a_window() -> Window:
    return window_of(
        "7",
        [describe(title, "", hash_words(["lampe"])) for title in TITLES],
        at=[1.0, 2.0, 3.0],
        categories=[2583, 10, 2060],
        confidence=[0.9, 0.2, 0.8],
        accepted=[True, False, True],
    )


def test_a_window_holds_the_words_of_each_listing():
    window = a_window()

    assert [window.sketch.words_of(row).tolist() for row in range(3)] == [
        hash_words(["piscine", "ronde"]).tolist(),
        [],
        hash_words(["lampe", "de", "salon", "en", "bois"]).tolist(),
    ]


def test_taking_rows_takes_their_words_along():
    taken = a_window().take(np.array([2, 0, 2]))

    assert taken.categories.tolist() == [2060, 2583, 2060]
    assert taken.unknown_words.tolist() == [4, 2, 4]
    assert taken.sketch.words_of(1).tolist() == hash_words(["piscine", "ronde"]).tolist()
    assert taken.sketch.words_of(2).tolist() == taken.sketch.words_of(0).tolist()


def test_a_window_may_be_empty():
    empty = window_of("7", [], at=[], categories=[], confidence=[], accepted=[])

    assert len(empty) == len(empty.sketch) == 0
    assert len(a_window().take(np.zeros(0, dtype=np.int64))) == 0


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="confidence has 1 rows, at 0"):
        window_of("7", [], at=[], categories=[], confidence=[0.5], accepted=[])


def test_a_sketch_that_leads_past_its_hashes_is_refused():
    with pytest.raises(ValueError, match="2 hashes"):
        Sketch(np.array([0, 3]), np.zeros(2, dtype=np.uint32))


def test_a_sketch_of_nothing_is_empty():
    assert len(sketch_of([])) == 0
