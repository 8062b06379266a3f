"""TF-IDF of whole columns: the terms, order and values of TfidfVectorizer, in native code.

A term is a number, made of the alphabetical ranks of its words; terms with the listings that they
stand in are sorted once, as 64-bit integers, and runs of equal ones are counts. The result is put
into plain, fitted scikit-learn vectorisers: nothing of this is needed to use the model.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from rakuten_mlops.catalog.runs import run_starts
from rakuten_mlops.catalog.text_columns import (
    NumberedWords,
    number_listings,
    number_words,
    spelt_words,
)
from rakuten_mlops.training.character_counts import count_characters
from rakuten_mlops.training.pipeline import CHARACTERS

KEY_BITS = 64
LISTING_BITS = np.uint64(32)
LISTING = np.uint64(2**32 - 1)
# Terms are counted in so many parts, by their first words: enough for the cores, and each part's
# keys small beside the result.
PARTS = 16
MOST_PARTS = 100


def fit_features(
    features: ColumnTransformer, learnt: pl.DataFrame, unseen: pl.DataFrame
) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Fit `pipeline.build_features` on listings; return their matrix, and that of unseen ones.

    Both frames have the columns `designation` and `description`. The matrices are those that
    fit_transform and transform would return for `pipeline.model_input`.
    """
    listings = pl.concat([learnt, unseen], how="diagonal")
    weights = features.transformer_weights or {}

    def fit(
        name: str, vectoriser: TfidfVectorizer, words: NumberedWords
    ) -> tuple[sp.csr_matrix, sp.csr_matrix]:
        matrices = fit_vectoriser(vectoriser, words, learnt.height)
        for matrix in matrices:
            matrix.data *= weights.get(name, 1.0)
        return matrices

    # What one field leaves of the cores, another takes.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        structure = pool.submit(_fit_structure, features)
        found = _number_fields(features, listings)
        structure.result()
        fields = [
            (name, clone(unfitted), column) for name, unfitted, column in features.transformers
        ]
        fitting = [pool.submit(fit, *field[:2], found.pop(field[0])) for field in fields]
        parts = [each.result() for each in fitting]
    features.transformers_ = fields
    _note_columns(features, [part.shape[1] for part, _ in parts])
    of_learnt, of_unseen = (sp.hstack(each, format="csr") for each in zip(*parts, strict=True))
    return of_learnt, of_unseen


def _number_fields(features: ColumnTransformer, listings: pl.DataFrame) -> dict[str, NumberedWords]:
    """The words of each field, by its name."""
    text, titled = number_listings(listings)
    found = {"text": text, "title": text.only(titled)}
    if any(name == CHARACTERS for name, *_ in features.transformers):
        found[CHARACTERS] = number_words(spelt_words(listings["designation"]))
    return found


def _fit_structure(features: ColumnTransformer) -> None:
    """Let scikit-learn make every fitted part, on two words; they are replaced afterwards."""
    times = max(vectoriser.min_df for _, vectoriser, _ in features.transformers)
    few = ["aa"] * times + ["bb"] * times
    features.fit(pl.DataFrame({"text": few, "title": few}))


def _note_columns(features: ColumnTransformer, widths: list[int]) -> None:
    edges = np.cumsum([0, *widths]).tolist()
    names = [name for name, *_ in features.transformers]
    features.output_indices_ = {
        name: slice(*ends) for name, *ends in zip(names, edges[:-1], edges[1:], strict=True)
    } | {"remainder": slice(0, 0)}


