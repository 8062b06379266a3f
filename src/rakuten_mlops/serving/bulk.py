"""The lean scorer over many listings at once, with the categories of one by one.

The words of all listings become one array of rows, and the listings a sparse matrix. Some hundred
listings' words are cut by Python; for whole columns polars does it on every core, a piece each.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import encoded_words_and_letters, spelt_words
from rakuten_mlops.catalog.runs import run_bounds
from rakuten_mlops.serving.characters import Characters
from rakuten_mlops.serving.scorer import BEST, TEMPERATURE, Ranking, Scorer, sublinear
from rakuten_mlops.serving.vocabulary import BETWEEN, LETTER, UNKNOWN

if TYPE_CHECKING:
    import polars as pl

PIECE = 3_500
# Sums in single precision may be off by some 1e-6: what is closer than this is summed anew.
TIE = 1e-4
TINY = np.finfo(np.float32).tiny


class Rankings(NamedTuple):
    """The best categories of listings: places in `Scorer.classes` and confidences, best first.

    Both of shape (listings, best).
    """

    places: NDArray[np.int64]
    confidences: NDArray[np.float64]


@dataclass(frozen=True)
class WordRows:
    """The words of listings, one after the other, as rows of a vocabulary.

    `rows` (words,), `UNKNOWN` where a word is no term; `lengths` and `in_title` (listings,): how
    many words are a listing's, and how many of them, the first, its title's. After the words of
    each listing stands one `UNKNOWN` more, which counts in `lengths`: no term reaches across it.
    `characters` are listings and rows, where a scorer knows n-grams of the titles' characters.
    """

    rows: NDArray[np.int64]
    lengths: NDArray[np.int64]
    in_title: NDArray[np.int64]
    characters: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None


class BulkScorer:
    """A scorer for many listings; made once per champion, used by many threads."""

    def __init__(self, scorer: Scorer, *, tie: float = TIE) -> None:
        # Here: answering a single listing needs nothing of it.
        import scipy.sparse

        self._csr = scipy.sparse.csr_matrix
        self._scorer = scorer
        self._vocabulary = scorer.vocabulary
        self._characters = scorer.characters
        self._bits = len(scorer.idf).bit_length()
        self._tie = tie
        scorer.warm()

    def rank(self, listings: Sequence[tuple[str, str]]) -> list[Ranking]:
        """The best categories of each pair of designation and description."""
        best = self._best(self._margins(self._cut(listings), listings.__getitem__), BEST)
        return list(map(Ranking, best.places.tolist(), best.confidences.tolist()))

    def best(self, designations: "pl.Series", descriptions: "pl.Series", *, count: int) -> Rankings:
        """The best categories of columns of listings."""
        return self._best(self.margins(designations, descriptions), count)

    def margins(self, designations: "pl.Series", descriptions: "pl.Series") -> NDArray[np.float32]:
        """LinearSVC's decision function, shape (listings, categories); ties are exact."""
        starts = range(0, len(designations), PIECE)
        pieces = [(designations.slice(at, PIECE), descriptions.slice(at, PIECE)) for at in starts]
        if len(pieces) <= 1:
            return self._column_margins(designations, descriptions)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.concatenate(list(pool.map(lambda of: self._column_margins(*of), pieces)))

    def _column_margins(
        self, designations: "pl.Series", descriptions: "pl.Series"
    ) -> NDArray[np.float32]:
        found = self._cut_columns(designations, descriptions)
        return self._margins(found, lambda place: (designations[place], descriptions[place]))

    def _cut(self, listings: Sequence[tuple[str, str]]) -> WordRows:
        found = encoded_words_and_letters(chain.from_iterable(listings))
        rows = self._vocabulary.word_rows(found)
        rows = rows[rows != LETTER]
        after_title, after_text = (rows == BETWEEN).nonzero()[0].reshape(-1, 2).T
        begin = np.concatenate([[0], after_text[:-1] + 1])
        in_title = after_title - begin
        # What stands behind a listing stays, as no term's word.
        lengths = after_text - begin
        rows[after_text] = UNKNOWN
        rows = rows[rows != BETWEEN]
        spelt = None
        if self._characters is not None:
            titles = [spelt_words(designation) for designation, _ in listings]
            listing = np.repeat(np.arange(len(titles)), _ints(list(map(len, titles))))
            each = list(chain.from_iterable(titles))
            spelt = _ngrams_in(self._characters, each, np.arange(len(each)), listing)
        return WordRows(rows, lengths, in_title, spelt)

    def _cut_columns(self, designations: "pl.Series", descriptions: "pl.Series") -> WordRows:
        import polars as pl

        from rakuten_mlops.catalog import text_columns

        columns = pl.DataFrame({"designation": designations, "description": descriptions})
        numbered, titled = text_columns.number_listings(columns)
        known = self._vocabulary.word_rows(numbered.names.cast(pl.Binary).to_list())
        lengths = np.bincount(numbered.listing, minlength=numbered.listings)
        in_title = np.bincount(numbered.listing[titled], minlength=numbered.listings)
        # Each listing before a word has one `UNKNOWN` after its own.
        rows = np.full(len(numbered.ids) + numbered.listings, UNKNOWN, dtype=np.int64)
        rows[np.arange(len(numbered.ids)) + numbered.listing] = known.take(numbered.ids)
        spelt = None
        if self._characters is not None:
            found = text_columns.number_words(text_columns.spelt_words(designations))
            each = found.names.to_list()
            spelt = _ngrams_in(self._characters, each, found.ids, found.listing)
        return WordRows(rows, lengths + 1, in_title, spelt)

    def _occurrences(self, found: WordRows) -> NDArray[np.int64]:
        """Each occurrence of a term as listing and row in one integer, ascending."""
        listing = np.repeat(np.arange(len(found.lengths)) << self._bits, found.lengths)
        place = np.arange(len(listing))
        place -= np.repeat(np.cumsum(found.lengths) - found.lengths, found.lengths)
        in_title = place < np.repeat(found.in_title, found.lengths)
        term, parts = found.rows, []
        for length in range(1, self._vocabulary.longest + 1):
            if length > 1:
                term = self._vocabulary.longer_terms(term[:-1], found.rows[length - 1 :])
            # A term whose last word is the title's is wholly the title's.
            titled = in_title[length - 1 :].nonzero()[0]
            of_title = self._vocabulary.title_rows(term.take(titled))
            parts += [
                (listing[: len(term)] | term)[term >= 0],
                (listing.take(titled) | of_title)[of_title >= 0],
            ]
        if found.characters is not None:
            parts.append(found.characters[0] << self._bits | found.characters[1])
        occurring = np.concatenate(parts)
        # Not by the stable kind: numpy's default sorts integers by vector instructions.
        occurring.sort()
        return occurring

    def _margins(
        self, found: WordRows, text_of: Callable[[int], tuple[str, str]]
    ) -> NDArray[np.float32]:
        rows, values, ends = self._weigh(found)
        size = len(found.lengths)
        matrix = self._csr(
            (values, rows.astype(np.int32), ends), shape=(size, len(self._scorer.idf))
        )
        margins = matrix @ self._scorer.weights
        margins += self._scorer.intercept.astype(np.float32)
        self._settle_ties(margins, text_of)
        return margins

    def _weigh(
        self, found: WordRows
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """The rows of each listing's terms, their weights, and where each listing ends."""
        size, occurring = len(found.lengths), self._occurrences(found)
        bounds = run_bounds(occurring)
        times = np.diff(bounds)
        occurring = occurring.take(bounds[:-1])
        listing, row = occurring >> self._bits, occurring & ((1 << self._bits) - 1)
        values = self._scorer.idf.take(row) * sublinear(times)
        # A vector for each field of a listing, each brought to its own length.
        fields = len(self._scorer.field_weights)
        vector = fields * listing + (row >= self._vocabulary.text_rows)
        if self._characters is not None:
            vector += row >= self._vocabulary.rows
        squares = np.bincount(vector, values * values, minlength=fields * size)
        scale = np.tile(self._scorer.field_weights, size) / np.sqrt(np.maximum(squares, TINY))
        values *= scale.astype(np.float32).take(vector)
        ends = np.concatenate([[0], np.cumsum(np.bincount(listing, minlength=size))])
        return row, values, ends

    def _best(self, margins: NDArray[np.float32], count: int) -> Rankings:
        best = (-margins).argsort(axis=1, kind="stable")[:, :count]
        shares = self._probabilities(margins.astype(np.float64))
        return Rankings(best, np.take_along_axis(shares, best, axis=1))

    def _probabilities(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        assurance = self._scorer.assurance
        if assurance is not None:
            return assurance.calibration.probabilities(margins)
        shares = np.exp((margins - margins.max(axis=1, keepdims=True)) / TEMPERATURE)
        return shares / shares.sum(axis=1, keepdims=True)

    def _settle_ties(
        self, margins: NDArray[np.float32], text_of: Callable[[int], tuple[str, str]]
    ) -> None:
        best = np.partition(margins, -2, axis=1)[:, -2:]
        for place in np.flatnonzero(best[:, 1] - best[:, 0] < self._tie).tolist():
            margins[place] = self._settled(*text_of(place))

    def _settled(self, designation: str, description: str) -> NDArray[np.float32]:
        """Margins in single precision, but with the one that is truly largest the largest."""
        exact = self._scorer.margins(designation, description)
        rounded = exact.astype(np.float32)
        top = int(np.argmax(exact))
        others = np.delete(rounded, top)
        rounded[top] = max(rounded[top], np.nextafter(others.max(), np.float32(np.inf)))
        return rounded


def _ngrams_in(
    characters: Characters,
    words: Sequence[str],
    ids: NDArray[np.integer[Any]],
    listing: NDArray[np.integer[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The n-grams in titles, as listings and rows; each of the different `words` is cut once.

    `ids` and `listing` say which word stands where.
    """
    rows, lengths = characters.of_words(words)
    times = lengths.take(ids)
    places = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    places += np.repeat((np.cumsum(lengths) - lengths).take(ids), times)
    return np.repeat(listing.astype(np.int64), times), rows.take(places)


def _ints(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
