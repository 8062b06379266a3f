"""`import` and `synthesize`: listings into the catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from rakuten_mlops.catalog.importer import ImportReport, import_files
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.commands.terminal import console, explained, read_settings, row_bar, who
from rakuten_mlops.database import migrate, open_database

Replace = Annotated[
    bool, typer.Option(help="Retire what the catalogue holds and these listings do not.")
]


def _catalog() -> Catalog:
    engine = open_database(read_settings().database)
    migrate(engine)
    return Catalog(engine)


def import_catalog(
    x: Annotated[Path, typer.Argument(help="Listings: X_train_update.csv or X_test_update.csv.")],
    y: Annotated[
        Path | None, typer.Argument(help="Their codes: Y_train_CVw08PX.csv; none for X_test.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Codes and names of another catalogue: CSV with prdtypecode and a name."),
    ] = None,
    replace: Replace = False,
    max_rejected: Annotated[
        float, typer.Option(min=0, max=1, help="Share of bad rows above which nothing is stored.")
    ] = 0.01,
    rejects: Annotated[
        Path | None, typer.Option(help="Where bad rows go; default: beside the listings.")
    ] = None,
) -> None:
    """Import the challenge's files, or any catalogue in their format; gzip is read as is."""
    with explained(), row_bar(f"Importing {x.name}") as bar:
        report = import_files(
            _catalog(),
            x,
            y,
            labels=labels,
            replace=replace,
            max_rejected=max_rejected,
            rejects_file=rejects,
            author=who(),
            progress=bar.reach,
        )
    _show(report)


def _show(report: ImportReport) -> None:
    if report.revision is None:
        console.print(f"{report.rows_read:,} rows read: nothing changed.")
    else:
        console.print(
            f"{report.rows_read:,} rows read, revision {report.revision.revision}: "
            f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, "
            f"{report.removed:,} retired; {report.labels_added:,} labels."
        )
    for reason, rows in report.rejected.items():
        console.print(f"  rejected {rows:,}: {reason}")
    if report.rejects_path:
        console.print(f"The rejected rows are in {report.rejects_path}.")


def synthesize_catalog(
    rows: Annotated[int, typer.Option(min=27, help="How many listings.")] = 84_916,
    seed: Annotated[int | None, typer.Option(min=0, help="Default: RAKUTEN_SEED.")] = None,
    replace: Replace = False,
) -> None:
    """Make a synthetic catalogue with the challenge's 27 codes in their real shares."""
    seed = read_settings().seed if seed is None else seed
    with explained(), row_bar(f"Writing {rows:,} synthetic listings") as bar:
        revision = _catalog().write(
            synthesize(rows, seed=seed),
            kind="synthetic",
            source=f"{rows} synthetic listings, seed {seed}",
            author=who(),
            replace=replace,
            progress=bar.reach,
        )
    if revision is None:
        console.print("Nothing changed: the catalogue holds these listings already.")
    else:
        console.print(f"Revision {revision.revision}: {revision.listings_added:,} listings.")
