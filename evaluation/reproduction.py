"""Are versions made again exactly, and is it said what was changed where they are not?

    python -m evaluation.reproduction --rows 20000
    python -m evaluation.reproduction --home var

Five versions are trained on five revisions of a catalogue of their own, synthetic or made of the
listings of a home folder, which is only read. Each case changes something behind the back of
catalogue and registry, reproduces a version in a process of its own, and undoes the change.
"""

import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from evaluation.history import COMMIT, LAST, VERSIONS, Place, prepare
from evaluation.tampering import edited, nothing, tagged
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.retraining.origin import examine, from_catalog, from_export
from rakuten_mlops.retraining.reproduction import rebuild
from rakuten_mlops.training.machine import describe_machine
from rakuten_mlops.training.pipeline import Parameters

# Those of older processors run on newer ones too.
KERNELS = ("Nehalem", "Prescott")

# Where nobody watches a terminal, a line of the table is as long as it needs to be.
console = Console(width=None if sys.stdout.isatty() else 150)


@dataclass(frozen=True)
class Outcome:
    """What one reproduction said: aspects with what differs, and how far the models are one."""

    identical: bool
    level: str
    named: tuple[tuple[str, str], ...]
    largest_gap: float | None
    confidence_gap: float | None
    seconds: float


@dataclass(frozen=True)
class Case:
    """A change, the version that is made again after it, and what is to be said of it.

    `names` is an aspect and a text within what is said of it; None: nothing is to be named.
    """

    change: str
    version: str
    names: tuple[str, str] | None
    identical: bool
    made: Callable[[Place], contextlib.AbstractContextManager[None]] = lambda _: nothing()
    environment: tuple[tuple[str, str], ...] = ()
    exported: bool = False

    def met(self, outcome: Outcome) -> bool:
        """Whether exactly what was changed is named, and the outcome is the expected one."""
        if self.names is None:
            return outcome.identical == self.identical and not outcome.named
        aspect, text = self.names
        told = any(text in each for _, each in outcome.named)
        only = all(each == aspect for each, _ in outcome.named)
        return outcome.identical == self.identical and told and only


def cases(rows: pl.DataFrame) -> Iterator[Case]:
    """Every case, for the rows of the last revision."""
    learnt, kept = (rows.filter(in_holdout=side)["productid"][0] for side in (False, True))
    title = "UPDATE listings SET designation = designation || ' neuf' WHERE productid = ?"
    label = (
        "UPDATE labels SET prdtypecode = (SELECT max(prdtypecode) + 1 FROM labels) "
        "WHERE productid = ? AND removed_in IS NULL"
    )
    lost = "DELETE FROM listings WHERE productid = ?"
    side = "UPDATE listings SET in_holdout = NOT in_holdout WHERE productid = ?"

    def row(change: str, statement: str, productid: int, named: str) -> Case:
        says = ("data", f"listings {named}: 1: productid {productid}")
        return Case(
            change, LAST, says, False, lambda place: edited(place.catalog, statement, productid)
        )

    yield Case("nothing", "1", None, True)
    yield Case("nothing", LAST, None, True)
    yield Case("the catalogue is gone, its export is there", LAST, None, True, exported=True)
    yield row("a title", title, learnt, "rewritten")
    yield row("a holdout title", title, kept, "rewritten")
    yield row("a label", label, learnt, "relabelled")
    yield row("a listing is deleted", lost, learnt, "removed")
    yield row("a listing leaves the holdout", side, kept, "moved")
    yield Case(
        "a registered parameter",
        LAST,
        ("parameters", f"c: 5.0: the model was fitted with {Parameters().c}"),
        False,
        lambda place: tagged(place, "parameters", lambda found: found | {"c": 5.0}),
    )
    yield Case(
        "the registered precision",
        LAST,
        ("parameters", f"precision: 0.8: the model was fitted with {Parameters().precision}"),
        False,
        lambda place: tagged(place, "parameters", lambda found: found | {"precision": 0.8}),
    )
    yield Case(
        "a recorded package",
        LAST,
        ("packages", "numpy: 2.0.0"),
        True,
        lambda place: tagged(place, "lineage", _with_old_numpy),
    )
    yield Case(
        "the recorded commit",
        LAST,
        ("code", f"commit: {'1' * 12}"),
        True,
        lambda place: tagged(place, "lineage", lambda found: found | {"git_commit": "1" * 40}),
    )
    machine = describe_machine()
    if kernel := _another_kernel(machine):
        yield Case(
            f"the BLAS takes its kernel for {kernel}",
            LAST,
            ("machine", "BLAS kernel"),
            True,
            environment=(("OPENBLAS_CORETYPE", kernel),),
        )
    beyond = machine["vector instructions"].split()[1:]
    if beyond:
        yield Case(
            f"numpy does without {' '.join(beyond)}",
            LAST,
            ("machine", "vector instructions"),
            True,
            environment=(("NPY_DISABLE_CPU_FEATURES", " ".join(beyond)),),
        )


