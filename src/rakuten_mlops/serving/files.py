"""Classify a file of listings, CSV or Parquet, into another: streamed, and whole or not at all."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from rakuten_mlops.errors import UnreadableFile
from rakuten_mlops.serving.predictor import Champion

# So many rows between two moves of the progress bar.
PIECE = 20_000
ANSWER = {
    "prdtypecode": pl.Int64,
    "category": pl.String,
    "confidence": pl.Float64,
    "decision": pl.String,
    "model_version": pl.String,
}


def predict_file(
    source: Path,
    target: Path,
    champion: Champion,
    *,
    accept_confidence: float,
    progress: Callable[[int], object],
) -> int:
    """Write the source's rows with the columns of `ANSWER` behind them; return how many.

    `progress` is called with the number of rows just done. The target appears when it is
    complete. Raises UnreadableFile for a file that lacks `designation`, or of another kind.
    """
    listings = _scan(source)
    done = 0

    def answer(rows: pl.DataFrame) -> pl.DataFrame:
        nonlocal done
        pieces = []
        for piece in rows.iter_slices(PIECE):
            pieces.append(_classify(piece, champion, accept_confidence))
            done += piece.height
            progress(piece.height)
        return pl.concat(pieces) if pieces else _classify(rows, champion, accept_confidence)

    schema = dict(listings.collect_schema()) | ANSWER
    answered = listings.map_batches(answer, streamable=True, schema=schema)
    draft = target.with_name(f"{target.name}.part")
    try:
        _sink(answered, target, draft)
        draft.replace(target)
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(f"{source} cannot be read to its end: {_first_line(error)}") from error
    finally:
        draft.unlink(missing_ok=True)
    return done


def count_rows(source: Path) -> int:
    """The number of listings in a file. Raises UnreadableFile."""
    try:
        return int(_scan(source).select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(f"{source} cannot be read: {_first_line(error)}") from error


def _scan(source: Path) -> pl.LazyFrame:
    if not source.is_file():
        raise UnreadableFile(f"There is no file {source}")
    try:
        # Every column stays the text that it is: what is not ours is passed on untouched.
        found = (
            pl.scan_parquet(source, glob=False)
            if source.suffix == ".parquet"
            else pl.scan_csv(source, infer_schema=False, glob=False)
        )
        columns = found.collect_schema().names()
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(
            f"{source} is no readable CSV or Parquet file: {_first_line(error)}"
        ) from error
    if "designation" not in columns:
        raise UnreadableFile(f"{source} has no column `designation`; it has {', '.join(columns)}")
    return found.rename({name: _free_name(name, columns) for name in ANSWER if name in columns})


def _free_name(name: str, columns: list[str]) -> str:
    """A name for a column that stands where the answer's will; a second answer keeps the first."""
    while name in columns:
        name = f"{name}_before"
    return name


def _first_line(error: Exception) -> str:
    # What follows in polars' messages is the query's plan, which no user asked for.
    return str(error).splitlines()[0]


def _sink(answered: pl.LazyFrame, target: Path, draft: Path) -> None:
    if target.suffix == ".parquet":
        answered.sink_parquet(draft)
    elif target.suffix == ".csv":
        answered.sink_csv(draft)
    else:
        raise UnreadableFile(f"{target} ends in neither .csv nor .parquet")


def _classify(rows: pl.DataFrame, champion: Champion, accept_confidence: float) -> pl.DataFrame:
    blank = pl.lit("", dtype=pl.String)
    description = pl.col("description").fill_null("") if "description" in rows.columns else blank
    texts = rows.select(pl.col("designation").fill_null(""), description.alias("description"))
    best, shares = champion.bulk.best(texts["designation"], texts["description"], count=1)
    codes, names = zip(*champion.scorer.labels, strict=True)
    sure = pl.Series("confidence", shares[:, 0], dtype=pl.Float64)
    return rows.with_columns(
        pl.Series("prdtypecode", codes, dtype=pl.Int64).gather(best[:, 0]),
        pl.Series("category", names, dtype=pl.String).gather(best[:, 0]),
        sure,
        pl.when(sure >= accept_confidence)
        .then(pl.lit("accept"))
        .otherwise(pl.lit("review"))
        .alias("decision"),
        pl.lit(champion.version, dtype=pl.String).alias("model_version"),
    )
