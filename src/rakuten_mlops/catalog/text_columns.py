"""`listing.plain` and the words of a text, for whole columns at a time.

Pure. What `listing` does to one text, these do to many, in native code and on every core; a
property test holds the two together, for every character that this Python's Unicode knows.
"""

import html
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import DIACRITICS, LIGATURES, TAG

# `listing.WORD`, said so that Rust's regular expressions understand the same by it.
WORD = r"[\p{L}\p{N}_]{2,}"
# What str.split() takes for white space and \s does not.
BLANK = r"[\s\x1c-\x1f]+"
PIECE = 5_000


def plain_column(raw: pl.Series) -> pl.Series:
    """Return texts without HTML, accents or capitals, words apart by single spaces."""
    return _in_pieces(raw, lambda texts: _fold(texts).str.replace_all(BLANK, " ").str.strip_chars())


def words(raw: pl.Series) -> pl.Series:
    """Return the words of texts, plain and in order, as a list per text."""
    return _in_pieces(raw, lambda texts: _fold(texts).str.extract_all(WORD))


@dataclass(frozen=True)
class NumberedWords:
    """The words of many listings, one after the other.

    `names` holds each word once; `ids` (words,) says which it is, `listing` (words,) in which of
    the `listings` it stands.
    """

    names: pl.Series
    ids: NDArray[np.uint32]
    listing: NDArray[np.uint32]
    listings: int


def number_words(lists: pl.Series) -> NumberedWords:
    """Number the words of a column of lists of words."""
    counts = lists.list.len().to_numpy()
    flat = lists.list.explode(empty_as_null=False)
    # Categories of its own: the default ones are shared by the whole process, and only grow.
    ids = flat.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    first = np.zeros(int(ids.max()) + 1 if len(ids) else 0, dtype=np.int64)
    first[ids[::-1]] = np.arange(len(ids))[::-1]
    listing = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
    return NumberedWords(flat.gather(first), ids, listing, len(counts))


def run_starts(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where runs of equal values begin, in sorted values."""
    changed = np.empty(len(values), dtype=np.bool_)
    changed[:1] = True
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return np.flatnonzero(changed)


def _in_pieces(texts: pl.Series, work: Callable[[pl.Series], pl.Series]) -> pl.Series:
    if texts.len() <= PIECE:
        return work(texts)
    pieces = [texts.slice(start, PIECE) for start in range(0, texts.len(), PIECE)]
    # polars lets go of the interpreter's lock while it works on a column.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return pl.concat(pool.map(work, pieces))


def _fold(raw: pl.Series) -> pl.Series:
    texts = _unescape(raw).str.replace_all(TAG.pattern, " ")
    return (
        texts.str.normalize("NFKD")
        .str.replace_all(DIACRITICS.pattern, "")
        .str.to_lowercase()
        .str.replace_many(list(LIGATURES), list(LIGATURES.values()))
    )


def _unescape(raw: pl.Series) -> pl.Series:
    """HTML's entities are Python's to know; only texts that may hold one are handed to it."""
    places = raw.str.contains("&", literal=True).arg_true()
    if places.is_empty():
        return raw
    return raw.scatter(places, pl.Series(map(html.unescape, raw.gather(places)), dtype=pl.String))
