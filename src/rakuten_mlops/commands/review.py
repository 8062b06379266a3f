"""`review`: status, export, import."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from rakuten_mlops.catalog.rejects import Reject, Rejects
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.commands.terminal import console, explained, read_settings, who
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import ReviewError
from rakuten_mlops.review.answering import SheetReport, answer_sheet
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.live_precision import Precision, live_precision
from rakuten_mlops.review.queue import EXPORTED_FOR, Queue, now
from rakuten_mlops.review.sheet import read_sheet, write_sheet
from rakuten_mlops.review.standing import draws, standing
from rakuten_mlops.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The review queue: status, export, import.")

SEMICOLON = typer.Option("--semicolon", help="Separate by semicolons, as Excel in France expects.")


def _open(settings: Settings) -> Engine:
    engine = open_database(settings.database)
    migrate(engine)
    return engine


def _queue(engine: Engine, settings: Settings) -> Queue:
    return Queue(engine, lease=timedelta(minutes=settings.review_lease_minutes))


@app.command()
def status(
    version: Annotated[
        str | None, typer.Option(help="Live precision of this version only; default: of all.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How far back live precision looks.")] = 30,
) -> None:
    """What waits, what was answered, and how often the served model was right."""
    with explained():
        engine = _open(read_settings())
        found = standing(engine, who())
        sample = draws(engine, version=version, since=now() - timedelta(days=days))
        names = Catalog(engine).categories()
    table = Table("kind", "waiting", "held", "answered")
    for kind, count in found.kinds.items():
        table.add_row(kind, f"{count.waiting:,}", f"{count.leased:,}", f"{count.answered:,}")
    console.print(table, soft_wrap=False)
    console.print(f"{found.unlabelled:,} answers are not in the catalogue yet.")
    live = live_precision(sample)
    console.print(f"Live precision: {_told(live.overall)}; of accepted: {_told(live.accepted)}")
    for code, precision in live.categories.items():
        if precision.reviewed:
            name = names[code].name_fr if code in names else ""
            console.print(f"  {code} {name}: {_told(precision)}")


def _told(found: Precision) -> str:
    if found.precision is None:
        return f"none of {found.drawn:,} drawn listings is reviewed"
    return (
        f"{found.precision:.3f} ({found.low:.3f} to {found.high:.3f}), "
        f"{found.right:,} of {found.reviewed:,} reviewed, {found.drawn:,} drawn"
    )


@app.command("export")
def export_items(
    output: Annotated[Path, typer.Argument(help="A CSV file to write.")],
    count: Annotated[int, typer.Option(min=1, help="How many items.")] = 100,
    semicolon: Annotated[bool, SEMICOLON] = False,
) -> None:
    """Write items into a CSV file with a column `answer`; nobody else gets them for 24 hours."""
    settings = read_settings()
    with explained():
        queue = _queue(_open(settings), settings)
        with _new_file(output) as file:
            items = queue.next(who(), count=count, lease=EXPORTED_FOR)
            file.write(write_sheet(items, delimiter=";" if semicolon else ","))
    console.print(
        f"{len(items):,} items in {output}. Fill in `answer`: a prdtypecode, ok, skip or "
        f"not a product; then: rakuten-mlops review import {output}"
    )


@contextmanager
def _new_file(path: Path) -> Generator[IO[bytes]]:
    """Open a file before items are taken that it must hold; one that is there may hold answers."""
    try:
        file = path.open("xb")
    except FileExistsError as error:
        raise ReviewError(f"{path} exists and may hold answers; name another file") from error
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise


@app.command("import")
def import_answers(
    source: Annotated[Path, typer.Argument(help="The CSV file with its answers.")],
    rejects: Annotated[
        Path | None, typer.Option(help="Where bad lines go; default: beside the file.")
    ] = None,
) -> None:
    """Store the answers of a CSV file; every bad line is named, and does not stop the rest."""
    settings = read_settings()
    with explained():
        engine = _open(settings)
        lines, known = read_sheet(source.read_bytes()), Catalog(engine).categories()
        report = answer_sheet(_queue(engine, settings), lines, reviewer=who(), known=known)
        revisions = Labels(engine).flush()
        kept = _keep_rejects(source, report, rejects)
    console.print(
        f"{len(lines):,} lines read: {report.answered:,} answered, {report.skipped:,} skipped, "
        f"{report.open:,} without an answer, {len(report.rejected):,} rejected."
    )
    for revision in revisions:
        console.print(
            f"Revision {revision.revision}: {revision.labels_added:,} labels by {revision.author}."
        )
    if kept:
        console.print(f"The rejected lines are in {kept}.")
        raise typer.Exit(1)


def _keep_rejects(source: Path, report: SheetReport, path: Path | None) -> Path | None:
    """Write the bad lines down as an import of listings does, and show the first of them."""
    with Rejects(path or source.with_name(f"{source.name}.rejects.csv")) as rejects:
        for bad in report.rejected:
            row = Reject(source.name, bad.line, bad.field, bad.value, bad.reason, bad.raw)
            rejects.add(row)
        for bad in report.rejected[:10]:
            console.print(f"  line {bad.line}: {bad.reason}")
    return rejects.path if report.rejected else None
