"""Listings with the champion's answers behind them, in whole columns."""

from collections.abc import Sequence

import polars as pl

from rakuten_mlops.errors import UnreadableFile
from rakuten_mlops.serving.bulk import PIECE as IN_ONE_THREAD
from rakuten_mlops.serving.predictor import Champion

ANSWER = {
    "prdtypecode": pl.Int64,
    "category": pl.String,
    "confidence": pl.Float64,
    "decision": pl.String,
    "model_version": pl.String,
}


class Answerer:
    """Adds the columns of `ANSWER` to listings with these `columns`; used by many threads.

    What stands in a column of that name is kept under another one.
    """

    def __init__(
        self, champion: Champion, accept_confidence: float, columns: Sequence[str]
    ) -> None:
        self._champion = champion
        self._renamed = {name: _free_name(name, columns) for name in ANSWER if name in columns}
        codes, names = zip(*champion.scorer.labels, strict=True)
        self._codes = pl.Series("prdtypecode", codes, dtype=pl.Int64)
        self._names = pl.Series("category", names, dtype=pl.String)
        assurance = champion.scorer.assurance
        bars = [accept_confidence] * len(codes) if assurance is None else assurance.bars
        self._bars = pl.Series("bar", bars, dtype=pl.Float64)
        # Made by the first who asks, which should not be two threads.
        self._bulk = champion.bulk

    def no_answers(self, schema: pl.Schema) -> pl.DataFrame:
        """No listing, in all its columns."""
        listings = pl.DataFrame(schema=schema).rename(self._renamed)
        return pl.DataFrame(schema=dict(listings.schema) | ANSWER)

    def answer(self, listings: pl.DataFrame) -> pl.DataFrame:
        """The listings, of which there are some, with their answers."""
        # No more at a time than the scorer does in this very thread: threads of its own would stand
        # in the way of ours, and each would keep memory.
        return pl.concat(map(self._answer, listings.iter_slices(IN_ONE_THREAD)))

    def _answer(self, listings: pl.DataFrame) -> pl.DataFrame:
        places, confidences = self._bulk.best(
            _texts(listings, "designation"), _texts(listings, "description"), count=1
        )
        sure = pl.Series("confidence", confidences[:, 0], dtype=pl.Float64)
        return listings.rename(self._renamed).with_columns(
            self._codes.gather(places[:, 0]),
            self._names.gather(places[:, 0]),
            sure,
            pl.when(sure >= self._bars.gather(places[:, 0]))
            .then(pl.lit("accept"))
            .otherwise(pl.lit("review"))
            .alias("decision"),
            pl.lit(self._champion.version, dtype=pl.String).alias("model_version"),
        )


def _texts(listings: pl.DataFrame, column: str) -> pl.Series:
    if column not in listings.columns:
        return pl.repeat("", listings.height, eager=True)
    found = listings[column]
    try:
        return found.cast(pl.String).fill_null("")
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(f"The column `{column}` is {found.dtype} and no text") from error


def _free_name(name: str, columns: Sequence[str]) -> str:
    """A name for a column that stands where the answer's will; a second answer keeps the first."""
    while name in columns:
        name = f"{name}_before"
    return name
