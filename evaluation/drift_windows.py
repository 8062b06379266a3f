"""What the drift report says of windows whose drift is known."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from evaluation.catalogue import Listings
from evaluation.drift_inputs import (
    Model,
    Spoil,
    emptied,
    english,
    garbled,
    learn,
    names,
    pairs_of,
    pairs_of_arrivals,
)
from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.catalog.listing import LabelledListing
from rakuten_mlops.catalog.synthetic import arrivals
from rakuten_mlops.monitoring.drift.judgement import judge_window
from rakuten_mlops.monitoring.drift.report import DriftReport
from rakuten_mlops.monitoring.reference import Reference

SIZE = 500
FRESH = 200
TIMES = 10
BATCHES = (0, 1, 2, 3, 5, 8, 12, 20, 40)
STREAM = 100
INJECTED: dict[str, tuple[Spoil, str]] = {
    "30 % lose their description": (emptied(0.3), "without a description"),
    "10 % in the wrong encoding": (garbled(0.1), "garbled letters"),
    "20 % in English": (english(0.2), "are in English"),
}
# Of each of so many categories, a model is trained without it. That comes in so many windows, and
# is such a share of them: of the larger, so much must be named.
WITHHELD = 6
AGAIN = 3
FEW, MANY = 0.15, 0.30
NAMED = 0.9
CATEGORIES = {each.prdtypecode: each.name_fr for each in RAKUTEN}


@dataclass
class Outcome:
    """What became of windows of one kind.

    Their states, in how many the cause was named, named first, and a new kind of listing told of;
    headlines, and accuracy.
    """

    states: Counter[str] = field(default_factory=Counter)
    named: int = 0
    first: int = 0
    new: int = 0
    estimates: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    headlines: list[str] = field(default_factory=list)

    @property
    def windows(self) -> int:
        return sum(self.states.values())

    @property
    def false(self) -> int:
        """How many are anything else than unchanged."""
        return self.windows - self.states["no drift"]

    def note(self, report: DriftReport, told: Callable[[str], bool], truth: float | None) -> None:
        """Note a report; `told` tells whether a sentence names the cause."""
        self.states[report.state] += 1
        self.named += any(map(told, report.findings))
        self.first += told(report.headline)
        self.new += report.newcomers is not None
        self.headlines.append(report.headline)
        if report.accuracy and truth is not None:
            found = report.accuracy
            self.estimates.append((truth, found.estimate, found.confidence, found.low, found.high))

    def include(self, other: "Outcome") -> None:
        """Add what became of other windows."""
        self.states += other.states
        self.named += other.named
        self.first += other.first
        self.new += other.new
        self.estimates += other.estimates
        self.headlines += other.headlines


def bootstrap(reference: Reference, windows: int, seed: int) -> Outcome:
    """Windows that are drawn of the reference itself."""
    found, chance = Outcome(), np.random.default_rng([seed, 1])
    for _ in range(windows):
        window = reference.window.take(chance.integers(len(reference.window), size=SIZE))
        report = judge_window(reference, window, names([], CATEGORIES))
        found.note(report, lambda _: False, None)
    return found


def fresh(model: Model, kept: pl.DataFrame, windows: int, seed: int) -> Outcome:
    """Windows of listings that the reference does not hold: each time other halves."""
    found, chance = Outcome(), np.random.default_rng([seed, 2])
    whole = model.reference(kept)
    for _ in range(windows):
        order = chance.permutation(len(whole.window))
        half = len(order) // 2
        window = whole.window.take(np.sort(order[half : half + SIZE]))
        report = judge_window(whole.take(np.sort(order[:half])), window, names([], CATEGORIES))
        right = whole.right[np.sort(order[half : half + SIZE])]
        found.note(report, lambda _: False, float(right.mean()))
    return found


def spoiled(
    model: Model, kept: pl.DataFrame, spoil: Spoil, cause: str, *, times: int, seed: int
) -> Outcome:
    """Windows that were changed on purpose."""
    found, chance = Outcome(), np.random.default_rng([seed, 3])
    for _ in range(times):
        order = chance.permutation(kept.height)
        half = kept.height // 2
        reference = model.reference(kept[order[:half].tolist()])
        rows = kept[order[half : half + SIZE].tolist()]
        pairs = spoil(pairs_of(rows), chance)
        window = model.window(pairs)
        truth = float((window.categories == rows["prdtypecode"].to_numpy()).mean())
        report = judge_window(reference, window, names(pairs, CATEGORIES))
        known = truth if "English" not in cause else None
        found.note(report, lambda sentence: cause in sentence, known)
    return found


def new_category(listings: Listings, code: int, seed: int) -> dict[float, Outcome]:
    """Windows in which a category comes that the model never learnt, by the share that it is."""
    training, kept = listings.split(0)
    other = pl.col("prdtypecode") != code
    model = learn(training.filter(other), kept.filter(other), seed)
    kept, come = kept.filter(other), training.filter(~other)
    found = {}
    for share in (FEW, MANY):
        chance = np.random.default_rng([seed, 4, code])
        found[share] = _more_of_one(model, kept, come, share, chance)
    return found


def grown_category(listings: Listings, codes: Sequence[int], seed: int) -> dict[float, Outcome]:
    """Windows in which as much more comes of a category, of each in turn, that the model learnt."""
    training, kept = listings.split(0)
    numbered = training.sample(fraction=1, shuffle=True, seed=seed).with_row_index()
    come = {}
    for code in codes:
        rows = numbered.filter(pl.col("prdtypecode") == code)
        come[code] = rows.head(min(round(AGAIN * MANY * SIZE), rows.height // 2))
    learnt = numbered.join(pl.concat(come.values()), on="index", how="anti")
    model = learn(learnt.drop("index"), kept, seed)
    found = {share: Outcome() for share in (FEW, MANY)}
    for code, rows in come.items():
        for share, outcome in found.items():
            chance = np.random.default_rng([seed, 5, code])
            outcome.include(_more_of_one(model, kept, rows.drop("index"), share, chance))
    return found


def _more_of_one(
    model: Model,
    kept: pl.DataFrame,
    come: pl.DataFrame,
    share: float,
    chance: np.random.Generator,
) -> Outcome:
    """Windows of listings as in the reference, and of what else comes: all, if that is less."""
    found, half, count = Outcome(), kept.height // 2, min(round(share * SIZE), come.height)
    for _ in range(AGAIN):
        order = chance.permutation(kept.height)
        chosen = chance.choice(come.height, count, replace=False)
        like_before = kept[order[half : half + SIZE - count].tolist()]
        rows = pl.concat([like_before, come[chosen.tolist()]])
        pairs = pairs_of(rows)
        window = model.window(pairs)
        truth = float((window.categories == rows["prdtypecode"].to_numpy()).mean())
        reference = model.reference(kept[order[:half].tolist()])
        report = judge_window(reference, window, names(pairs, CATEGORIES))
        found.note(report, lambda sentence: "has not learnt" in sentence, truth)
    return found


def drifting(model: Model, reference: Reference, seed: int, *, drift: bool) -> dict[int, Outcome]:
    """Windows of arrivals, by how far they moved."""
    found: dict[int, Outcome] = {}
    for batch in BATCHES:
        outcome = found[batch] = Outcome()
        for again in range(3):
            came = arrivals(SIZE, seed=seed + 1 + again, batch=batch, drift=drift)
            outcome.note(*_judge(model, reference, came))
    return found


def stream(model: Model, reference: Reference, seed: int, *, drift: bool) -> Outcome:
    """The first 500 arrivals, five batches of a hundred each, of ten streams."""
    found = Outcome()
    for again in range(TIMES):
        came = [
            each
            for batch in range(SIZE // STREAM)
            for each in arrivals(STREAM, seed=seed + 100 + again, batch=batch, drift=drift)
        ]
        found.note(*_judge(model, reference, came))
    return found


def _judge(
    model: Model, reference: Reference, came: Sequence[LabelledListing]
) -> tuple[DriftReport, Callable[[str], bool], float]:
    pairs = pairs_of_arrivals(came)
    window = model.window(pairs)
    truth = float((window.categories == [each.prdtypecode for each in came]).mean())
    report = judge_window(reference, window, names(pairs, CATEGORIES))
    return report, lambda sentence: "does not know" in sentence, truth
