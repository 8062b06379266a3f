"""The labelled listings of one revision, and the fingerprint that proves they are the same.

Pure.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from rakuten_mlops.catalog.revision import Counts

ROWS_AT_ONCE = 1_000

SCHEMA = {
    "productid": pl.Int64,
    "designation": pl.String,
    "description": pl.String,
    "prdtypecode": pl.Int64,
    "in_holdout": pl.Boolean,
}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that training needs as of a revision.

    `rows` has the columns of `SCHEMA`, labelled listings only, ordered by productid.
    """

    revision: int
    fingerprint: str
    counts: Counts
    rows: pl.DataFrame

    @property
    def training(self) -> pl.DataFrame:
        """The rows to learn from."""
        return self.rows.filter(~pl.col("in_holdout"))

    @property
    def holdout(self) -> pl.DataFrame:
        """The rows to judge on, never to learn from."""
        return self.rows.filter("in_holdout")


def as_table(parts: Iterable[Sequence[Sequence[object]]]) -> pl.DataFrame:
    """Return rows with the values of `SCHEMA`, part by part, as a table ordered by productid."""
    frames = [pl.DataFrame(rows, schema=SCHEMA, orient="row") for rows in parts]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *frames]).sort("productid")


def fingerprint(rows: pl.DataFrame) -> str:
    """Return the SHA-256, in hex, of ordered rows: their productid, both texts and prdtypecode.

    Column by column: numbers as little-endian 64-bit integers, texts as their lengths in bytes and
    then their UTF-8 bytes, so that no two different tables have the same encoding.
    """
    digest = hashlib.sha256(b"%d rows" % rows.height)
    for name in ("productid", "prdtypecode"):
        digest.update(_bytes(rows[name]))
    for name in ("designation", "description"):
        digest.update(_bytes(rows[name].str.len_bytes()))
        for part in rows.select(name).iter_slices(ROWS_AT_ONCE):
            digest.update(part[name].str.join().item().encode())
    return digest.hexdigest()


def _bytes(numbers: pl.Series) -> bytes:
    return numbers.cast(pl.Int64).to_numpy().astype("<i8").tobytes()
