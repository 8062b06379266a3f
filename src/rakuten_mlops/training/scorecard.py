"""How well a classifier does, and on which rows that was seen.

Pure: codes go in, figures come out.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Holdout:
    """Which rows a score was measured on: those kept for judging, as of a revision."""

    revision: int
    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """Precision, recall and F1 of one category; `support` is its number of holdout rows."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Scorecard:
    """The true and the predicted category of every holdout row, shape (rows,) each.

    Averages run over the categories that the holdout holds: a category that it lacks cannot be
    judged, but a row wrongly put into one still counts against the row's true category.
    """

    holdout: Holdout
    truth: Codes
    predicted: Codes

    @cached_property
    def categories(self) -> dict[int, CategoryScore]:
        """Scores of each category in the holdout, by code in ascending order."""
        codes, support = np.unique(self.truth, return_counts=True)
        hits = np.array([np.sum(self.predicted[self.truth == code] == code) for code in codes])
        claims = np.array([np.sum(self.predicted == code) for code in codes])
        return {
            int(code): CategoryScore(
                precision=hit / claimed if claimed else 0.0,
                recall=hit / held,
                f1=2 * hit / (claimed + held),
                support=held,
            )
            for code, hit, claimed, held in zip(
                codes, hits.tolist(), claims.tolist(), support.tolist(), strict=True
            )
        }

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the categories, each counting the same."""
        return float(np.mean([score.f1 for score in self.categories.values()]))

    @property
    def weighted_f1(self) -> float:
        """Mean F1 of the categories, each counting by its rows."""
        scores = self.categories.values()
        return sum(score.f1 * score.support for score in scores) / self.truth.size

    @property
    def micro_f1(self) -> float:
        """F1 over all decisions; with one category a row it equals accuracy."""
        return self.accuracy

    @property
    def accuracy(self) -> float:
        """Share of rows whose category was found."""
        return float(np.mean(self.truth == self.predicted))

    @cached_property
    def confusion(self) -> tuple[list[int], NDArray[np.int64]]:
        """All codes seen, and how many rows of code i (row) were called code j (column)."""
        codes, places = np.unique(np.concatenate([self.truth, self.predicted]), return_inverse=True)
        counts = np.zeros((codes.size, codes.size), dtype=np.int64)
        np.add.at(counts, (places[: self.truth.size], places[self.truth.size :]), 1)
        return codes.tolist(), counts

    def averages(self) -> dict[str, float]:
        """The figures of the whole holdout, by name."""
        return {
            "macro_f1": self.macro_f1,
            "weighted_f1": self.weighted_f1,
            "micro_f1": self.micro_f1,
            "accuracy": self.accuracy,
        }

    def summary(self) -> dict[str, Any]:
        """Everything but the rows, ready for JSON."""
        return {
            "holdout": {
                "revision": self.holdout.revision,
                "rows": self.holdout.rows,
                "fingerprint": self.holdout.fingerprint,
            },
            **self.averages(),
            "categories": {
                str(code): {
                    "precision": score.precision,
                    "recall": score.recall,
                    "f1": score.f1,
                    "support": score.support,
                }
                for code, score in self.categories.items()
            },
        }
