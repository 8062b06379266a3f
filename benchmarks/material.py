"""What is measured on: a catalogue, the plain recipe fitted on it, and a home with our champion.

Everything lies below `var/bench` and is used again by the next run, but for the champion: that one
is made anew, by the code as it is.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.machine import ROOT
from benchmarks.processes import run_program
from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database

WORK = ROOT / "var/bench"
FULL = 84_916
SEED = 20
SAMPLE = 2_000


@dataclass(frozen=True)
class Source:
    """A catalogue by its database; `kind` is synthetic or import."""

    kind: str
    url: str
    folder: Path


def synthetic(rows: int) -> Source:
    """A synthetic catalogue of so many listings, made once."""
    folder = WORK / f"synthetic-{rows}"
    url = f"sqlite:///{folder / 'catalog.db'}"
    engine = open_database(url)
    migrate(engine)
    catalog = Catalog(engine)
    if not catalog.current_revision():
        catalog.write(synthesize(rows, seed=SEED), kind="synthetic", source="", author="benchmark")
    engine.dispose()
    return Source("synthetic", url, folder)


def imported(place: str) -> Source:
    """The catalogue of a home folder, or behind a database URL; it is read, not written."""
    home = Path(place).expanduser()
    url = place if "://" in place else f"sqlite:///{(home / 'catalog.db').resolve()}"
    if "://" not in place and not (home / "catalog.db").is_file():
        raise FileNotFoundError(f"{home} holds no catalog.db")
    return Source("import", url, WORK / f"import-{hashlib.sha256(url.encode()).hexdigest()[:8]}")


class Material:
    """One catalogue and all that the figures need of it, made when it is first asked for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.url, self.folder = source.url, source.folder
        self.folder.mkdir(parents=True, exist_ok=True)

    @cached_property
    def snapshot(self) -> Snapshot:
        return Catalog(open_database(self.url)).snapshot()

    @property
    def name(self) -> str:
        """What the catalogue is called in the table."""
        counts = self.snapshot.counts
        return f"{self.source.kind}, {counts.labelled:,} x {len(counts.categories)}"

    @cached_property
    def plain(self) -> Path:
        """The folder with the plain recipe fitted on the training rows, as its peers load it."""
        folder = self.folder / "plain"
        stamp = folder / "fingerprint"
        if not stamp.is_file() or stamp.read_text() != self.snapshot.fingerprint:
            folder.mkdir(exist_ok=True)
            run_program("save_plain", self.url, str(folder), folder=folder)
            stamp.write_text(self.snapshot.fingerprint)
        return folder

    @cached_property
    def champion(self) -> Path:
        """A home for the API: a registry with our model in `Production`, and nothing else."""
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        run_program("make_champion", self.url, self.registry, str(home), folder=home)
        return home

    @property
    def registry(self) -> str:
        """The MLflow store of that home."""
        return f"sqlite:///{self.folder / 'home' / 'mlflow.db'}"

    @cached_property
    def registered_codes(self) -> list[int]:
        """What the registered scikit-learn pipeline says of every listing of the snapshot."""
        return np.load(self.champion / "codes.npy").tolist()

    @cached_property
    def sample(self) -> list[int]:
        """Places of the listings that are sent over HTTP, evenly over the catalogue."""
        rows = self.snapshot.rows.height
        return np.linspace(0, rows - 1, min(SAMPLE, rows)).astype(int).tolist()

    @cached_property
    def texts(self) -> list[tuple[str, str]]:
        """Designation and description of every listing."""
        return list(self.snapshot.rows.select("designation", "description").iter_rows())

    @cached_property
    def plain_codes(self) -> list[int]:
        """What the plain recipe says of the sample."""
        import joblib

        model = joblib.load(self.plain / "plain.joblib")
        sent = [" ".join(self.texts[place]) for place in self.sample]
        return model.predict(sent).tolist()

    def lines(self, name: str, bodies: list[object]) -> Path:
        """Write bodies of requests, one a line."""
        path = self.folder / "bodies" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(json.dumps(body) for body in bodies) + "\n", encoding="utf-8")
        return path

    def file(self, rows: int) -> Path:
        """Write a CSV of so many listings: the catalogue over and over, no two texts the same."""
        path = self.folder / f"listings-{rows}.csv"
        if not path.is_file():
            base = self.snapshot.rows.select("designation", "description")
            draft = path.with_suffix(".part")
            with draft.open("wb") as stream:
                for start in range(0, rows, base.height):
                    piece = _changed(base.head(rows - start), start // base.height)
                    piece.write_csv(stream, include_header=start == 0)
            draft.replace(path)
        return path


def _changed(listings: pl.DataFrame, copy: int) -> pl.DataFrame:
    """Listings with a word of their own, and another length, for each copy."""
    mark = pl.lit(f" lot {copy} ref{copy}") + pl.int_range(pl.len()).cast(pl.String)
    description = pl.col("description")
    shortened = description.str.head(description.str.len_chars() - copy % 7)
    return listings.select(
        pl.col("designation") + mark,
        pl.when(description == "")
        .then(pl.lit(""))
        .otherwise(shortened + mark)
        .alias("description"),
    )
