"""The terms that a model knows, found in a listing's words by integers alone.

A word is a row of the scorer's arrays by one look-up in a dictionary. A term of several words is
the row of all but its last word and the row of its last, packed into one integer and found among
those of all terms by bisection. The title's terms are terms of the text, too: they are not looked
up again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import BREAK, SINGLE_LETTERS
from rakuten_mlops.errors import ScorerCorrupt

# Rows of what is no term; of a single letter, which is no word; and of a `listing.BREAK`.
UNKNOWN, LETTER, BETWEEN = -1, -2, -3
# From so many keys on, hashing saves more than its calls cost; and slots for each key.
HASH_FROM = 1_000
ROOM = 8


@dataclass(frozen=True)
class Vocabulary:
    """The terms of both fields by row: the text's words, its longer terms, the title's terms.

    `words` in the order of their rows; `keys` (longer terms,) int64, ascending: the row of a term's
    beginning times `base`, plus the row of its last word; `title` (title's terms,) int32,
    ascending: the row of the same term in the text; `longest` is the most words of a term.
    """

    words: list[str]
    keys: NDArray[np.int64]
    title: NDArray[np.int32]
    longest: int

    @cached_property
    def text_rows(self) -> int:
        """How many rows belong to the text; the title's follow."""
        return len(self.words) + len(self.keys)

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return self.text_rows + len(self.title)

    @cached_property
    def base(self) -> int:
        """More than any row of the text, so that no two terms have the same key."""
        return self.text_rows + 1

    @cached_property
    def _row_of(self) -> dict[bytes, int]:
        rows = {word.encode(): row for row, word in enumerate(self.words)}
        return rows | dict.fromkeys(SINGLE_LETTERS, LETTER) | {BREAK: BETWEEN}

    @cached_property
    def _bounded_keys(self) -> NDArray[np.int64]:
        return np.append(self.keys, np.iinfo(np.int64).max)

    @cached_property
    def _slots(self) -> NDArray[np.int32]:
        """Places of keys by their hash, `UNKNOWN` in a free slot; most slots are free."""
        slots = np.full(1 << (ROOM * len(self.keys)).bit_length(), UNKNOWN, dtype=np.int32)
        slots[_hash(self.keys, len(slots))] = np.arange(len(self.keys))
        return slots

    @cached_property
    def _title_row(self) -> NDArray[np.int64]:
        """The title's row of each row of the text; the last is that of an unknown term."""
        rows = np.full(self.text_rows + 1, UNKNOWN, dtype=np.int64)
        rows[self.title] = np.arange(self.text_rows, self.rows)
        return rows

    def warm(self) -> None:
        """Build what looking up needs now, so that the first answer does not wait for it."""
        _ = self._row_of, self._bounded_keys, self._title_row

    def word_rows(self, words: Sequence[bytes]) -> NDArray[np.int64]:
        """The row of each word in UTF-8: `UNKNOWN` of no term, `LETTER` and `BETWEEN`."""
        found = map(self._row_of.get, words, repeat(UNKNOWN))
        return np.fromiter(found, np.int64, len(words))

    def longer_terms(
        self, beginnings: NDArray[np.int64], last: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The rows of terms that consist of a term and one word more, `UNKNOWN` where none does."""
        wanted = beginnings * self.base
        wanted += last
        find = self._bisect if len(wanted) < HASH_FROM else self._look_up
        places, missed = find(wanted)
        places += len(self.words)
        places[missed] = UNKNOWN
        return places

    def _bisect(self, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Places of keys by bisection, and which are no keys: few calls, for few keys."""
        places = self._bounded_keys.searchsorted(wanted)
        return places, self._bounded_keys.take(places) != wanted

    def _look_up(self, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The same by hashing, for many: where another key has the slot, bisection decides."""
        places = self._slots.take(_hash(wanted, len(self._slots))).astype(np.int64)
        missed = self._bounded_keys.take(places) != wanted
        taken = (missed & (places >= 0)).nonzero()[0]
        places[taken], missed[taken] = self._bisect(wanted.take(taken))
        return places, missed

    def title_rows(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The title's rows of terms that are given by their rows in the text."""
        return self._title_row.take(rows)

    def find(self, words: Sequence[bytes], in_title: int) -> NDArray[np.int64]:
        """The rows of all terms in a listing's words, ascending, repeated as they occur.

        The first `in_title` words are the title's.
        """
        singles = beginnings = self.word_rows(words)
        found = [singles, self.title_rows(singles[:in_title])]
        for length in range(2, self.longest + 1):
            beginnings = self.longer_terms(beginnings[:-1], singles[length - 1 :])
            found += [beginnings, self.title_rows(beginnings[: max(in_title - length + 1, 0)])]
        rows = np.concatenate(found)
        rows.sort()
        return rows[rows.searchsorted(0) :]

    def term(self, row: int) -> str:
        """What a row stands for, as it is written."""
        if row >= self.text_rows:
            row = int(self.title[row - self.text_rows])
        longer = row - len(self.words)
        if longer < 0:
            return self.words[row]
        beginning, last = divmod(int(self.keys[longer]), self.base)
        return f"{self.term(beginning)} {self.words[last]}"


def _hash(keys: NDArray[np.int64], slots: int) -> NDArray[np.int64]:
    """Multiplicative hashing (Knuth, TAOCP 6.4): the upper bits of the key times 2^64 / phi."""
    mixed = keys.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(65 - slots.bit_length())).view(np.int64)


def number_terms(
    text: Mapping[str, int], title: Iterable[str], idf: NDArray[np.floating]
) -> tuple[Vocabulary, NDArray[np.int64], NDArray[np.int64]]:
    """Give the terms of two fitted vectorisers their rows; `idf` is that of the text's columns.

    Words come by frequency, and longer terms by the frequency of their beginnings: what listings
    ask for most lies together, and stays in the processor's caches. Returns the vocabulary, and for
    its rows the columns of both: (text_rows,) and (title's rows,).
    Raises ScorerCorrupt for a term that could never be found: one whose beginning is not a term, or
    a title's that is not one of the text.
    """
    by_length: dict[int, list[str]] = {}
    for term in text:
        by_length.setdefault(term.count(" "), []).append(term)
    words = sorted(by_length.pop(0, []), key=lambda word: (idf[text[word]], word))
    rows = {word: row for row, word in enumerate(words)}
    base = len(text) + 1
    keys: list[int] = []
    try:
        for _, terms in sorted(by_length.items()):
            split = (term.rpartition(" ") for term in terms)
            found = [rows[beginning] * base + rows[last] for beginning, _, last in split]
            first = len(rows)
            order = sorted(range(len(terms)), key=found.__getitem__)
            rows |= {terms[place]: first + rank for rank, place in enumerate(order)}
            keys += [found[place] for place in order]
    except KeyError as error:
        raise ScorerCorrupt(f"A term begins with or ends in {error}, which is not one") from error
    try:
        held = [(rows[term], column) for column, term in enumerate(title)]
    except KeyError as error:
        raise ScorerCorrupt(f"The title's term {error} is not one of the text") from error
    of_title = np.array(sorted(held), dtype=np.int64).reshape(-1, 2)
    vocabulary = Vocabulary(
        words=words,
        keys=np.array(keys, dtype=np.int64),
        title=of_title[:, 0].astype(np.int32),
        longest=1 + max(by_length, default=0),
    )
    columns = np.fromiter((text[term] for term in rows), np.int64, len(rows))
    return vocabulary, columns, of_title[:, 1]
