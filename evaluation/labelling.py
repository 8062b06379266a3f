"""What people's answers gain: the review queue's choice of listings against a random one.

    python -m evaluation.labelling --catalog var --answers 1000

A model is trained on a part of a catalogue and predicts what newly arrives; a scripted reviewer,
who knows the true categories, answers what the queue offers; the next training learns from the
answers. The same number of random labels is what that is compared with. All of it goes through
the real choice of offers, queue and labels, in a database of its own; the catalogue is only read.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from rakuten_mlops.catalog.categories import RAKUTEN, Category
from rakuten_mlops.catalog.holdout import in_holdout
from rakuten_mlops.catalog.listing import LabelledListing, Listing
from rakuten_mlops.catalog.snapshot import SCHEMA, Counts, Snapshot, fingerprint
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals, synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.review.item import Offer
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue
from rakuten_mlops.review.sampling import choose
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import assurance_of, compile_pipeline
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import Candidate, train

REVIEWER = "scripted"
SYNTHETIC, BATCHES, BATCH = 30_000, range(5, 25), 1_000
JUDGED_BATCHES = range(5, 45)

console = Console()


@dataclass(frozen=True)
class Material:
    """What was known, what arrives (none of it in the holdout), and what is judged on."""

    categories: Iterable[Category]
    known: pl.DataFrame
    arriving: pl.DataFrame
    judged: pl.DataFrame


@dataclass(frozen=True)
class Gain:
    """Macro-F1 before, and after as many answers by the queue's choice and by chance."""

    before: float
    queue: float
    random: float
    doubtful: float
    arriving: int


def synthetic(seed: int) -> Material:
    """A synthetic catalogue, and the arrivals whose words have moved away from it."""
    known = _frame(synthesize(SYNTHETIC, seed=seed))
    arriving = _frame([row for at in BATCHES for row in arrivals(BATCH, seed=seed, batch=at)])
    # More of the same kind, from another seed, so that the judgement is worth something.
    more = [row for at in JUDGED_BATCHES for row in arrivals(BATCH, seed=seed + 1_000, batch=at)]
    judged = pl.concat([arriving, _frame(more)]).filter("in_holdout")
    return Material(
        RAKUTEN, known.filter(~pl.col("in_holdout")), arriving.filter(~pl.col("in_holdout")), judged
    )


def imported(place: str, seed: int) -> Material:
    """A third of a catalogue as what was known, and the rest as what arrives."""
    url = place if "://" in place else f"sqlite:///{Path(place) / 'catalog.db'}"
    catalog = Catalog(open_database(url))
    snapshot, categories = catalog.snapshot(), catalog.categories().values()
    rows = snapshot.training
    known = np.random.default_rng(seed).random(rows.height) < 1 / 3
    return Material(categories, rows.filter(known), rows.filter(~known), snapshot.holdout)


def gain(material: Material, *, answers: int, seed: int) -> Gain:
    """Train, let the reviewer answer, and train again; once by the queue, once by chance."""
    first = train(_snapshot(material.known, material), Parameters())
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/catalog.db")
        migrate(engine)
        rows = material.known.select("designation", "description", "productid", "prdtypecode")
        written = [
            (Listing(title, text, number), code) for title, text, number, code in rows.iter_rows()
        ]
        Catalog(engine).write(
            written,
            kind="import",
            source="known",
            author="evaluation",
            categories=material.categories,
        )
        doubtful = _predict(engine, first, material.arriving, seed)
        _review(engine, material.arriving, answers)
        by_queue = Catalog(engine).labelled()
        engine.dispose()
    chosen = np.random.default_rng(seed).permutation(material.arriving.height)[:answers]
    by_chance = pl.concat([material.known, material.arriving[np.sort(chosen)]])
    return Gain(
        before=first.scorecard.macro_f1,
        queue=_score(by_queue, material),
        random=_score(by_chance, material),
        doubtful=doubtful,
        arriving=material.arriving.height,
    )


