"""A stretch of traffic in columns: what was asked and answered, without the texts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.monitoring.text_statistics import Hashes, TextStatistics

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Numbers = Integers | Floats
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sketch:
    """The distinct words of listings, as 32-bit hashes in ascending order.

    Those of listing i are `hashes[indptr[i] : indptr[i + 1]]`; `indptr` (n + 1,) int64 begins with
    0 and ends with the length of `hashes` (uint32).
    """

    indptr: Integers
    hashes: Hashes

    def __post_init__(self) -> None:
        if not len(self.indptr) or self.indptr[0] != 0 or self.indptr[-1] != len(self.hashes):
            raise ValueError(f"indptr does not lead through {len(self.hashes)} hashes")

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def words_of(self, row: int) -> Hashes:
        """The words of one listing."""
        return self.hashes[self.indptr[row] : self.indptr[row + 1]]

    def take(self, rows: Integers) -> "Sketch":
        """The listings at some places, in that order."""
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.repeat(self.indptr[:-1][rows] - indptr[:-1], lengths)
        return Sketch(indptr, self.hashes[places + np.arange(len(places))])


def sketch_of(words: Sequence[Hashes]) -> Sketch:
    """Put the words of listings, each in ascending order, behind one another."""
    indptr = np.cumsum([0, *map(len, words)], dtype=np.int64)
    return Sketch(indptr, np.concatenate([np.zeros(0, dtype=np.uint32), *words]))


@dataclass(frozen=True, eq=False)
class Window:
    """Listings that one version answered, in the order of time.

    Of shape (n,) each: `at` in Unix seconds; `categories` that were predicted, by code;
    `confidence`; `accepted`, without a person; and the columns of `TextStatistics`.
    """

    version: str
    at: Floats
    categories: Integers
    confidence: Floats
    accepted: Flags
    title_chars: Integers
    description_chars: Integers
    words: Integers
    unknown_words: Integers
    language: Integers
    garbled: Flags
    sketch: Sketch

    def __post_init__(self) -> None:
        for name in (*COLUMNS, "sketch"):
            if len(getattr(self, name)) != len(self.at):
                raise ValueError(f"{name} has {len(getattr(self, name))} rows, at {len(self.at)}")

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Integers) -> "Window":
        """The listings at some places, in that order."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return Window(self.version, **columns, sketch=self.sketch.take(rows))


# The columns of a window that are arrays.
COLUMNS = tuple(each.name for each in fields(Window) if each.name not in ("version", "sketch"))


def window_of(
    version: str,
    texts: Sequence[TextStatistics],
    *,
    at: Sequence[float] | Floats,
    categories: Sequence[int] | Integers,
    confidence: Sequence[float] | Floats,
    accepted: Sequence[bool] | Flags,
) -> Window:
    """Put described listings and what was answered to them into columns."""

    def column(name: str) -> Integers:
        return np.array([getattr(each, name) for each in texts], dtype=np.int64)

    return Window(
        version=version,
        at=np.asarray(at, dtype=np.float64),
        categories=np.asarray(categories, dtype=np.int64),
        confidence=np.asarray(confidence, dtype=np.float64),
        accepted=np.asarray(accepted, dtype=np.bool_),
        title_chars=column("title_chars"),
        description_chars=column("description_chars"),
        words=column("words"),
        unknown_words=column("unknown_words"),
        language=column("language"),
        garbled=column("garbled").astype(np.bool_),
        sketch=sketch_of([each.hashes for each in texts]),
    )
