"""How confidence is made, on which rows, and what may be accepted for it.

    python -m evaluation.calibration --home var --splits 6

Four tables: where the rows for calibration come from, how margins become probabilities, by which
rule answers are accepted, and what the chosen one comes to. Each is judged on holdouts that no part
of it has seen: the catalogue's permanent one first, then others drawn like it. Figures are means
over these.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.special import bdtr

from evaluation.catalogue import Listings, listings_of
from evaluation.rivals import RIVALS, by_lead
from evaluation.sources import SOURCES, Evidence, gather
from rakuten_mlops.training.calibration import Flags, Floats, Places
from rakuten_mlops.training.reliability import (
    BINS,
    accepted_precision,
    automation_rate,
    brier_score,
    calibration_error,
    chance_error,
    log_loss,
    squared_error,
)
from rakuten_mlops.training.thresholds import Requirement, find_thresholds, lowest_threshold

PRECISIONS = (0.90, 0.95, 0.98)
CHOSEN = "2 folds"
ENOUGH = 20

Figures = dict[str, float | None]

# Where nobody watches a terminal, a line of the table is as long as it needs to be.
console = Console(width=None if sys.stdout.isatty() else 170)


@dataclass(frozen=True)
class Answered:
    """Rows with their answer's place, its confidence and whether it was right, (rows,) each."""

    answer: Places
    confidence: Floats
    right: Flags
    categories: int


def answered(probabilities: Floats, margins: Floats, truth: Places) -> Answered:
    """The answer is the greatest margin's, whatever the probabilities say."""
    answer = margins.argmax(axis=1)
    confidence = probabilities[np.arange(len(answer)), answer]
    return Answered(answer, confidence, answer == truth, margins.shape[1])


def judge_probabilities(probabilities: Floats, kept: Answered, truth: Places) -> Figures:
    """What probabilities of the holdout are worth."""
    return {
        "ece": calibration_error(kept.confidence, kept.right),
        "chance": chance_error(kept.confidence),
        "squared": squared_error(kept.confidence, kept.right),
        "bias": float(np.mean(kept.confidence) - np.mean(kept.right)),
        "brier": brier_score(probabilities, truth),
        "log_loss": log_loss(probabilities, truth),
        "unlikelier": float(np.mean(probabilities.argmax(axis=1) != kept.answer)),
    }


Rule = Callable[[Answered, float], Floats]
"""From answers and the precision they must have to the thresholds of the categories."""


def rule(leeway: float) -> Rule:
    def thresholds(seen: Answered, precision: float) -> Floats:
        return find_thresholds(
            seen.answer,
            seen.confidence,
            seen.right,
            Requirement(precision, leeway=leeway),
            categories=seen.categories,
        ).values

    return thresholds


def one_for_all(seen: Answered, precision: float) -> Floats:
    common = lowest_threshold(seen.confidence, seen.right, precision=precision, level=0.95)
    return np.full(seen.categories, common)


def as_seen(seen: Answered, precision: float) -> Floats:
    """The lowest threshold at which a category's answers were precise enough, luck or not."""
    values = np.full(seen.categories, np.inf)
    for place in np.unique(seen.answer):
        own = np.flatnonzero(seen.answer == place)
        order = own[np.argsort(-seen.confidence[own], kind="stable")]
        precise = np.flatnonzero(
            np.cumsum(seen.right[order]) >= precision * np.arange(1, len(order) + 1)
        )
        if len(precise):
            values[place] = seen.confidence[order[precise[-1]]]
    return values


CHOSEN_RULE = "all proven, no category beyond 1.5 times the errors"
RULES: dict[str, Rule] = {
    "each category proven": rule(1.0),
    "each category as seen, nothing proven": as_seen,
    CHOSEN_RULE: rule(1.5),
    "all proven, no category beyond 2 times": rule(2.0),
    "all proven, one threshold for all": one_for_all,
}


def judge_rule(chosen: Rule, seen: Answered, kept: Answered, precision: float) -> Figures:
    """What a rule accepts on the holdout, and how that stands to what was promised."""
    accepted = kept.confidence >= chosen(seen, precision)[kept.answer]
    counts = np.bincount(kept.answer[accepted], minlength=kept.categories)
    wrong = np.bincount(kept.answer[accepted & ~kept.right], minlength=kept.categories)
    many = counts >= ENOUGH
    # A category is below what it should reach if chance would leave it so few right once in 20.
    below = 1 - bdtr(np.maximum(wrong[many] - 1, 0), counts[many], 1 - precision) < 0.05
    return {
        "rate": automation_rate(accepted),
        "precision": accepted_precision(accepted, kept.right),
        "categories": float(np.count_nonzero(counts)),
        "below": float(np.sum(below & (wrong[many] > 0))),
        "worst": float(np.min(1 - wrong[many] / counts[many])) if many.any() else None,
    }


