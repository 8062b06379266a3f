"""How far two scorers are the same: by their numbers, by all they say, or by their answers."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import Scorer
from rakuten_mlops.serving.scorer_files import Parts, load, read_parts
from rakuten_mlops.training.calibration import answers

# These say nothing about answers: categories may be renamed in the catalogue, and the same numbers
# be stored in another format, with other checksums.
ASIDE = ("format", "names", "sha256")
# So far may two confidences lie apart that people are shown as the same four digits. What another
# processor's logarithms do to them is hundreds of times less (ADR 0013).
CLOSE = 1e-4


class Level(IntEnum):
    """What was found the same; each level holds the ones before it."""

    NOTHING = 0
    CATEGORIES = 1
    DECISIONS = 2
    ANSWERS = 3
    NUMBERS = 4


@dataclass(frozen=True, slots=True)
class Proof:
    """Two scorers compared on `rows` listings.

    `other` of these get another category, and `decided` another decision, to accept or to review.
    `largest_gap` is the largest difference of a margin, `confidence_gap` that of a confidence; None
    where they are not of one kind: other categories, or calibrated against not. `parts` are the
    arrays, files of text and settings of the scorer that differ.
    """

    rows: int
    other: int
    decided: int
    largest_gap: float | None
    confidence_gap: float | None
    parts: tuple[str, ...]

    @property
    def level(self) -> Level:
        if not self.parts:
            return Level.NUMBERS
        if self.other or self.largest_gap is None:
            return Level.NOTHING
        if self.decided or self.confidence_gap is None or self.confidence_gap > CLOSE:
            return Level.CATEGORIES
        same = self.largest_gap == self.confidence_gap == 0
        return Level.ANSWERS if same else Level.DECISIONS


def prove(recorded: Path, rebuilt: Path, listings: pl.DataFrame) -> Proof:
    """Compare two folders that `scorer_files.save` wrote, on listings.

    Raises ScorerCorrupt for one that is incomplete, was changed, or is of another format.
    """
    scorers = load(recorded), load(rebuilt)
    columns = listings["designation"], listings["description"]
    margins = [BulkScorer(scorer).margins(*columns) for scorer in scorers]
    before, after = (_say(*each) for each in zip(scorers, margins, strict=True))
    comparable = np.array_equal(scorers[0].classes, scorers[1].classes)
    alike = before.calibrated == after.calibrated
    return Proof(
        rows=listings.height,
        other=int(np.sum(before.given != after.given)),
        decided=int(np.sum(before.accepted != after.accepted)),
        largest_gap=_gap(*margins) if comparable else None,
        confidence_gap=_gap(before.confidence, after.confidence) if alike else None,
        parts=_differing_parts(recorded, rebuilt),
    )


@dataclass(frozen=True)
class _Said:
    """What a scorer says of listings: codes, confidences, and which it accepts; (rows,) each."""

    calibrated: bool
    given: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accepted: NDArray[np.bool_]


def _say(scorer: Scorer, margins: NDArray[np.float32]) -> _Said:
    exact = margins.astype(np.float64)
    answer, _ = answers(exact)
    given = scorer.classes[answer]
    if scorer.assurance is None:
        # Nothing is proven of it: a setting decides, which is no part of the version.
        none = np.zeros(len(given))
        return _Said(False, given, none, none.astype(np.bool_))
    confidence = scorer.assurance.calibration.confidence(exact)
    return _Said(True, given, confidence, confidence >= scorer.assurance.thresholds[answer])


def _gap(before: NDArray[Any], after: NDArray[Any]) -> float:
    return float(np.abs(before - after).max(initial=0.0))


def _differing_parts(recorded: Path, rebuilt: Path) -> tuple[str, ...]:
    before, after = read_parts(recorded), read_parts(rebuilt)
    arrays = before.arrays.keys() | after.arrays.keys()
    texts = before.texts.keys() | after.texts.keys()
    settings = (before.manifest.keys() | after.manifest.keys()) - set(ASIDE)
    return (
        *sorted(name for name in arrays if _bits(before, name) != _bits(after, name)),
        *sorted(file for file in texts if before.texts.get(file) != after.texts.get(file)),
        *sorted(key for key in settings if before.manifest.get(key) != after.manifest.get(key)),
    )


def _bits(parts: Parts, name: str) -> tuple[str, tuple[int, ...], bytes] | None:
    """An array to the last bit, however it was stored."""
    array = parts.arrays.get(name)
    return None if array is None else (array.dtype.str, array.shape, array.tobytes())
