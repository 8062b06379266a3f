"""Does the drift report say what is true: silence on unchanged traffic, and what changed else?

    python -m evaluation.drift --home var

Windows are drawn of a half of the holdout, the other half is the reference: both are new to the
model, and to each other. Without --home a synthetic catalogue is made, and its arrivals, too.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from evaluation.catalogue import Listings, listings_of
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
from rakuten_mlops.catalog.synthetic import arrivals
from rakuten_mlops.monitoring.drift.judgement import FALSE_ALARM_RATE, judge_window
from rakuten_mlops.monitoring.drift.report import DriftReport
from rakuten_mlops.monitoring.reference import Reference

console = Console()

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
# Of each of so many categories, a model is trained without it.
WITHHELD = 6
NEW_SHARE = 0.15
CATEGORIES = {each.prdtypecode: each.name_fr for each in RAKUTEN}


@dataclass
class Outcome:
    """What became of windows of one kind: states, whether the cause was named, and accuracy."""

    states: Counter[str] = field(default_factory=Counter)
    named: int = 0
    first: int = 0
    estimates: list[tuple[float, float, float, float, float]] = field(default_factory=list)

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
        if report.accuracy and truth is not None:
            found = report.accuracy
            self.estimates.append((truth, found.estimate, found.confidence, found.low, found.high))


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


def new_category(listings: Listings, code: int, seed: int) -> tuple[Outcome, str]:
    """A window in which a category comes that the model never learnt."""
    training, kept = listings.split(0)
    chance = np.random.default_rng([seed, 4, code])
    other = pl.col("prdtypecode") != code
    model = learn(training.filter(other), kept.filter(other), seed)
    known = kept.filter(other)
    order = chance.permutation(known.height)
    half = known.height // 2
    strangers = training.filter(~other)
    count = min(int(NEW_SHARE * SIZE), strangers.height)
    chosen = chance.choice(strangers.height, count, replace=False)
    rows = pl.concat(
        [known[order[half : half + SIZE - count].tolist()], strangers[chosen.tolist()]]
    )
    pairs = pairs_of(rows)
    window = model.window(pairs)
    truth = float((window.categories == rows["prdtypecode"].to_numpy()).mean())
    report = judge_window(
        model.reference(known[order[:half].tolist()]), window, names(pairs, CATEGORIES)
    )
    found = Outcome()
    found.note(report, lambda sentence: "has not learnt" in sentence, truth)
    return found, report.headline


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
    model: Model, reference: Reference, came: Sequence
) -> tuple[DriftReport, Callable[[str], bool], float]:
    pairs = pairs_of_arrivals(came)
    window = model.window(pairs)
    truth = float((window.categories == [each.prdtypecode for each in came]).mean())
    report = judge_window(reference, window, names(pairs, CATEGORIES))
    return report, lambda sentence: "does not know" in sentence, truth


def main(
    home: Annotated[
        str | None, typer.Option(help="An imported catalogue: its home or URL.")
    ] = None,
    rows: Annotated[int, typer.Option(help="Synthetic listings, without --home.")] = 30_000,
    seed: Annotated[int, typer.Option(help="Seed of everything.")] = 20,
    windows: Annotated[int, typer.Option(help="Windows of the reference.")] = 20,
    unchanged: Annotated[int, typer.Option(help="Windows beside the reference.")] = FRESH,
) -> None:
    """Print what the report says of traffic whose drift is known."""
    listings = listings_of(home, rows, seed)
    training, kept = listings.split(0)
    model = learn(training, kept, seed)
    reference = model.reference(kept)
    table = Table(
        "windows of 500", "how many", "no drift", "watch", "drift", "named", "named first"
    )
    estimates: dict[str, Outcome] = {}

    def show(name: str, found: Outcome, *, cause: bool = True) -> Outcome:
        states = (f"{found.states[state]}" for state in ("no drift", "watch", "drift"))
        told = (f"{found.named}", f"{found.first}") if cause else ("", "")
        table.add_row(name, f"{found.windows}", *states, *told)
        console.print(f"{name}: {dict(found.states)}", style="dim")
        estimates[name] = found
        return found

    failures = []
    of_reference = show(
        "unchanged, of the reference", bootstrap(reference, windows, seed), cause=False
    )
    if of_reference.false > FALSE_ALARM_RATE * windows:
        failures.append("too many false alarms on windows of the reference")
    beside = show("unchanged, beside it", fresh(model, kept, unchanged, seed), cause=False)
    # Half a per mille would see more by chance.
    if beside.false > FALSE_ALARM_RATE * unchanged + 3.3 * (FALSE_ALARM_RATE * unchanged) ** 0.5:
        failures.append("too many false alarms on windows beside the reference")
    for name, (spoil, cause) in INJECTED.items():
        found = show(name, spoiled(model, kept, spoil, cause, times=TIMES, seed=seed))
        if found.named < found.windows:
            failures.append(f"{name}: not named in every window")
    counts = Counter(training["prdtypecode"].to_list())
    spread = [code for code, _ in counts.most_common()]
    withheld = spread[:: max(1, len(spread) // WITHHELD)][:WITHHELD]
    together = Outcome()
    for code in withheld:
        found, told = new_category(listings, code, seed)
        together.states += found.states
        together.named += found.named
        together.first += found.first
        together.estimates += found.estimates
        console.print(f"  {code} is new: {told}", style="dim")
    show(f"15 % of a new category, {len(withheld)} of them", together)
    if together.states["drift"] < together.windows:
        failures.append("a new category went unseen")
    if home is None:
        failures += _arrivals(model, reference, seed, show)
    console.print(table)
    console.print(_accuracy(estimates))
    for failure in failures:
        console.print(f"FAILED: {failure}", style="red")
    if failures:
        raise typer.Exit(1)


def _arrivals(model: Model, reference: Reference, seed: int, show: Callable) -> list[str]:
    failures = []
    still = show("first 500 arrivals, no drift", stream(model, reference, seed, drift=False))
    moved = show("first 500 arrivals, drift", stream(model, reference, seed, drift=True))
    if still.false:
        failures.append("an alarm without drift")
    if moved.states["drift"] < moved.windows:
        failures.append("drift went unseen for 500 arrivals")
    calm = Outcome()
    for found in drifting(model, reference, seed, drift=False).values():
        calm.states += found.states
        calm.estimates += found.estimates
    show("later arrivals, no drift", calm, cause=False)
    for batch, found in drifting(model, reference, seed, drift=True).items():
        show(f"arrivals of batch {batch}", found)
    return failures


def _accuracy(found: dict[str, Outcome]) -> Table:
    table = Table("windows of 500", "true", "estimated", "off by", "confidence alone", "within")
    everything: list[tuple[float, ...]] = []
    for name, outcome in found.items():
        if outcome.estimates:
            everything += outcome.estimates
            table.add_row(name, *_cells(outcome.estimates))
    table.add_section()
    table.add_row("all", *_cells(everything))
    return table


def _cells(estimates: Sequence[tuple[float, ...]]) -> list[str]:
    truth, estimate, confidence, low, high = np.array(estimates).T
    within = float(((low <= truth) & (truth <= high)).mean())
    return [
        f"{truth.mean():.3f}",
        f"{estimate.mean():.3f}",
        f"{np.abs(estimate - truth).mean():.3f}",
        f"{np.abs(confidence - truth).mean():.3f}",
        f"{within:.0%}",
    ]


if __name__ == "__main__":
    sys.exit(typer.run(main))