def judge_source(found: Evidence) -> Figures:
    """What rows of a source lead to, with our calibration and rule."""
    cost: Figures = {
        "seconds": found.seconds,
        "peak": found.peak_mib,
        "macro_f1": found.macro_f1,
        "rows": float(len(found.truth)),
    }
    if not len(found.truth):
        return cost
    fitted = by_lead(found.margins, found.truth)
    given = fitted(found.kept_margins)
    seen = answered(fitted(found.margins), found.margins, found.truth)
    kept = answered(given, found.kept_margins, found.kept_truth)
    figures = cost | judge_probabilities(given, kept, found.kept_truth)
    for precision in PRECISIONS:
        decided = judge_rule(RULES[CHOSEN_RULE], seen, kept, precision)
        figures |= {f"{name} {precision}": value for name, value in decided.items()}
    return figures


def judge_rivals(found: Evidence) -> dict[str, Figures]:
    """What each way to make probabilities of the same margins is worth."""
    figures = {}
    for name, fit in RIVALS.items():
        start = time.process_time()
        given = fit(found.margins, found.truth)
        seconds = time.process_time() - start
        shares = given(found.kept_margins)
        kept = answered(shares, found.kept_margins, found.kept_truth)
        figures[name] = judge_probabilities(shares, kept, found.kept_truth) | {"seconds": seconds}
    return figures


def judge_rules(found: Evidence, precision: float) -> dict[str, Figures]:
    """What each rule accepts, on the same confidence."""
    fitted = by_lead(found.margins, found.truth)
    seen = answered(fitted(found.margins), found.margins, found.truth)
    kept = answered(fitted(found.kept_margins), found.kept_margins, found.kept_truth)
    return {name: judge_rule(each, seen, kept, precision) for name, each in RULES.items()}


def mean(found: Iterable[Mapping[str, float | None]], name: str) -> float | None:
    """The mean of a figure over splits; None where no split has it."""
    values = [each[name] for each in found if each.get(name) is not None]
    return statistics.fmean(values) if values else None


def debiased(found: Iterable[Mapping[str, float | None]]) -> float | None:
    """The root of the mean squared error, which chance adds nothing to; 0 where it is below 0."""
    squared = mean(found, "squared")
    return None if squared is None else max(squared, 0.0) ** 0.5


def show(value: float | None, form: str = ".3f") -> str:
    return "-" if value is None else format(value, form)


def table_of_sources(found: Mapping[str, list[Figures]]) -> Table:
    table = _table(
        "rows for calibration",
        "rows",
        "fitting, CPU s",
        "peak MiB",
        "macro-F1",
        "ECE",
        "on the permanent",
        "by chance",
        "debiased",
        "Brier",
        "log-loss",
        *(f"at {precision}" for precision in PRECISIONS),
    )
    for name, each in found.items():
        cells = [
            show(mean(each, "rows"), ",.0f"),
            show(mean(each, "seconds"), ".2f"),
            show(mean(each, "peak"), ".0f"),
            show(mean(each, "macro_f1"), ".4f"),
            show(mean(each, "ece")),
            show(each[0].get("ece")),
            show(mean(each, "chance")),
            show(debiased(each)),
            *(show(mean(each, figure)) for figure in ("brier", "log_loss")),
        ]
        decided = [
            f"{show(mean(each, f'rate {at}'), '.1%')} {show(mean(each, f'precision {at}'))}"
            for at in PRECISIONS
        ]
        table.add_row(name, *cells, *decided)
    return table


def table_of_rivals(found: Mapping[str, list[Figures]]) -> Table:
    table = _table(
        "probabilities",
        "CPU s",
        "ECE",
        "on the permanent",
        "by chance",
        "debiased",
        "sure less right",
        "Brier",
        "log-loss",
        "answer not likeliest",
    )
    for name, each in found.items():
        table.add_row(
            name,
            show(mean(each, "seconds"), ".2f"),
            show(mean(each, "ece")),
            show(each[0]["ece"]),
            show(mean(each, "chance")),
            show(debiased(each)),
            show(mean(each, "bias"), "+.3f"),
            *(show(mean(each, figure)) for figure in ("brier", "log_loss")),
            show(mean(each, "unlikelier"), ".1%"),
        )
    return table


