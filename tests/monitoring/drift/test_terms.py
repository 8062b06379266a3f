from tests.monitoring.drift.test_domain import with_word
from tests.monitoring.drift.windows import WORDS, make_window

from rakuten_mlops.monitoring.drift.terms import changed_terms, count_words
from rakuten_mlops.monitoring.text_statistics import hash_words


def test_a_new_word_is_told_with_its_shares(reference):
    current = with_word(make_window(400, seed=11).sketch, "trottinette", 0.1)

    grown, _ = changed_terms(count_words(reference.window.sketch, current), WORDS, most=5)

    assert (grown[0].term, grown[0].reference, grown[0].current) == ("trottinette", 0.0, 0.1)


def test_a_word_that_is_gone_is_told(reference):
    before = with_word(reference.window.sketch, "guidon", 0.2)

    _, gone = changed_terms(count_words(before, make_window(400, seed=11).sketch), WORDS, most=5)

    assert (gone[0].term, gone[0].current) == ("guidon", 0.0)


def test_words_of_unchanged_traffic_are_not_told(reference):
    counts = count_words(reference.window.sketch, make_window(400, seed=11).sketch)

    assert changed_terms(counts, WORDS, most=5) == ((), ())


def test_a_word_without_a_name_is_left_out(reference):
    current = with_word(make_window(400, seed=11).sketch, "secret", 0.5)
    counts = count_words(reference.window.sketch, current)

    assert changed_terms(counts, WORDS, most=5)[0] == ()
    named = WORDS | {int(hash_words(["secret"])[0]): "secret"}
    assert changed_terms(counts, named, most=5)[0][0].term == "secret"
