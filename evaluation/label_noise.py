"""How many wrong labels confident learning finds, of labels that were made wrong on purpose.

    python -m evaluation.label_noise --home var --share 0.05

Some labels of the training rows get another category: any other, or the one that the model finds
likeliest beside the right one, as somebody who mixes up neighbours would. Then margins, calibration
and doubts are made as training makes them, from the spoilt labels alone. Errors that a catalogue
holds anyway count as found in vain, so the precision is a lower bound.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from evaluation.catalogue import Listings, listings_of
from evaluation.sources import vectorise
from rakuten_mlops.training.calibration import Floats, Places
from rakuten_mlops.training.calibrator import fit_calibration
from rakuten_mlops.training.folds import fold_by_title, out_of_fold
from rakuten_mlops.training.label_noise import estimated_noise, find_doubts

console = Console(width=None if sys.stdout.isatty() else 150)

Spoil = Callable[[Floats, Places, NDArray[np.int64], np.random.Generator], Places]
"""From probabilities, labels and the rows to spoil to the wrong labels of those rows."""


@dataclass(frozen=True)
class Found:
    """Shares of what was spoilt and of what was found.

    `first` counts only as many of the least believable as were spoilt; `disagreeing` is what one
    would get by looking at every label that is not the likeliest category. `estimate` is the share
    of wrong labels as confident learning estimates it.
    """

    doubts: int
    precision: float
    recall: float
    first: float
    first_hundred: float
    disagreeing: int
    disagreeing_precision: float
    disagreeing_recall: float
    estimate: float


def any_other(
    probabilities: Floats, labels: Places, rows: Places, draw: np.random.Generator
) -> Places:
    """Each other category with the same chance."""
    categories = probabilities.shape[1]
    return (labels[rows] + draw.integers(1, categories, len(rows))) % categories


def likeliest_other(
    probabilities: Floats, labels: Places, rows: Places, draw: np.random.Generator
) -> Places:
    """The category that the model finds likeliest beside the right one."""
    del draw
    rivals = probabilities[rows]
    rivals[np.arange(len(rows)), labels[rows]] = -1
    return rivals.argmax(axis=1)


WAYS: dict[str, Spoil] = {"any other": any_other, "the likeliest other": likeliest_other}


def measure(listings: Listings, share: float, spoil: Spoil, seed: int) -> Found:
    """Spoil labels of the training rows, look for them, and count."""
    codes = listings.split(0)[0]["prdtypecode"].to_numpy()
    categories, labels = np.unique(codes, return_inverse=True)
    draw = np.random.default_rng(seed)
    spoilt = draw.random(len(labels)) < share
    rows = np.flatnonzero(spoilt)
    wrong = labels.copy()
    wrong[rows] = spoil(probabilities_of(listings, codes), labels, rows, draw)
    probabilities = probabilities_of(listings, categories[wrong])
    doubts = find_doubts(probabilities, wrong)
    disagreeing = probabilities.argmax(axis=1) != wrong
    return Found(
        doubts=len(doubts.rows),
        precision=float(np.mean(spoilt[doubts.rows])),
        recall=float(np.sum(spoilt[doubts.rows]) / len(rows)),
        first=float(np.mean(spoilt[doubts.rows[: len(rows)]])),
        first_hundred=float(np.mean(spoilt[doubts.rows[:100]])),
        disagreeing=int(np.sum(disagreeing)),
        disagreeing_precision=float(np.mean(spoilt[disagreeing])),
        disagreeing_recall=float(np.mean(disagreeing[rows])),
        estimate=estimated_noise(probabilities, wrong),
    )


def probabilities_of(listings: Listings, codes: NDArray[np.int64]) -> Floats:
    """Calibrated out-of-fold probabilities of the training rows, learnt from these labels."""
    material = vectorise(*listings.split(0), codes)
    margins = out_of_fold(
        material.matrix,
        material.codes,
        fold_by_title(material.designations),
        fields=material.fields,
        classifier=material.classifier,
        min_df=material.min_df,
    )
    labels = np.unique(codes, return_inverse=True)[1]
    return fit_calibration(margins, labels).probabilities(margins)


def main(
    home: Annotated[
        str | None, typer.Option(help="Home folder or database URL; default: synthetic listings.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1_000, help="How many synthetic listings.")] = 84_916,
    share: Annotated[float, typer.Option(min=0.001, max=0.5, help="Of labels made wrong.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 20,
) -> None:
    """Print how many wrong labels were found, and how many of those found were wrong."""
    listings = listings_of(home, rows, seed)
    table = Table(box=box.SIMPLE_HEAD)
    for place, column in enumerate(
        (
            "made wrong to",
            "doubted",
            "precision",
            "recall",
            "first 100",
            "first as many",
            "unlike the likeliest",
            "precision",
            "recall",
            "estimated share",
        )
    ):
        table.add_column(column, justify="right" if place else "left")
    for name, spoil in WAYS.items():
        with console.status(f"{name} ..."):
            found = measure(listings, share, spoil, seed)
        table.add_row(
            name,
            f"{found.doubts:,}",
            *(f"{each:.3f}" for each in (found.precision, found.recall)),
            *(f"{each:.3f}" for each in (found.first_hundred, found.first)),
            f"{found.disagreeing:,}",
            *(f"{each:.3f}" for each in (found.disagreeing_precision, found.disagreeing_recall)),
            f"{found.estimate:.1%}",
        )
    console.print(f"{listings.name}; {share:.0%} of the training rows' labels made wrong")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