def table_of_rules(found: Mapping[float, Mapping[str, list[Figures]]]) -> Table:
    table = _table(
        "required",
        "rule",
        "accepted",
        "precision",
        "on the permanent",
        "categories",
        "of them below beyond chance",
        "worst",
    )
    for precision, rules in found.items():
        for name, each in rules.items():
            table.add_row(
                f"{precision}",
                name,
                show(mean(each, "rate"), ".1%"),
                show(mean(each, "precision")),
                show(each[0]["precision"]),
                show(mean(each, "categories"), ".1f"),
                show(mean(each, "below"), ".1f"),
                show(mean(each, "worst")),
            )
        table.add_section()
    return table


def table_of_promises(found: Mapping[float, Mapping[str, list[Figures]]]) -> Table:
    """What is accepted for the chosen rule, how much of it is right, and how far off that is."""
    table = _table(
        "asked",
        "accepted",
        "of these right",
        "off by",
        "least",
        "most",
        "accepted, permanent",
        "of these right",
        "off by",
    )
    for asked, rules in found.items():
        each = rules[CHOSEN_RULE]
        right = [figures["precision"] for figures in each if figures["precision"] is not None]
        table.add_row(
            f"{asked}",
            show(mean(each, "rate"), ".1%"),
            show(mean(each, "precision")),
            _off(mean(each, "precision"), asked),
            show(min(right, default=None)),
            show(max(right, default=None)),
            show(each[0]["rate"], ".1%"),
            show(each[0]["precision"]),
            _off(each[0]["precision"], asked),
        )
    return table


def _off(precision: float | None, asked: float) -> str:
    return "-" if precision is None else f"{100 * (precision - asked):+.1f} points"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def main(
    home: Annotated[
        str | None, typer.Option(help="Home folder or database URL; default: synthetic listings.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1_000, help="How many synthetic listings.")] = 84_916,
    splits: Annotated[int, typer.Option(min=1, help="On how many holdouts it is judged.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the synthetic listings.")] = 20,
) -> None:
    """Compare rows to calibrate on, ways to make probabilities, and rules to accept by."""
    listings = listings_of(home, rows, seed)
    evidence = _gather(listings, splits)
    chosen = evidence[CHOSEN]
    console.print(
        f"{listings.name}; means over {splits} holdouts, of which the first is the permanent one\n"
        f"ECE: expected calibration error over {BINS} bins of equal mass; by chance: that of a "
        "perfect calibration on so few rows\ndebiased: root mean square calibration error without "
        "what chance adds (Kumar et al., 2019)\nat P: share of answers accepted, and their "
        f"precision ({CHOSEN_RULE})"
    )
    sources = {name: [judge_source(each) for each in found] for name, found in evidence.items()}
    console.print(table_of_sources(sources))
    console.print(f"Margins by {CHOSEN}:")
    console.print(table_of_rivals(_by_name([judge_rivals(each) for each in chosen])))
    rules = {
        precision: _by_name([judge_rules(each, precision) for each in chosen])
        for precision in PRECISIONS
    }
    console.print(
        f"below: categories of {ENOUGH} accepted answers or more; worst: the least precise of these"
    )
    console.print(table_of_rules(rules))
    console.print(f"What is accepted ({CHOSEN_RULE}):")
    console.print(table_of_promises(rules))


def _gather(listings: Listings, splits: int) -> dict[str, list[Evidence]]:
    """Train for each source on each split; a bar on the terminal shows how far that is."""
    found: dict[str, list[Evidence]] = {name: [] for name in SOURCES}
    trainings = [(number, name) for number in range(splits) for name in SOURCES]
    watcher = Console(stderr=True)
    for number, name in track(
        trainings, "training", console=watcher, disable=not watcher.is_terminal
    ):
        found[name].append(gather(name, *listings.split(number)))
    return found


def _by_name(found: list[dict[str, Figures]]) -> dict[str, list[Figures]]:
    return {name: [each[name] for each in found] for name in found[0]}


if __name__ == "__main__":
    typer.run(main)