def _another_kernel(machine: dict[str, str]) -> str | None:
    """A kernel that OpenBLAS can be told to take; None where there is no such choice."""
    if not machine["BLAS kernel"].startswith("openblas ") or "x86_64" not in machine["system"]:
        return None
    return next(name for name in KERNELS if name not in machine["BLAS kernel"])


def _with_old_numpy(lineage: dict[str, Any]) -> dict[str, Any]:
    return lineage | {"packages": lineage["packages"] | {"numpy": "2.0.0"}}


def reproduce(place: Place, version: str, *, exported: bool) -> Outcome:
    """Make a version again, here."""
    start = time.perf_counter()
    engine = open_database(f"sqlite:///{place.catalog}")
    read = from_export(place.export) if exported else from_catalog(Catalog(engine))
    registry = MlflowRegistry(f"sqlite:///{place.registry}")
    found = rebuild(registry, examine(registry, version, read, commit=COMMIT))
    return Outcome(
        identical=found.identical,
        level=found.proof.level.name.lower(),
        named=tuple(
            (each.aspect, f"{each.what}: {each.recorded}: {each.found}".replace(": none:", ":"))
            for each in found.origin.differences
        ),
        largest_gap=found.proof.largest_gap,
        confidence_gap=found.proof.confidence_gap,
        seconds=time.perf_counter() - start,
    )


def try_case(place: Place, case: Case) -> Outcome:
    """Make the change, reproduce in a fresh process, and undo the change."""
    before = dict(os.environ)
    spawn = multiprocessing.get_context("spawn")
    os.environ.update(case.environment)
    try:
        with case.made(place), ProcessPoolExecutor(1, mp_context=spawn) as process:
            return process.submit(reproduce, place, case.version, exported=case.exported).result()
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(
    home: Path | None, *, rows: int, seed: int, chosen: Callable[[Case], bool] = lambda _: True
) -> Iterator[tuple[Case, Outcome]]:
    """Make the versions in a folder that goes away, and try the chosen cases on them."""
    with tempfile.TemporaryDirectory(prefix="rakuten-") as name, contextlib.chdir(name):
        place = Place(Path(name))
        with console.status(f"training {VERSIONS} versions ..."):
            found = prepare(place, home, rows=rows, seed=seed)
        for case in filter(chosen, cases(found)):
            with console.status(f"{case.change} ..."):
                outcome = try_case(place, case)
            yield case, outcome


def main(
    rows: Annotated[int, typer.Option(min=500, help="Synthetic listings to begin with.")] = 20_000,
    home: Annotated[
        Path | None, typer.Option(help="A home folder with catalog.db, instead; only read.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of listings, their order and training.")] = 20,
) -> None:
    """Print what each case came to; fail if one is not as it must be."""
    if home and not (home / "catalog.db").is_file():
        raise typer.BadParameter(f"{home} holds no catalog.db", param_hint="--home")
    found = list(run(home and home.resolve(), rows=rows, seed=seed))
    head = (
        "changed",
        "version",
        "named",
        "proven",
        "the same",
        "margins off by",
        "confidence",
        "s",
        "right",
    )
    table = Table(*head)
    for case, outcome in found:
        table.add_row(
            case.change,
            case.version,
            _named(outcome),
            "identical" if outcome.identical else "no",
            outcome.level,
            *(f"{gap:.0e}" if gap else "" for gap in (outcome.largest_gap, outcome.confidence_gap)),
            f"{outcome.seconds:.1f}",
            "yes" if case.met(outcome) else "NO",
        )
    console.print(table)
    sys.exit(0 if all(case.met(outcome) for case, outcome in found) else 1)


def _named(outcome: Outcome) -> str:
    """The first difference of each aspect, and how many more there are."""
    aspects = dict.fromkeys(aspect for aspect, _ in outcome.named)
    lines = []
    for aspect in aspects:
        first, *more = (text for each, text in outcome.named if each == aspect)
        lines.append(f"{aspect}: {first}" + (f" (and {len(more)} more)" if more else ""))
    return "\n".join(lines) or "nothing"


if __name__ == "__main__":
    typer.run(main)
