"""`reproduce` and `export`: build a version anew and prove it; keep a revision's data for that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from rakuten_mlops.commands.terminal import console, explained, read_settings, share_bar

if TYPE_CHECKING:
    from rakuten_mlops.catalog.store import Catalog
    from rakuten_mlops.retraining.origin import Origin
    from rakuten_mlops.retraining.reproduction import Reproduction
    from rakuten_mlops.settings import Settings


def reproduce(
    version: Annotated[str, typer.Argument(help="A version's number.")],
    data: Annotated[
        Path | None,
        typer.Option(help="The revision as `export` wrote it, where its catalogue is gone."),
    ] = None,
) -> None:
    """Build a version anew from its lineage; prove that it is identical, or say what differs."""
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
    from rakuten_mlops.retraining.origin import examine, from_catalog, from_export
    from rakuten_mlops.retraining.reproduction import rebuild
    from rakuten_mlops.retraining.submission import git_commit

    settings = read_settings()
    with explained():
        read = from_export(data) if data else from_catalog(_catalog(settings))
        registry = MlflowRegistry(settings.mlflow_url)
        with share_bar(f"Reproducing version {version}") as bar:
            bar.note("compare", 0.0)
            origin = examine(registry, version, read, commit=git_commit(settings))
            console.print(_origin_table(origin), soft_wrap=False)
            found = rebuild(registry, origin, lambda step, done: bar.note(step, 0.1 + 0.9 * done))
            bar.note("done", 1.0)
        console.print(_proof_table(found), soft_wrap=False)
        console.print(found.conclusion)
        if found.remedy:
            console.print(found.remedy)
    raise typer.Exit(0 if found.identical else 1)


def _origin_table(origin: "Origin") -> Table:
    """What the version is made of, and what of it differs here."""
    from rakuten_mlops.retraining.origin import ASPECTS

    table = Table("made of", f"version {origin.version.version}", "here")
    for aspect in ASPECTS:
        differing = [each for each in origin.differences if each.aspect == aspect]
        for each in differing:
            table.add_row(aspect, f"{each.what}: {each.recorded}", each.found, style="yellow")
        if not differing:
            said = origin.said_of(aspect)
            table.add_row(aspect, said or "not recorded", "the same" if said else "")
    return table


def _proof_table(found: "Reproduction") -> Table:
    """How far the rebuilt model is the registered one."""
    proof = found.proof
    gap = "of other categories"
    if proof.largest_gap is not None:
        gap = f"differ by up to {proof.largest_gap:.1e}" if proof.largest_gap else ""
    confidence = "calibrated in one of them only"
    if proof.confidence_gap is not None:
        confidence = f"differs by up to {proof.confidence_gap:.1e}" if proof.confidence_gap else ""
    findings = {
        "numbers": f"differ in {', '.join(proof.parts)}" if proof.parts else "",
        "margins": gap,
        "confidence": confidence,
        "decisions": f"{proof.decided:,} listings get another" if proof.decided else "",
        "categories": f"{proof.other:,} listings get another" if proof.other else "",
        "scores": "\n".join(
            f"{each.what}: {each.recorded}, now {each.found}" for each in found.scores
        ),
    }
    table = Table("rebuilt", f"compared on {proof.rows:,} holdout listings")
    for what, finding in findings.items():
        table.add_row(what, finding or "identical", style="yellow" if finding else "green")
    return table


def export(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Ends in .parquet, or names a folder.")
    ],
    revision: Annotated[
        int | None, typer.Option(min=1, help="As of this revision; default: the newest.")
    ] = None,
) -> None:
    """Write a revision's labelled listings as Parquet, with the fingerprint that proves them."""
    from rakuten_mlops.catalog.export import write_export

    with explained():
        snapshot = _catalog(read_settings()).snapshot(revision)
        written = write_export(snapshot, output)
    console.print(
        f"Revision {snapshot.revision}: {snapshot.rows.height:,} labelled listings, "
        f"{snapshot.counts.holdout:,} of them in the holdout, fingerprint {snapshot.fingerprint}"
    )
    console.print(f"{written} and {written.name}.json")


def _catalog(settings: "Settings") -> "Catalog":
    """The catalogue to read from; what is not there is not made."""
    from rakuten_mlops.catalog.store import Catalog
    from rakuten_mlops.database import migrate, open_database
    from rakuten_mlops.errors import DatabaseUnavailable

    engine = open_database(settings.database)
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and not Path(file).is_file():
        raise DatabaseUnavailable(
            f"There is no database {file}. RAKUTEN_HOME or RAKUTEN_DATABASE_URL says where it is; "
            "`rakuten-mlops import` or `rakuten-mlops synthesize` makes one"
        )
    migrate(engine)
    return Catalog(engine)
