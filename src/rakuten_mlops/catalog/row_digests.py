"""What a version keeps of the rows that made it: enough to say later which of them were changed.

Pure, but for reading and writing the file. A fingerprint says that rows differ; digests of each
row, ten bytes of them, say which.
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rakuten_mlops.errors import UnreadableFile

# Where a version keeps them.
DIGESTS = "data"
FILE = "rows.parquet"
SCHEMA = {
    "productid": pl.Int64,
    "prdtypecode": pl.Int64,
    "in_holdout": pl.Boolean,
    "text": pl.UInt64,
}


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The productids, ascending, of labelled listings that differ between two sets of rows.

    `moved` ones stand on the other side of the holdout's border.
    """

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    rewritten: tuple[int, ...] = ()
    relabelled: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)


def digest_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `SCHEMA` for rows with those of `snapshot.SCHEMA`.

    `text` is the first 64 bits of the BLAKE2b of both texts.
    """
    pairs = zip(rows["designation"].to_list(), rows["description"].to_list(), strict=True)
    digests = [_digest(designation, description) for designation, description in pairs]
    kept = rows.select("productid", "prdtypecode", "in_holdout")
    return kept.with_columns(pl.Series("text", digests, dtype=pl.UInt64))


def _digest(designation: str, description: str) -> int:
    # The length keeps words apart that move from one text to the other.
    text = f"{len(designation)} {designation}{description}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def write_row_digests(rows: pl.DataFrame, folder: Path) -> Path:
    """Write the digests of rows into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    digest_rows(rows).write_parquet(folder / FILE)
    return folder


def read_row_digests(content: bytes) -> pl.DataFrame:
    """Read what `write_row_digests` wrote. Raises UnreadableFile."""
    try:
        return pl.read_parquet(io.BytesIO(content), columns=list(SCHEMA))
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(f"{FILE} holds no digests of rows: {error}") from error


def compare_rows(then: pl.DataFrame, now: pl.DataFrame) -> RowChanges:
    """Tell which rows differ between two tables of digests; productids are unique in each."""
    both = then.join(now, on="productid", suffix="_now")

    def differing(column: str) -> tuple[int, ...]:
        return _ids(both.filter(pl.col(column) != pl.col(f"{column}_now")))

    return RowChanges(
        added=_ids(now.join(then, on="productid", how="anti")),
        removed=_ids(then.join(now, on="productid", how="anti")),
        rewritten=differing("text"),
        relabelled=differing("prdtypecode"),
        moved=differing("in_holdout"),
    )


def _ids(rows: pl.DataFrame) -> tuple[int, ...]:
    return tuple(rows["productid"].sort().to_list())
