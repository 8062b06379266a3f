"""The listings of a catalogue, and holdouts beside its own to repeat a figure on."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import typer
from numpy.typing import NDArray

from rakuten_mlops.catalog.holdout import SHARE, in_holdout
from rakuten_mlops.catalog.snapshot import SCHEMA
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import open_database
from rakuten_mlops.training.folds import title_keys


@dataclass(frozen=True)
class Listings:
    """Labelled listings with the columns of `SCHEMA`, and what they are called."""

    name: str
    rows: pl.DataFrame

    def split(self, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return what is learnt from, and what is judged on; 0 is the permanent holdout.

        The others are drawn as that one is, by a hash of the title, each another tenth.
        """
        kept = self.rows["in_holdout"].to_numpy()
        if number:
            kept = _other_holdout(title_keys(self.rows["designation"]), number)
        return self.rows.filter(~kept), self.rows.filter(kept)


def listings_of(home: str | None, rows: int, seed: int) -> Listings:
    """An imported catalogue by its home folder or database URL, or else a synthetic one."""
    if home is None:
        return synthetic(rows, seed)
    try:
        return read(home)
    except FileNotFoundError as error:
        raise typer.BadParameter(str(error), param_hint="--home") from error


def read(place: str) -> Listings:
    """The newest revision of the catalogue in a home folder, or behind a database URL."""
    home = Path(place).expanduser()
    if "://" not in place and not (home / "catalog.db").is_file():
        raise FileNotFoundError(f"{home} holds no catalog.db")
    url = place if "://" in place else f"sqlite:///{(home / 'catalog.db').resolve()}"
    engine = open_database(url)
    snapshot = Catalog(engine).snapshot()
    engine.dispose()
    counts = snapshot.counts
    return Listings(f"{counts.labelled:,} x {len(counts.categories)}", snapshot.rows)


def synthetic(rows: int, seed: int) -> Listings:
    """A synthetic catalogue, in memory."""
    cells = [
        (
            number,
            each.listing.designation,
            each.listing.description,
            each.prdtypecode,
            in_holdout(each.listing.designation),
        )
        for number, each in enumerate(synthesize(rows, seed=seed), 1)
    ]
    made = pl.DataFrame(cells, schema=SCHEMA, orient="row")
    return Listings(f"synthetic, {rows:,} x {made['prdtypecode'].n_unique()}", made)


def _other_holdout(keys: Iterable[str], number: int) -> NDArray[np.bool_]:
    salt = b"holdout %d" % number
    digests = (hashlib.blake2b(key.encode(), digest_size=8, salt=salt).digest() for key in keys)
    return np.frombuffer(b"".join(digests), dtype=">u8") < SHARE * 2**64
