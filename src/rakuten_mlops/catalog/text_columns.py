"""`listing.plain` and the words of a text, for whole columns at a time.

Pure. What `listing` does to one text, these do to many, in native code and on every core; a
property test holds the two together, for every character that this Python's Unicode knows.
"""

import html
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from rakuten_mlops.catalog.listing import DIACRITICS, LIGATURES, TAG

# Python's \w{2,}, said so that Rust's regular expressions understand the same by it.
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
        .str.replace_many([chr(code) for code in LIGATURES], list(LIGATURES.values()))
        .str.replace_all(DIACRITICS.pattern, "")
        .str.to_lowercase()
    )


def _unescape(raw: pl.Series) -> pl.Series:
    """HTML's entities are Python's to know; only texts that may hold one are handed to it."""
    places = raw.str.contains("&", literal=True).arg_true()
    if places.is_empty():
        return raw
    return raw.scatter(places, pl.Series(map(html.unescape, raw.gather(places)), dtype=pl.String))
