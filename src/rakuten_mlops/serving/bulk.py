"""The lean scorer over whole columns: many listings at once, with the categories of one by one.

The words of a piece of the column become rows of the scorer's arrays, and the piece a sparse
matrix, in native code; pieces are worked on side by side.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rakuten_mlops.catalog.text_columns import NumberedWords, number_words, run_starts, words
from rakuten_mlops.serving.scorer import BEST, TEMPERATURE, FieldTerms, Guess, Scorer

PIECE = 2_500
# Sums in single precision may be off by some 1e-6: what is closer than this is summed anew.
TIE = 1e-4


@dataclass(frozen=True)
class BulkField:
    """A field's terms as arrays: keys of several words in ascending order, and their rows."""

    terms: FieldTerms

    @cached_property
    def keys(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Terms of several words as prefix * `base` + last, ascending, and the row of each."""
        trie = self.terms.trie
        pairs = np.array(list(trie), dtype=np.int64).reshape(-1, 2)
        rows = np.fromiter(trie.values(), dtype=np.int64, count=len(trie))
        keys = pairs[:, 0] * self.base + pairs[:, 1]
        order = np.argsort(keys)
        return keys[order], rows[order]

    @property
    def base(self) -> int:
        """More than any row of the field."""
        return self.terms.first_row + len(self.terms.terms)

    def occurrences(self, found: NumberedWords) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The listing and the row of each occurrence of a term."""
        known = map(self.terms.tokens.get, found.names.to_list())
        rows = np.array([-1 if row is None else row for row in known], dtype=np.int64)[found.ids]
        listing = found.listing.astype(np.int64)
        singles, parts = rows, [(listing[rows >= 0], rows[rows >= 0])]
        for length in range(2, self.terms.longest + 1):
            last = singles[length - 1 :]
            start = listing[: len(last)]
            whole = (rows[: len(last)] >= 0) & (last >= 0) & (listing[length - 1 :] == start)
            rows = np.where(whole, self._find(rows[: len(last)] * self.base + last), -1)
            parts.append((start[rows >= 0], rows[rows >= 0]))
        listings, found_rows = zip(*parts, strict=True)
        return np.concatenate(listings), np.concatenate(found_rows)

    def _find(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        keys, rows = self.keys
        if not len(keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[places] == wanted, rows[places], -1)


class BulkScorer:
    """A scorer for columns of listings; made once per champion, used by many threads."""

    def __init__(self, scorer: Scorer, *, tie: float = TIE) -> None:
        self._scorer = scorer
        self._tie = tie
        self._fields = (BulkField(scorer.text), BulkField(scorer.title))
        for field in self._fields:
            _ = field.keys

    def margins(self, designations: pl.Series, descriptions: pl.Series) -> NDArray[np.float32]:
        """LinearSVC's decision function, shape (listings, categories); ties are exact."""
        starts = range(0, len(designations), PIECE)
        pieces = [(designations.slice(at, PIECE), descriptions.slice(at, PIECE)) for at in starts]
        if len(pieces) <= 1:
            return self._margins(designations, descriptions)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.concatenate(list(pool.map(lambda piece: self._margins(*piece), pieces)))

    def guesses(self, listings: Sequence[tuple[str, str]]) -> list[list[Guess]]:
        """The best categories of each pair of designation and description, best first."""
        columns = pl.DataFrame(listings, schema=["designation", "description"], orient="row")
        best, shares = self.best(columns["designation"], columns["description"], count=BEST)
        labels = self._scorer.labels
        return [
            [
                Guess(*labels[place], share)
                for place, share in zip(of_listing, its_shares, strict=True)
            ]
            for of_listing, its_shares in zip(best.tolist(), shares.tolist(), strict=True)
        ]

    def best(
        self, designations: pl.Series, descriptions: pl.Series, *, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Places in `classes` and confidences of the best categories, shape (listings, count)."""
        margins = self.margins(designations, descriptions).astype(np.float64)
        best = (-margins).argsort(axis=1, kind="stable")[:, :count]
        shares = np.exp((margins - margins.max(axis=1, keepdims=True)) / TEMPERATURE)
        shares /= shares.sum(axis=1, keepdims=True)
        return best, np.take_along_axis(shares, best, axis=1)

    def _margins(self, designations: pl.Series, descriptions: pl.Series) -> NDArray[np.float32]:
        # Imported here: answering a single listing needs nothing of it.
        import scipy.sparse as sp

        title = words(designations)
        text = title.list.concat(words(descriptions))
        size = len(designations)
        margins = np.tile(self._scorer.intercept.astype(np.float32), (size, 1))
        for field, lists in zip(self._fields, (text, title), strict=True):
            rows, values, ends = self._weigh(field, number_words(lists))
            matrix = sp.csr_matrix(
                (values, rows.astype(np.int32), ends), shape=(size, len(self._scorer.idf))
            )
            margins += matrix @ self._scorer.weights
        self._settle_ties(margins, designations, descriptions)
        return margins

    def _weigh(
        self, field: BulkField, found: NumberedWords
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """The rows of each listing's terms, their weights, and where each listing ends."""
        listing, row = field.occurrences(found)
        keys = (listing * field.base + row).astype(np.uint64)
        keys.sort()
        starts = run_starts(keys)
        times = np.diff(starts, append=len(keys))
        listing, row = np.divmod(keys[starts].astype(np.int64), field.base)
        values = (1.0 + np.log(times)) * self._scorer.idf[row]
        lengths = np.sqrt(np.bincount(listing, values * values, minlength=found.listings))
        values *= field.terms.weight / lengths[listing]
        ends = np.concatenate([[0], np.cumsum(np.bincount(listing, minlength=found.listings))])
        return row, values.astype(np.float32), ends

    def _settle_ties(
        self, margins: NDArray[np.float32], designations: pl.Series, descriptions: pl.Series
    ) -> None:
        best = np.partition(margins, -2, axis=1)[:, -2:]
        for place in np.flatnonzero(best[:, 1] - best[:, 0] < self._tie).tolist():
            margins[place] = self._settled(designations[place], descriptions[place])

    def _settled(self, designation: str, description: str) -> NDArray[np.float32]:
        """Margins in single precision, but with the one that is truly largest the largest."""
        exact = self._scorer.margins(designation, description)
        rounded = exact.astype(np.float32)
        top = int(np.argmax(exact))
        others = np.delete(rounded, top)
        rounded[top] = max(rounded[top], np.nextafter(others.max(), np.float32(np.inf)))
        return rounded
