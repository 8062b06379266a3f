"""The character n-grams that a model knows, found in the words of a title as they are spelt.

A word stands between two spaces, which belong to its n-grams: " pis" begins a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import spelt_words

SHORTEST = 2


@dataclass(frozen=True)
class Characters:
    """N-grams of 2 to `longest` characters, `terms`, whose rows begin at `first`."""

    terms: list[str]
    longest: int
    first: int

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {term: row for row, term in enumerate(self.terms, self.first)}

    def warm(self) -> None:
        """Build what looking up needs now, so that the first answer does not wait for it."""
        _ = self._row_of

    def of_word(self, word: str) -> list[int]:
        """The rows of the n-grams of a word, repeated as they occur."""
        row_of = self._row_of
        return [row_of[each] for each in ngrams(word, self.longest) if each in row_of]

    def find(self, designation: str) -> NDArray[np.int64]:
        """The rows of all n-grams of a title, ascending, repeated as they occur."""
        rows = [row for word in spelt_words(designation) for row in self.of_word(word)]
        return np.sort(np.array(rows, dtype=np.int64))

    def of_words(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of the n-grams of words, one after the other, and how many are each word's."""
        found = [self.of_word(word) for word in words]
        rows = np.array([row for each in found for row in each], dtype=np.int64)
        return rows, np.array([len(each) for each in found], dtype=np.int64)

    def by_word(
        self, designation: str, rows: NDArray[np.int64], parts: NDArray[np.float64]
    ) -> list[tuple[str, list[float]]]:
        """What the n-grams of each word of a title add; words that share one share its part.

        `rows` are the n-grams', ascending, each once; `parts` (rows, sums) what each adds.
        """
        words = list(dict.fromkeys(spelt_words(designation)))
        found, lengths = self.of_words(words)
        places = rows.searchsorted(found)
        shares = parts / np.bincount(places, minlength=len(rows))[:, None]
        word = np.repeat(np.arange(len(words)), lengths)
        sums = np.zeros((len(words), parts.shape[1]))
        np.add.at(sums, word, shares[places])
        known = lengths.nonzero()[0].tolist()
        return [(words[place], sums[place].tolist()) for place in known]


def ngrams(word: str, longest: int) -> list[str]:
    """The n-grams of 2 to `longest` characters of a word between spaces, as in "char_wb"."""
    padded = f" {word} "
    return [
        padded[start : start + length]
        for length in range(SHORTEST, min(longest, len(padded)) + 1)
        for start in range(len(padded) - length + 1)
    ]
