"""A catalogue with a history: five revisions, and a version of each in a registry of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rakuten_mlops.catalog.categories import Category
from rakuten_mlops.catalog.export import write_export
from rakuten_mlops.catalog.listing import LabelledListing, Listing
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals, synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.promotion import Gate
from rakuten_mlops.retraining.loop import Retraining
from rakuten_mlops.training.pipeline import Parameters

VERSIONS = 5
LAST = str(VERSIONS)
# Versions are made and made again by the same code, also where no commit holds it.
COMMIT = "0" * 40
# Of an imported catalogue, what each later revision adds.
PORTION = 0.05
WHO = {"source": "an evaluation", "author": "evaluation"}

Write = Callable[[Catalog], Any]


@dataclass(frozen=True)
class Place:
    """A home folder of this evaluation."""

    home: Path

    @property
    def catalog(self) -> Path:
        return self.home / "catalog.db"

    @property
    def registry(self) -> Path:
        return self.home / "mlflow.db"

    @property
    def export(self) -> Path:
        return self.home / "revision.parquet"


def prepare(place: Place, home: Path | None, *, rows: int, seed: int) -> pl.DataFrame:
    """Make the revisions and versions, and an export of the last; return that one's rows.

    MLflow keeps its files in the working directory.
    """
    engine = open_database(f"sqlite:///{place.catalog}")
    migrate(engine)
    catalog = Catalog(engine)
    portions = _portions_of(home, seed) if home else _synthetic(rows, seed)
    loop = Retraining(
        catalog,
        MlflowRegistry(f"sqlite:///{place.registry}"),
        Gate(),
        by="evaluation",
        commit=COMMIT,
    )
    for number, write in enumerate(portions, start=1):
        write(catalog)
        loop.register(Parameters(seed=seed + number))
    snapshot = catalog.snapshot()
    write_export(snapshot, place.export)
    engine.dispose()
    return snapshot.rows


def _synthetic(rows: int, seed: int) -> Iterator[Write]:
    yield lambda catalog: catalog.write(synthesize(rows, seed=seed), kind="synthetic", **WHO)
    for batch in range(1, VERSIONS):
        new = arrivals(max(rows // 20, 20), seed=seed, batch=batch)
        yield lambda catalog, new=new: catalog.write(new, kind="arrivals", **WHO)


def _portions_of(home: Path, seed: int) -> Iterator[Write]:
    """The listings of a home in an order of their own, most of them first."""
    source = Catalog(open_database(f"sqlite:///{home / 'catalog.db'}"))
    names: list[Category] = list(source.categories().values())
    rows = source.labelled().sample(fraction=1.0, shuffle=True, seed=seed)
    size = int(rows.height * PORTION)
    ends = [rows.height - size * left for left in range(VERSIONS - 1, -1, -1)]
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        part = [_listing(row) for row in rows.slice(start, end - start).iter_rows(named=True)]
        yield lambda catalog, part=part: catalog.write(part, kind="import", categories=names, **WHO)


def _listing(row: dict[str, Any]) -> LabelledListing:
    texts = row["designation"], row["description"]
    return LabelledListing(Listing(*texts, productid=row["productid"]), row["prdtypecode"])
