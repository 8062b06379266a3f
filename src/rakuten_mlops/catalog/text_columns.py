"""`listing.plain` and the words of a text, for whole columns at a time.

Pure. What `listing` does to one text, these do to many, in native code and on every core; a
property test holds the two together, for every character that this Python's Unicode knows.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import DIACRITICS, LIGATURES, TAG
from rakuten_mlops.entities import ENTITY, unescape

# `listing.WORD`, said so that Rust's regular expressions understand the same by it.
WORD = r"[\p{L}\p{N}_]{2,}"
# What str.split() takes for white space and \s does not.
BLANK = r"[\s\x1c-\x1f]+"
PIECE = 5_000


def plain_column(raw: pl.Series) -> pl.Series:
    """Return texts without HTML, accents or capitals, words apart by single spaces."""
    return _in_pieces(raw, lambda texts: _fold(texts).str.replace_all(BLANK, " ").str.strip_chars())


def spelt_words(raw: pl.Series) -> pl.Series:
    """Return what stands between the spaces of plain texts, as a list per text; "" for none."""
    return plain_column(raw).str.split(" ")


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

    def only(self, chosen: NDArray[np.bool_]) -> "NumberedWords":
        """Some of the words, of as many listings."""
        return replace(self, ids=self.ids[chosen], listing=self.listing[chosen])


def number_words(lists: pl.Series) -> NumberedWords:
    """Number the words of a column of lists of words."""
    names, ids = _number(lists.list.explode(empty_as_null=False))
    counts = lists.list.len().to_numpy()
    listing = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
    return NumberedWords(names, ids, listing, len(counts))


def number_listings(listings: pl.DataFrame) -> tuple[NumberedWords, NDArray[np.bool_]]:
    """Number the words of listings, of the `designation` first and then of the `description`.

    Also tells, for each of the words, whether it is the designation's. What stands between two
    spaces is folded and cut once, however often it occurs: neither looks beyond a space.
    """
    cuts = _each_piece(listings, _cut_at_spaces)
    strings, ids = _number(pl.concat([cut.names for cut, _ in cuts]))
    inner = number_words(_in_pieces(strings, _words_of_bare))
    ends = np.cumsum([len(cut.names) for cut, _ in cuts])

    def words_of(piece: int) -> tuple[NumberedWords, NDArray[np.bool_]]:
        cut, titled = cuts[piece]
        own = ids[ends[piece] - len(cut.names) : ends[piece]]
        return _expand(replace(cut, ids=own[cut.ids]), titled, inner)

    pieces, titled = zip(*_on_all_cores(range(len(cuts)), words_of), strict=True)
    return _joined(pieces), np.concatenate(titled)


def _number(texts: pl.Series) -> tuple[pl.Series, NDArray[np.uint32]]:
    """Each different text once, and which of them each text is."""
    # Categories of its own: the default ones are shared by the whole process, and only grow.
    ids = texts.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    first = np.zeros(int(ids.max()) + 1 if len(ids) else 0, dtype=np.int64)
    first[ids[::-1]] = np.arange(len(ids))[::-1]
    return texts.gather(first), ids


def _cut_at_spaces(listings: pl.DataFrame) -> tuple[NumberedWords, NDArray[np.bool_]]:
    """What stands between spaces, as if it were words, and which of it is the title's."""
    title, rest = (_without_html(listings[name]) for name in ("designation", "description"))
    cut = number_words((title + " " + rest).str.split(" "))
    of_title = title.str.count_matches(" ", literal=True).to_numpy() + np.uint32(1)
    sizes = np.bincount(cut.listing, minlength=cut.listings)
    bounds = np.column_stack([of_title, sizes - of_title]).ravel()
    return cut, np.repeat(np.tile([True, False], cut.listings), bounds)


def _expand(
    strings: NumberedWords, titled: NDArray[np.bool_], inner: NumberedWords
) -> tuple[NumberedWords, NDArray[np.bool_]]:
    """Put its words in the place of each string; `inner` are the words of the different strings."""
    lengths = np.bincount(inner.listing, minlength=inner.listings).astype(np.int32)
    first = np.cumsum(lengths, dtype=np.int32) - lengths
    times = lengths[strings.ids]
    ends = np.cumsum(times, dtype=np.int32)
    places = np.repeat(first[strings.ids] + times - ends, times)
    places += np.arange(len(places), dtype=np.int32)
    listing = np.repeat(strings.listing, times)
    numbered = NumberedWords(inner.names, inner.ids[places], listing, strings.listings)
    return numbered, np.repeat(titled, times)


def _joined(pieces: Sequence[NumberedWords]) -> NumberedWords:
    """Words of consecutive listings, numbered by the same names."""
    listings = np.cumsum([0, *(each.listings for each in pieces)], dtype=np.uint32)
    listing = [each.listing + first for each, first in zip(pieces, listings[:-1], strict=True)]
    ids = np.concatenate([each.ids for each in pieces])
    return NumberedWords(pieces[0].names, ids, np.concatenate(listing), int(listings[-1]))


Piece = TypeVar("Piece")
Result = TypeVar("Result")


def _in_pieces(texts: pl.Series, work: Callable[[pl.Series], pl.Series]) -> pl.Series:
    return pl.concat(_each_piece(texts.to_frame(), lambda piece: work(piece.to_series())))


def _each_piece(rows: pl.DataFrame, work: Callable[[pl.DataFrame], Result]) -> list[Result]:
    starts = range(0, max(len(rows), 1), PIECE)
    return _on_all_cores([rows.slice(start, PIECE) for start in starts], work)


def _on_all_cores(pieces: Sequence[Piece], work: Callable[[Piece], Result]) -> list[Result]:
    """Work on each piece; a single one in this very thread, which may be one of several."""
    if len(pieces) <= 1:
        return list(map(work, pieces))
    # polars lets go of the interpreter's lock while it works on a column.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, pieces))


def _fold(raw: pl.Series) -> pl.Series:
    return _fold_letters(_without_html(raw))


def _words_of_bare(texts: pl.Series) -> pl.Series:
    """The words of texts that hold no HTML, as a list per text."""
    return _fold_letters(texts).str.extract_all(WORD)


def _without_html(raw: pl.Series) -> pl.Series:
    return _unescape(raw).str.replace_all(TAG.pattern, " ")


def _fold_letters(texts: pl.Series) -> pl.Series:
    return (
        texts.str.normalize("NFKD")
        .str.replace_all(DIACRITICS.pattern, "")
        .str.to_lowercase()
        .str.replace_many(list(LIGATURES), list(LIGATURES.values()))
    )


def _unescape(raw: pl.Series) -> pl.Series:
    """HTML's entities are Python's to know: each different one is shown to it, once."""
    places = raw.str.contains("&", literal=True).arg_true()
    texts = raw.gather(places)
    entities = texts.str.extract_all(ENTITY).list.explode(empty_as_null=False).unique()
    if entities.is_empty():
        return raw
    meant = {each: unescape(each) for each in sorted(entities, key=len, reverse=True)}
    # The longest first: of `&amp;` and `&amp` the one is meant that stands there whole.
    plain = texts.str.replace_many(list(meant), list(meant.values()), leftmost=True)
    return raw.scatter(places, plain)
