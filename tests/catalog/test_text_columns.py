import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog import listing
from rakuten_mlops.catalog.text_columns import (
    PIECE,
    number_listings,
    number_words,
    plain_column,
)

# A character that this Python's Unicode does not know may be a letter to a newer one's.
known = st.characters(exclude_categories=("Cs", "Cn"))
hostile = st.text(known, max_size=50) | st.text(
    alphabet="aàb œÆé_9²½Σσς İıßẞ<p>&;amp;#39\x00\x1c\xa0\n\u0301\u3000一", max_size=40
)
listings = st.lists(st.tuples(hostile, hostile), max_size=20)


def frame(pairs):
    return pl.DataFrame(pairs, schema={"designation": str, "description": str}, orient="row")


def spelt(numbered, listings):
    """The words of each listing, by their numbers."""
    found = [[] for _ in range(listings)]
    for place, word in zip(numbered.listing.tolist(), numbered.ids.tolist(), strict=True):
        found[place].append(numbered.names[word])
    return found


@given(listings)
def test_listings_are_numbered_as_one_by_one_are_read(pairs):
    numbered, titled = number_listings(frame(pairs))

    titles = [listing.words(title) for title, _ in pairs]
    rest = [listing.words(description) for _, description in pairs]
    assert numbered.listings == len(pairs)
    assert spelt(numbered, len(pairs)) == [a + b for a, b in zip(titles, rest, strict=True)]
    assert spelt(numbered.only(titled), len(pairs)) == titles
    assert spelt(numbered.only(~titled), len(pairs)) == rest


@given(listings)
def test_a_word_has_one_number(pairs):
    numbered, _ = number_listings(frame(pairs))

    used = [numbered.names[word] for word in set(numbered.ids.tolist())]
    assert len(set(used)) == len(used)


@given(st.lists(hostile, max_size=20))
def test_numbered_words_are_the_words_of_each_text(texts):
    lists = pl.Series([listing.words(text) for text in texts], dtype=pl.List(pl.String))

    numbered = number_words(lists)

    assert spelt(numbered, len(texts)) == [listing.words(text) for text in texts]
    assert (np.diff(numbered.listing.astype(int)) >= 0).all()


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_piece_more_or_less_changes_no_word(extra):
    pairs = [(f"Titre n&deg;{n}", f"<b>mot{n % 7}</b>" * (n % 3)) for n in range(PIECE + extra)]

    numbered, titled = number_listings(frame(pairs))

    found = spelt(numbered, len(pairs))
    assert found == [listing.words(title) + listing.words(text) for title, text in pairs]
    assert np.count_nonzero(titled) == sum(len(listing.words(title)) for title, _ in pairs)


def test_no_listing_has_no_word():
    numbered, titled = number_listings(frame([]))

    assert (numbered.listings, len(numbered.ids), len(titled)) == (0, 0, 0)


def test_the_longest_entity_is_meant_wherever_another_text_has_a_shorter_one():
    texts = [
        "a&amp",
        "a&amp;b",
        "&eacute;t&eacute",
        "&#101",
        "&#10",
        "&#1010;",
        "&notit;",
        "&not;it",
    ]

    assert plain_column(pl.Series(texts)).to_list() == [listing.plain(text) for text in texts]


def test_an_entity_is_read_once_and_what_it_stands_for_is_not_read_again():
    texts = ["&amp;lt;p&amp;gt;", "&lt;p&gt;", "&amp;amp;"]

    assert plain_column(pl.Series(texts)).to_list() == ["&lt;p&gt;", "", "&amp;"]
