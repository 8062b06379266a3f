"""`python -m benchmarks`: measure, show, and keep."""

import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import machine, picture, table
from benchmarks.bench import Bench
from benchmarks.figures import (
    agreement,
    answering,
    batches,
    disk,
    files,
    growth,
    recording,
    registering,
    starting,
    training,
)
from benchmarks.load import MISSING
from benchmarks.material import FULL, WORK, Source, imported, synthetic
from benchmarks.processes import Failed

FIGURES: dict[str, ModuleType] = {
    "training": training,
    "registering": registering,
    "growth": growth,
    "answering": answering,
    "batches": batches,
    "agreement": agreement,
    "disk": disk,
    "recording": recording,
    "starting": starting,
    "files": files,
}
# These need the load generator.
LOADED = {"answering", "batches", "recording"}
PUBLISHED = Path(__file__).parent

# Where nobody watches a terminal, a line of the table is as long as it needs to be.
console = Console(width=None if sys.stdout.isatty() else 150)


def main(
    catalog: Annotated[
        str | None,
        typer.Option(help="A home folder with catalog.db, or a database URL; it is only read."),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1_000, help="Synthetic listings; fewer also shorten other figures.")
    ] = FULL,
    only: Annotated[str, typer.Option(help=f"Some of {','.join(FIGURES)}.")] = "",
    repeats: Annotated[int, typer.Option(min=1, help="Measurements of each; medians count.")] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="Of each load on a service.")] = 3,
) -> None:
    """Measure the project beside its peers.

    A run over a catalogue of full size replaces its rows in benchmarks/; one with fewer --rows is
    written to var/bench/ instead.
    """
    chosen = _chosen(only)
    bench = Bench(
        _source(catalog, rows),
        rows=FULL if catalog else rows,
        repeats=repeats,
        seconds=seconds,
    )
    try:
        entries, failed = _measure(bench, chosen)
    finally:
        bench.close_services()
    if entries:
        console.print(table.shown(entries))
        _keep(entries, PUBLISHED if catalog or rows == FULL else WORK)
    raise typer.Exit(1 if failed else 0)


def _source(catalog: str | None, rows: int) -> Source:
    try:
        return imported(catalog) if catalog else synthetic(rows)
    except FileNotFoundError as error:
        raise typer.BadParameter(str(error), param_hint="--catalog") from error


def _chosen(only: str) -> dict[str, ModuleType]:
    names = only.split(",") if only else list(FIGURES)
    strangers = [name for name in names if name not in FIGURES]
    if strangers:
        raise typer.BadParameter(f"there is no figure {', '.join(strangers)}", param_hint="--only")
    if LOADED & set(names) and shutil.which("wrk") is None:
        raise typer.BadParameter(MISSING, param_hint="wrk")
    return {name: figure for name, figure in FIGURES.items() if name in names}


def _measure(bench: Bench, chosen: dict[str, ModuleType]) -> tuple[list[table.Entry], bool]:
    """Measure figure by figure; one that fails is named, and the others still count."""
    stamp = {"data": bench.material.name, **machine.when()}
    entries, failed = [], False
    for name, figure in chosen.items():
        try:
            with console.status(f"{name} ..."):
                found = [stamp | row.summary() for row in figure.rows(bench)]
        except Failed as error:
            console.print(f"{name} failed: {error}", style="red", markup=False)
            failed = True
            continue
        missed = sum(entry["met"] is False for entry in found)
        console.print(f"{name}: {len(found)} rows, {missed} below their floor")
        entries += found
    return entries, failed


def _keep(entries: list[table.Entry], folder: Path) -> None:
    described = machine.describe()
    entries = table.write(described, entries, folder / "latest.json")
    picture.draw(entries, folder / "latest.png")
    if folder == PUBLISHED:
        table.write_readme(described, entries, folder / "README.md")
    console.print(f"Written to {folder.relative_to(machine.ROOT)}/: latest.json and latest.png")


if __name__ == "__main__":
    typer.run(main)
