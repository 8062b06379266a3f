"""TF-IDF of whole columns: the terms, order and values of TfidfVectorizer, in native code.

A term is a number, made of the alphabetical ranks of its words; terms with the listings that they
stand in are sorted once, as 64-bit integers, and runs of equal ones are counts. The result is put
into plain, fitted scikit-learn vectorisers: nothing of this is needed to use the model.
"""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from rakuten_mlops.catalog.text_columns import NumberedWords, number_words, run_starts, words

KEY_BITS = 64
PIECE = 250_000


def fit_features(
    features: ColumnTransformer, learnt: pl.DataFrame, unseen: pl.DataFrame
) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Fit `pipeline.build_features` on listings; return their matrix, and that of unseen ones.

    Both frames have the columns `designation` and `description`. The matrices are those that
    fit_transform and transform would return for `pipeline.model_input`.
    """
    found = _number_fields(pl.concat([learnt, unseen], how="diagonal"))
    _fit_structure(features)
    weights = features.transformer_weights or {}
    parts = []
    for place, (name, unfitted, column) in enumerate(features.transformers):
        vectoriser = clone(unfitted)
        matrices = fit_vectoriser(vectoriser, found.pop(column), learnt.height)
        features.transformers_[place] = (name, vectoriser, column)
        for matrix in matrices:
            matrix.data *= weights.get(name, 1.0)
        parts.append(matrices)
    _note_columns(features, [part.shape[1] for part, _ in parts])
    of_learnt, of_unseen = (sp.hstack(each, format="csr") for each in zip(*parts, strict=True))
    return of_learnt, of_unseen


def _number_fields(listings: pl.DataFrame) -> dict[str, NumberedWords]:
    title = words(listings["designation"])
    text = title.list.concat(words(listings["description"]))
    return {"text": number_words(text), "title": number_words(title)}


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

    Understands `min_df` as a number of listings, `ngram_range` from 1, `sublinear_tf`, `dtype`.
    Raises ValueError, as scikit-learn does, if no term is left.
    """
    terms, counts, unseen = count_terms(
        found,
        learnt=learnt,
        min_df=vectoriser.min_df,
        longest=vectoriser.ngram_range[1],
        dtype=vectoriser.dtype,
    )
    if not terms:
        raise ValueError("No term stands in enough listings; import more, or lower min_df")
    weigh = TfidfTransformer(sublinear_tf=vectoriser.sublinear_tf).fit(counts)
    vectoriser.vocabulary_ = dict(zip(terms, range(len(terms)), strict=True))
    vectoriser.idf_ = weigh.idf_
    return weigh.transform(counts, copy=False), weigh.transform(unseen, copy=False)


def count_terms(
    found: NumberedWords,
    *,
    learnt: int,
    min_df: int,
    longest: int,
    dtype: DTypeLike,
    piece: int = PIECE,
) -> tuple[list[str], sp.csr_matrix, sp.csr_matrix]:
    """Return the terms of up to `longest` words, and how often each stands in each listing.

    Terms are those in at least `min_df` of the first `learnt` listings, in alphabetical order, and
    the columns of the counts (listings, terms) with them: of these listings, and of the rest.
    Raises ValueError where there are too many different terms to number.
    """
    names, ranks = _rank_words(found, learnt, min_df)
    base = len(names) + 1
    # numpy lets go of the interpreter's lock while it sorts; small pieces stay in the cache.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        count = partial(_count_piece, found, ranks, base=base, longest=longest)
        pieces = list(pool.map(count, _cut(0, learnt, found, piece)))
        terms = _common_terms(pieces, min_df)
        # Each piece is let go as soon as its rows are made.
        rows = [pool.submit(each.matrix, terms, dtype) for each in pieces]
        del pieces
        counts = _stack(rows, len(terms), dtype)
        unseen = pool.map(count, _cut(learnt, found.listings, found, piece))
        rest = _stack(
            [pool.submit(each.matrix, terms, dtype) for each in unseen], len(terms), dtype
        )
    return _spell(terms, names, longest), counts, rest


def _stack(rows: list[Future[sp.csr_matrix]], width: int, dtype: DTypeLike) -> sp.csr_matrix:
    nothing = sp.csr_matrix((0, width), dtype=dtype)
    return sp.vstack([nothing, *(each.result() for each in rows)], format="csr")


