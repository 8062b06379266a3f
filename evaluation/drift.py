"""Does the drift report say what is true: silence on unchanged traffic, and what changed else?

    python -m evaluation.drift --home var

Windows are drawn of a half of the holdout, the other half is the reference: both are new to the
model, and to each other. Without --home a synthetic catalogue is made, and its arrivals, too.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from evaluation.catalogue import listings_of
from evaluation.drift_inputs import Model, learn
from evaluation.drift_windows import (
    FEW,
    FRESH,
    INJECTED,
    MANY,
    NAMED,
    TIMES,
    WITHHELD,
    Outcome,
    bootstrap,
    drifting,
    fresh,
    grown_category,
    new_category,
    spoiled,
    stream,
)
from rakuten_mlops.monitoring.drift.judgement import FALSE_ALARM_RATE
from rakuten_mlops.monitoring.drift.wording import percent
from rakuten_mlops.monitoring.reference import Reference

console = Console()


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
        "windows of 500",
        "how many",
        "no drift",
        "watch",
        "drift",
        "named",
        "named first",
        "called new",
    )
    estimates: dict[str, Outcome] = {}

    def show(name: str, found: Outcome, *, cause: bool = True) -> Outcome:
        states = (f"{found.states[state]}" for state in ("no drift", "watch", "drift"))
        told = (f"{found.named}", f"{found.first}") if cause else ("", "")
        table.add_row(name, f"{found.windows}", *states, *told, f"{found.new}")
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
    unlearnt = {FEW: Outcome(), MANY: Outcome()}
    for code in withheld:
        for share, found in new_category(listings, code, seed).items():
            unlearnt[share].include(found)
            for headline in found.headlines:
                console.print(f"  {percent(share)} of {code} is new: {headline}", style="dim")
    for share, found in unlearnt.items():
        show(f"{percent(share)} of a category not learnt", found)
    many = unlearnt[MANY]
    if many.states["drift"] < many.windows:
        failures.append(f"{percent(MANY)} of a new category went unseen")
    if many.named < NAMED * many.windows:
        failures.append(f"{percent(MANY)} of a new category was named in too few windows")
    for share, found in grown_category(listings, withheld, seed).items():
        show(f"{percent(share)} more of one that was", found, cause=False)
    if home is None:
        failures += _arrivals(model, reference, seed, show)
    if any(found.new for found in estimates.values() if found not in unlearnt.values()):
        failures.append("what was learnt, or only changed, is called a new category")
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
        calm.include(found)
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
