"""`explain`: one listing's category, and the words that gave it."""

from typing import Annotated

import typer
from rich.table import Table

from rakuten_mlops.commands.terminal import console, explained, read_settings
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.predictor import Predictor

WIDTH = 12


def explain(
    designation: Annotated[str, typer.Argument(help="The listing's title.")],
    description: Annotated[str, typer.Argument(help="Its description.")] = "",
    terms: Annotated[int, typer.Option(min=1, help="How many terms to show.")] = 15,
) -> None:
    """Give one listing its category with this machine's champion, and say which words did it."""
    with explained():
        predictor = Predictor(ChampionStore(read_settings().home))
        predictor.refresh()
        champion = predictor.champion
    scorer = champion.scorer
    best, *others = scorer.guesses(designation, description)
    found = scorer.explain(designation, description)
    console.print(
        f"{best.category} ({best.prdtypecode}), confidence {best.confidence:.2f}, "
        f"by version {champion.version}"
    )
    for guess in others:
        console.print(f"  or {guess.category} ({guess.prdtypecode}), {guess.confidence:.2f}")
    code, runner_up = scorer.labels[found.places[1]]
    table = Table("term", "in", title=f"Why not {runner_up} ({code})?", title_justify="left")
    for heading in (str(best.prdtypecode), str(code), "difference"):
        table.add_column(heading, justify="right")
    table.add_column("")
    *reasons, always = found.reasons
    gains = [reason.for_category - reason.for_runner_up for reason in reasons]
    largest = max(map(abs, gains), default=1.0) or 1.0
    for reason, gain in list(zip(reasons, gains, strict=True))[:terms]:
        bar = ("+" if gain > 0 else "-") * round(WIDTH * abs(gain) / largest)
        table.add_row(reason.term, reason.field, *_signed(*reason[2:], gain), bar)
    rest = reasons[terms:]
    if rest:
        parts = [sum(reason[side] for reason in rest) for side in (2, 3)]
        table.add_row(f"{len(rest)} other terms", "", *_signed(*parts, parts[0] - parts[1]), "")
    table.add_row("any listing", always.field, *_signed(*always[2:], always[2] - always[3]), "")
    table.add_section()
    table.add_row("margin", "", *_signed(*found.margins, found.margins[0] - found.margins[1]), "")
    console.print(table)


def _signed(*values: float) -> list[str]:
    return [f"{value:+.3f}" for value in values]