@dataclass(frozen=True)
class _Piece:
    """Terms of some listings, ascending; `spread` (terms,) is in how many of them each stands.

    `listing` and `times` (cells,) say in which, counted from the first of them, and how often.
    """

    terms: NDArray[np.uint64]
    spread: NDArray[np.int64]
    listing: NDArray[np.int32]
    times: NDArray[np.int32]
    listings: int

    def matrix(self, columns: NDArray[np.uint64], dtype: DTypeLike) -> sp.csr_matrix:
        """The counts of the terms that are `columns`, shape (listings, columns)."""
        places = np.searchsorted(columns, self.terms)
        places[places == len(columns)] = 0
        kept = columns[places] == self.terms if len(columns) else np.zeros(0, dtype=np.bool_)
        cells = np.repeat(kept, self.spread)
        ends = np.zeros(len(columns) + 1, dtype=np.int32)
        ends[places[kept] + 1] = self.spread[kept]
        return sp.csc_matrix(
            (self.times[cells].astype(dtype), self.listing[cells], np.cumsum(ends, dtype=np.int32)),
            shape=(self.listings, len(columns)),
        ).tocsr()


def _rank_words(
    found: NumberedWords, learnt: int, min_df: int
) -> tuple[pl.Series, NDArray[np.int32]]:
    """The words that may be in enough listings, in alphabetical order; each word's place, or -1.

    A word is in no more listings than it has occurrences, and a term in no more than its words.
    """
    last = np.searchsorted(found.listing, learnt)
    times = np.bincount(found.ids[:last], minlength=len(found.names))
    often = np.flatnonzero(times >= min_df)
    names = found.names.gather(often)
    order = names.arg_sort().to_numpy()
    rank = np.full(len(found.names), -1, dtype=np.int32)
    rank[often[order]] = np.arange(len(order))
    return names.gather(order), rank[found.ids]


def _cut(begin: int, end: int, found: NumberedWords, piece: int) -> list[slice]:
    """Listings from `begin` to `end` in consecutive pieces of about `piece` words."""
    per_listing = max(len(found.ids) // max(found.listings, 1), 1)
    step = max(piece // per_listing, 1)
    return [slice(start, min(start + step, end)) for start in range(begin, end, step)]


def _count_piece(
    found: NumberedWords,
    ranks: NDArray[np.int32],
    piece: slice,
    *,
    base: int,
    longest: int,
) -> _Piece:
    first, last = np.searchsorted(found.listing, [piece.start, piece.stop])
    listing = (found.listing[first:last] - np.uint32(piece.start)).astype(np.uint64)
    bits = max(piece.stop - piece.start - 1, 1).bit_length()
    if base**longest >> (KEY_BITS - bits):
        raise ValueError(
            f"Terms of {longest} words over {base - 1:,} different words are too many to number; "
            "train with a larger min_df or a smaller ngram_max"
        )
    keys = _keys(ranks[first:last], listing, base=base, longest=longest, bits=bits)
    keys.sort()
    starts = run_starts(keys)
    once = keys[starts]
    terms = once >> np.uint64(bits)
    term_starts = run_starts(terms)
    return _Piece(
        terms=terms[term_starts],
        spread=np.diff(term_starts, append=len(terms)),
        listing=(once & np.uint64(2**bits - 1)).astype(np.int32),
        times=np.diff(starts, append=len(keys)).astype(np.int32),
        listings=piece.stop - piece.start,
    )


def _keys(
    ranks: NDArray[np.int32],
    listing: NDArray[np.uint64],
    *,
    base: int,
    longest: int,
    bits: int,
) -> NDArray[np.uint64]:
    """A number for each occurrence of a term: its words' ranks as digits, then its listing."""
    digit = (ranks + 1).astype(np.uint64)
    whole, number, keys = ranks >= 0, digit, []
    for length in range(1, longest + 1):
        if length > 1:
            after = slice(length - 1, None)
            size = len(ranks[after])
            whole = whole[:size] & (ranks[after] >= 0) & (listing[after] == listing[:size])
            number = number[:size] * np.uint64(base) + digit[after]
        term = number[whole] * np.uint64(base ** (longest - length))
        keys.append(term << np.uint64(bits) | listing[: len(whole)][whole])
    return np.concatenate(keys)


def _common_terms(pieces: list[_Piece], min_df: int) -> NDArray[np.uint64]:
    spread = pl.concat(
        [pl.DataFrame({"term": piece.terms, "spread": piece.spread}) for piece in pieces]
    )
    enough = spread.group_by("term").agg(pl.col("spread").sum()).filter(pl.col("spread") >= min_df)
    return enough["term"].sort().to_numpy()


def _spell(terms: NDArray[np.uint64], names: pl.Series, longest: int) -> list[str]:
    """The words of terms, from their digits; 0 stands for no word."""
    base = len(names) + 1
    spelt = pl.concat([pl.Series([None], dtype=pl.String), names])
    digits = {
        str(place): terms // np.uint64(base ** (longest - place)) % np.uint64(base)
        for place in range(1, longest + 1)
    }
    columns = pl.DataFrame({place: spelt.gather(each) for place, each in digits.items()})
    joined = columns.select(term=pl.concat_str(pl.all(), separator=" ", ignore_nulls=True))
    return joined["term"].to_list()