def fit_vectoriser(
    vectoriser: TfidfVectorizer, found: NumberedWords, learnt: int
) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Fit a TfidfVectorizer on the first `learnt` listings; return their matrix, and the rest's.

    Understands `min_df` as a number of listings, `ngram_range` from 1, `sublinear_tf`, `dtype`;
    and `analyzer="char_wb"`, with `ngram_range` from 2. Raises ValueError, as scikit-learn does, if
    no term is left.
    """
    count = count_characters if vectoriser.analyzer == "char_wb" else count_terms
    terms, counts = count(
        found,
        learnt=learnt,
        min_df=vectoriser.min_df,
        longest=vectoriser.ngram_range[1],
        dtype=vectoriser.dtype,
    )
    if not terms:
        raise ValueError("No term stands in enough listings; import more, or lower min_df")
    of_learnt, of_unseen = _rows(counts, 0, learnt), _rows(counts, learnt, found.listings)
    weigh = TfidfTransformer(sublinear_tf=vectoriser.sublinear_tf).fit(of_learnt)
    vectoriser.vocabulary_ = dict(zip(terms, range(len(terms)), strict=True))
    vectoriser.idf_ = weigh.idf_
    return weigh.transform(of_learnt, copy=False), weigh.transform(of_unseen, copy=False)


def _rows(matrix: sp.csr_matrix, begin: int, end: int) -> sp.csr_matrix:
    """Some of a matrix's rows, as a view of its values; scipy's own slices are copies."""
    ends = matrix.indptr[begin : end + 1]
    cells = slice(ends[0], ends[-1])
    part = sp.csr_matrix((end - begin, matrix.shape[1]), dtype=matrix.dtype)
    part.data, part.indices, part.indptr = matrix.data[cells], matrix.indices[cells], ends - ends[0]
    return part


def count_terms(
    found: NumberedWords,
    *,
    learnt: int,
    min_df: int,
    longest: int,
    dtype: DTypeLike,
    parts: int = PARTS,
) -> tuple[list[str], sp.csr_matrix]:
    """Return the terms of up to `longest` words, and how often each stands in each listing.

    Terms are those in at least `min_df` of the first `learnt` listings, in alphabetical order, and
    the columns of the counts (listings, terms) with them. Raises ValueError where there are too
    many different terms to number.
    """
    words = _rank(found, learnt=learnt, min_df=min_df, longest=longest, parts=parts)
    count = partial(_count_part, words, learnt=learnt, min_df=min_df, longest=longest, dtype=dtype)
    # numpy and polars let go of the interpreter's lock while they work.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = list(pool.map(count, words.parts))
        if not counted:
            return [], sp.csr_matrix((found.listings, 0), dtype=dtype)
        ranks = np.concatenate([each.ranks for each in counted])
        spelt = pool.submit(_spell, ranks, words.names)
        counts = _stack(counted, (found.listings, len(ranks)))
        return spelt.result(), counts


@dataclass(frozen=True)
class _Part:
    """The words of a part of the alphabet: their ranks, and the places where they stand."""

    ranks: range
    places: NDArray[np.int64]


@dataclass(frozen=True)
class _Words:
    """Words of listings by their places in the alphabet, `names`.

    `packed` (words,) holds one more than a word's place, 0 for a word that does not count, above
    its listing. Behind the last word stand as many that do not count as a term has words.
    """

    names: pl.Series
    packed: NDArray[np.uint64]
    listings: int
    parts: list[_Part]

    @property
    def base(self) -> int:
        """One more than there are words that count: 0 as a digit stands for no word."""
        return len(self.names) + 1

    @property
    def bits(self) -> int:
        """Bits of the number of a listing."""
        return self.listings.bit_length()


def _rank(found: NumberedWords, *, learnt: int, min_df: int, longest: int, parts: int) -> _Words:
    """Number the words that may be in enough listings by the alphabet, and cut that into parts.

    A word is in no more listings than it has occurrences, and a term in no more than its words.
    """
    last = np.searchsorted(found.listing, learnt)
    times = np.bincount(found.ids[:last], minlength=len(found.names))
    often = np.flatnonzero(times >= min_df)
    names = found.names.gather(often)
    order = names.arg_sort().to_numpy()
    often = often[order]
    rank = np.zeros(len(found.names), dtype=np.uint64)
    rank[often] = np.arange(1, len(often) + 1)
    packed = np.zeros(len(found.ids) + longest, dtype=np.uint64)
    packed[:-longest] = rank[found.ids] << LISTING_BITS | found.listing
    widest = _widest_part(len(often), found.listings, longest)
    ranges = _even_parts(times[often], parts, widest=widest)
    part = np.full(len(found.names), len(ranges), dtype=np.uint8)
    part[often] = np.repeat(np.arange(len(ranges)), [len(each) for each in ranges])
    return _Words(names.gather(order), packed, found.listings, _parts(ranges, part[found.ids]))


def _parts(ranges: list[range], part: NDArray[np.uint8]) -> list[_Part]:
    ends = np.bincount(part, minlength=len(ranges))[: len(ranges)].cumsum()
    places = np.split(np.argsort(part, kind="stable"), ends)
    return [_Part(*each) for each in zip(ranges, places, strict=False)]


def _widest_part(words: int, listings: int, longest: int) -> int:
    """Of how many words the first of a term may be one, for its number to fit; or ValueError."""
    widest = 2 ** (KEY_BITS - listings.bit_length()) // (words + 1) ** (longest - 1)
    if widest * MOST_PARTS < words:
        raise ValueError(
            f"Terms of {longest} words over {words:,} different words are too many to number; "
            "train with a larger min_df or a smaller ngram_max"
        )
    return widest


def _even_parts(times: NDArray[np.int64], parts: int, *, widest: int) -> list[range]:
    """Cut words in alphabetical order into ranges that occur about as often as one another."""
    so_far = np.cumsum(times)
    cuts = np.searchsorted(so_far, np.linspace(0, times.sum(), parts + 1)[1:-1])
    edges = np.unique([*cuts.tolist(), *range(0, len(times), widest), len(times)]).tolist()
    return [range(*ends) for ends in pairwise(edges)]


@dataclass(frozen=True)
class _Counted:
    """Terms in alphabetical order; `ranks` (terms, longest) are their words' places, -1: no word.

    `spread` (terms,) is in how many listings each stands; `listing` and `times` (cells,) say in
    which, and how often.
    """

    ranks: NDArray[np.int32]
    spread: NDArray[np.int64]
    listing: NDArray[np.int32]
    times: NDArray[np.floating]


def _count_part(
    words: _Words, part: _Part, *, learnt: int, min_df: int, longest: int, dtype: DTypeLike
) -> _Counted:
    """Count the terms whose first word stands in one part of the alphabet."""
    bits = words.bits
    # Not numpy's sort: on some processors polars needs a third of its time.
    keys = pl.Series(_keys(words, part, longest))
    keys = keys.sort(multithreaded=False).to_numpy()
    starts = run_starts(keys)
    once = keys[starts]
    terms = once >> np.uint64(bits)
    listing = (once & np.uint64(2**bits - 1)).astype(np.int32)
    heads = run_starts(terms)
    spread = np.diff(heads, append=len(terms))
    kept = np.add.reduceat(listing < learnt, heads, dtype=np.int64) >= min_df
    cells = np.repeat(kept, spread)
    return _Counted(
        ranks=_word_ranks(terms[heads[kept]], part.ranks, base=words.base, longest=longest),
        spread=spread[kept],
        listing=listing[cells],
        times=np.diff(starts, append=len(keys))[cells].astype(dtype),
    )


def _keys(words: _Words, part: _Part, longest: int) -> NDArray[np.uint64]:
    """A number for each occurrence of a term: its words' ranks as digits, then its listing.

    The first digit counts from the part's first rank; of the others, 0 stands for no word.
    """
    packed, places, bits = words.packed, part.places, np.uint64(words.bits)
    first = packed[places]
    listing = first & LISTING
    number = (first >> LISTING_BITS) - np.uint64(part.ranks.start + 1)
    number *= np.uint64(words.base ** (longest - 1))
    keys = [number << bits | listing]
    for length in range(2, longest + 1):
        last = packed[places + (length - 1)]
        whole = (last > LISTING) & (last & LISTING == listing)
        places, listing = places[whole], listing[whole]
        digit = last[whole] >> LISTING_BITS
        number = number[whole] + digit * np.uint64(words.base ** (longest - length))
        keys.append(number << bits | listing)
    return np.concatenate(keys)


def _word_ranks(
    terms: NDArray[np.uint64], part: range, *, base: int, longest: int
) -> NDArray[np.int32]:
    """The ranks of the words of terms from their digits, shape (terms, longest)."""
    ranks = np.empty((len(terms), longest), dtype=np.int32)
    for place in reversed(range(1, longest)):
        terms, digit = np.divmod(terms, np.uint64(base))
        ranks[:, place] = digit.astype(np.int32) - 1
    ranks[:, 0] = terms.astype(np.int32) + part.start
    return ranks


def _stack(counted: list[_Counted], shape: tuple[int, int]) -> sp.csr_matrix:
    """Put the counts of parts side by side; the list is used up, to hold no value three times."""
    ends = np.concatenate([[0], *(each.spread for each in counted)]).cumsum()
    listing = np.concatenate([each.listing for each in counted])
    times = np.concatenate([each.times for each in counted])
    counted.clear()
    return sp.csc_matrix((times, listing, ends), shape=shape).tocsr()


def _spell(ranks: NDArray[np.int32], names: pl.Series) -> list[str]:
    """The terms, of the words at these ranks."""
    spelt = pl.concat([pl.Series([None], dtype=pl.String), names])
    words = pl.DataFrame(
        {str(place): spelt.gather(each) for place, each in enumerate((ranks + 1).T)}
    )
    joined = words.select(term=pl.concat_str(pl.all(), separator=" ", ignore_nulls=True))
    return joined["term"].to_list()
