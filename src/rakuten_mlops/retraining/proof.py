"""How far two scorers are the same: by their numbers, their margins, or their answers only."""

import json
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer_files import MANIFEST, load

# These say nothing about answers: categories may be renamed in the catalogue, files be checked.
ASIDE = ("names", "sha256")


class Level(IntEnum):
    """What was found the same; each level holds the ones before it."""

    NOTHING = 0
    CATEGORIES = 1
    MARGINS = 2
    NUMBERS = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """Two scorers compared on `rows` listings, of which `other` get another category.

    `largest_gap` is the largest difference of a margin, None where the categories themselves are
    others; `parts` are the files and settings of the scorer that differ.
    """

    rows: int
    other: int
    largest_gap: float | None
    parts: tuple[str, ...]

    @property
    def level(self) -> Level:
        if not self.parts:
            return Level.NUMBERS
        if self.largest_gap == 0:
            return Level.MARGINS
        return Level.NOTHING if self.other else Level.CATEGORIES


def prove(recorded: Path, rebuilt: Path, listings: pl.DataFrame) -> Proof:
    """Compare two folders that `scorer_files.save` wrote, on listings.

    Raises ScorerCorrupt for one that is incomplete, was changed, or is of another format.
    """
    scorers = load(recorded), load(rebuilt)
    columns = listings["designation"], listings["description"]
    margins = [BulkScorer(scorer).margins(*columns) for scorer in scorers]
    given = [
        scorer.classes[each.argmax(axis=1)] for scorer, each in zip(scorers, margins, strict=True)
    ]
    comparable = np.array_equal(scorers[0].classes, scorers[1].classes)
    gap = float(np.abs(margins[0] - margins[1]).max(initial=0.0)) if comparable else None
    return Proof(
        rows=listings.height,
        other=int(np.sum(given[0] != given[1])),
        largest_gap=gap,
        parts=_differing_parts(recorded, rebuilt),
    )


def _differing_parts(recorded: Path, rebuilt: Path) -> tuple[str, ...]:
    before, after = (json.loads((folder / MANIFEST).read_text()) for folder in (recorded, rebuilt))
    files = before["sha256"].keys() | after["sha256"].keys()
    settings = (before.keys() | after.keys()) - set(ASIDE)
    return (
        *sorted(file for file in files if _content(recorded / file) != _content(rebuilt / file)),
        *sorted(name for name in settings if before.get(name) != after.get(name)),
    )


def _content(file: Path) -> Any:
    """What a file holds, to the last bit; an array's file also names numpy's own format."""
    if not file.exists():
        return None
    if file.suffix != ".npy":
        return file.read_bytes()
    array = np.load(file, allow_pickle=False)
    return array.dtype.str, array.shape, array.tobytes()
