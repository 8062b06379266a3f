import pytest

from rakuten_mlops.monitoring.text_statistics import hash_words, number_of
from rakuten_mlops.monitoring.word_naming import WordNaming


@pytest.fixture
def naming():
    return WordNaming(enough=3)


def test_a_word_is_named_once_enough_different_listings_held_it(naming):
    naming.see(["gyropode"], 1)
    naming.see(["gyropode"], 2)
    assert naming.due() == {}

    naming.see(["gyropode", "roue"], 3)

    assert naming.due() == {number_of("gyropode"): "gyropode"}


def test_the_same_listing_over_and_over_names_nothing(naming):
    for _ in range(50):
        naming.see(["camille"], 7)

    assert naming.due() == {}


def test_what_is_written_down_is_due_no_more_and_what_is_not_stays_due(naming):
    for listing in range(3):
        naming.see(["un"], listing)
    due = naming.due()
    for listing in range(3):
        naming.see(["deux"], listing)

    naming.settle(due)
    for listing in range(9):
        naming.see(["un"], listing)

    assert list(naming.due().values()) == ["deux"]


def test_after_old_names_are_deleted_a_word_in_use_is_named_again(naming):
    for listing in range(3):
        naming.see(["un"], listing)
    naming.settle(naming.due())

    naming.forget()
    for listing in range(3):
        naming.see(["un"], listing)

    assert list(naming.due().values()) == ["un"]


@pytest.mark.parametrize("word", ["0612345678", "ref00123456", "x" * 41])
def test_numbers_of_somebody_and_monsters_are_never_named(naming, word):
    for listing in range(9):
        naming.see([word], listing)

    assert naming.due() == {}


def test_words_that_hardly_come_back_are_forgotten_first():
    few = WordNaming(enough=3, most_waiting=2)
    few.see(["un"], 1)
    few.see(["deux"], 1)
    few.see(["un"], 2)
    few.see(["trois"], 1)
    few.see(["un"], 3)
    few.see(["deux"], 2)
    few.see(["deux"], 3)

    assert list(few.due().values()) == ["un"]


def test_a_words_number_is_its_hash_in_the_sketches():
    assert [number_of("piscine")] == hash_words(["piscine"]).tolist()
