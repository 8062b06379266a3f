"""Do the terms of an explanation add up to the margins that scikit-learn gives?

    python -m evaluation.explanations --home var --listings 1000

A model is trained on the catalogue as training does it, and random listings of the whole catalogue
are explained. What the reasons add up to, for the category and for the runner-up, is held against
the margins of the served scorer, and against scikit-learn's own decision function.
"""

import sys
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from evaluation.catalogue import Listings, listings_of
from rakuten_mlops.catalog.snapshot import Counts, Snapshot, fingerprint
from rakuten_mlops.serving.scorer import Scorer, assurance_of, compile_pipeline
from rakuten_mlops.training.folds import all_margins
from rakuten_mlops.training.pipeline import Parameters, model_input
from rakuten_mlops.training.trainer import Candidate, train

BEARABLE = 1e-6

console = Console()


@dataclass(frozen=True)
class Sums:
    """The largest differences of sums and margins, over `listings` with `terms` in the mean."""

    listings: int
    terms: float
    of_scorer: float
    of_scikit_learn: float
    otherwise_answered: int


def check(listings: Listings, count: int, seed: int) -> Sums:
    """Train, explain a random sample, and compare."""
    candidate = train(_snapshot(listings.rows), Parameters())
    scorer = compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions))
    chosen = np.random.default_rng(seed).permutation(listings.rows.height)[:count]
    return compare(candidate, scorer, listings.rows[np.sort(chosen)])


def compare(candidate: Candidate, scorer: Scorer, rows: pl.DataFrame) -> Sums:
    """Explain each row, and hold the sums of its reasons against both kinds of margins."""
    features, classifier = candidate.pipeline["features"], candidate.pipeline["classifier"]
    theirs = all_margins(classifier, features.transform(model_input(rows)))
    terms, of_scorer, of_scikit_learn, otherwise = 0, 0.0, 0.0, 0
    for margins, row in zip(theirs, rows.iter_rows(named=True), strict=True):
        found = scorer.explain(row["designation"], row["description"])
        sums = [sum(reason[side] for reason in found.reasons) for side in (2, 3)]
        places = list(found.places)
        terms += len(found.reasons) - 1
        of_scorer = max(of_scorer, *np.abs(np.subtract(sums, found.margins)))
        of_scikit_learn = max(of_scikit_learn, *np.abs(np.subtract(sums, margins[places])))
        otherwise += int(margins.argmax()) != places[0]
    return Sums(rows.height, terms / rows.height, of_scorer, of_scikit_learn, otherwise)


def _snapshot(rows: pl.DataFrame) -> Snapshot:
    counts = Counts(rows.height, rows.height, int(rows["in_holdout"].sum()), 0, {})
    return Snapshot(1, fingerprint(rows), counts, rows)


def main(
    home: Annotated[
        str | None, typer.Option(help="Home folder or database URL; default: synthetic listings.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1_000, help="How many synthetic listings.")] = 20_000,
    listings: Annotated[int, typer.Option(min=1, help="How many are explained.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Of the listings and of the choice.")] = 20,
) -> None:
    """Print by how much explanations miss the margins; fail if it is more than 1e-6."""
    catalogue = listings_of(home, rows, seed)
    with console.status("training ..."):
        found = check(catalogue, listings, seed)
    table = Table("explanations", catalogue.name)
    table.add_row("listings explained", f"{found.listings:,}")
    table.add_row("terms a listing", f"{found.terms:.1f}")
    table.add_row("largest gap to the served margins", f"{found.of_scorer:.1e}")
    table.add_row("largest gap to scikit-learn's", f"{found.of_scikit_learn:.1e}")
    table.add_row("another category than scikit-learn's", f"{found.otherwise_answered:,}")
    console.print(table)
    missed = max(found.of_scorer, found.of_scikit_learn) > BEARABLE or found.otherwise_answered
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    typer.run(main)