def _predict(engine: Engine, candidate: Candidate, arriving: pl.DataFrame, seed: int) -> float:
    """Predict what arrives, offer it for review, and return the share that was doubtful."""
    settings = Settings()
    names = {int(code): str(code) for code in candidate.pipeline["classifier"].classes_}
    texts = list(arriving.select("designation", "description").iter_rows())
    scorer = compile_pipeline(candidate.pipeline, names, assurance_of(candidate.decisions))
    rankings = BulkScorer(scorer).rank(texts)
    accepted = scorer.accepts(rankings, settings.accept_confidence)
    predictions = []
    for text, ranking, sure in zip(texts, rankings, accepted, strict=True):
        decision = "accept" if sure else "review"
        predictions.append(Offer(*text, f"seed {seed}", scorer.name(ranking), decision))
    offers = choose(predictions, share=settings.review_sample_share)
    Offering(engine, limit=arriving.height).put(offers)
    return sum(each.decision == "review" for each in predictions) / arriving.height


def _review(engine: Engine, arriving: pl.DataFrame, answers: int) -> None:
    """Answer what the queue offers with the true categories, and make labels of the answers."""
    rows = arriving.select("designation", "description", "prdtypecode").iter_rows()
    truth = {(designation, description): code for designation, description, code in rows}
    queue = Queue(engine, lease=timedelta(hours=1))
    left = answers
    while left > 0 and (items := queue.next(REVIEWER, count=min(left, 50))):
        for item in items:
            queue.answer(item.id, REVIEWER, "category", truth[item.designation, item.description])
        left -= len(items)
    if left > 0:
        raise typer.BadParameter(f"the queue offered only {answers - left} items; ask for fewer")
    Labels(engine).flush()


def _score(rows: pl.DataFrame, material: Material) -> float:
    learnt = rows.filter(~pl.col("in_holdout"))
    return train(_snapshot(learnt, material), Parameters()).scorecard.macro_f1


def _snapshot(known: pl.DataFrame, material: Material) -> Snapshot:
    rows = pl.concat([known, material.judged.with_columns(in_holdout=True)])
    counts = Counts(rows.height, rows.height, material.judged.height, 0, {})
    return Snapshot(1, fingerprint(rows), counts, rows)


def _frame(rows: list[LabelledListing]) -> pl.DataFrame:
    cells = [
        (
            row.listing.productid,
            row.listing.designation,
            row.listing.description,
            row.prdtypecode,
            in_holdout(row.listing.designation),
        )
        for row in rows
    ]
    return pl.DataFrame(cells, schema=SCHEMA, orient="row")


def main(
    answers: Annotated[int, typer.Option(min=1, help="How many items are answered.")] = 1_000,
    catalog: Annotated[
        str | None, typer.Option(help="Home folder or database URL; default: synthetic listings.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How often it is repeated.")] = 3,
) -> None:
    """Print macro-F1 before and after, by the queue's choice and by chance."""
    table = Table(
        "seed", "arriving", "doubtful", "before", "by chance", "by the queue", "gained more"
    )
    found = []
    for seed in range(seeds):
        material = synthetic(seed) if catalog is None else imported(catalog, seed)
        found.append(gain(material, answers=answers, seed=seed))
        table.add_row(str(seed), *_cells(found[-1]))
    if seeds > 1:
        table.add_section()
        table.add_row("mean", *_cells(_mean(found)))
    console.print(f"{answers:,} answers; macro-F1 on the arrivals' holdout")
    console.print(table)


def _mean(found: list[Gain]) -> Gain:
    def mean(value: Callable[[Gain], float]) -> float:
        return statistics.fmean(map(value, found))

    return Gain(
        before=mean(lambda gain: gain.before),
        queue=mean(lambda gain: gain.queue),
        random=mean(lambda gain: gain.random),
        doubtful=mean(lambda gain: gain.doubtful),
        arriving=found[0].arriving,
    )


def _cells(found: Gain) -> list[str]:
    figures = (found.before, found.random, found.queue)
    more = f"{found.queue - found.random:+.4f}"
    return [
        f"{found.arriving:,}",
        f"{found.doubtful:.1%}",
        *(f"{each:.4f}" for each in figures),
        more,
    ]


if __name__ == "__main__":
    typer.run(main)
