"""A day of the log as one Parquet file, for whoever analyses it elsewhere.

It holds what the log holds: hashed words always, texts only where the settings allow them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from rakuten_mlops.database import reachable
from rakuten_mlops.errors import UnwritableFile
from rakuten_mlops.monitoring.language import LANGUAGES
from rakuten_mlops.monitoring.prediction_log import between
from rakuten_mlops.tables import predictions

# Rows that are in memory at a time as Python objects.
PIECE = 20_000
SCHEMA = {
    "at": pl.Datetime("us", "UTC"),
    "version": pl.String(),
    "request_id": pl.String(),
    "prdtypecode": pl.Int32(),
    "confidence": pl.Float64(),
    "accepted": pl.Boolean(),
    "microseconds": pl.Int32(),
    "title_chars": pl.Int32(),
    "description_chars": pl.Int32(),
    "words": pl.Int32(),
    "unknown_words": pl.Int32(),
    "language": pl.String(),
    "garbled": pl.Boolean(),
    "sketch": pl.List(pl.UInt32()),
    "designation": pl.String(),
    "description": pl.String(),
}


def export_day(engine: Engine, day: date, folder: Path) -> tuple[Path, int]:
    """Write what was served on a day, UTC, to `predictions-DAY.parquet`; return it and its rows.

    In the order of time. The file appears when it is complete, and takes the place of an earlier
    one. Raises UnwritableFile.
    """
    target = folder / f"predictions-{day.isoformat()}.parquet"
    draft = target.with_name(f"{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows = pl.concat([pl.DataFrame(schema=SCHEMA), *_pieces(engine, day)])
        rows.write_parquet(draft)
        draft.replace(target)
    except OSError as error:
        raise UnwritableFile(f"{target} cannot be written: {error}") from error
    finally:
        if draft.exists():
            draft.unlink()
    return target, rows.height


def _pieces(engine: Engine, day: date) -> Iterator[pl.DataFrame]:
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    query = (
        select(*(predictions.c[name] for name in SCHEMA))
        .where(*between(since, since + timedelta(days=1)))
        .order_by(predictions.c.at, predictions.c.id)
        .execution_options(yield_per=PIECE)
    )
    with reachable(), engine.connect() as connection:
        for piece in connection.execute(query).partitions():
            yield _frame([row._asdict() for row in piece])


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    for row in rows:
        row["language"] = LANGUAGES[row["language"]]
        row["sketch"] = memoryview(row["sketch"]).cast("I").tolist()
    return pl.DataFrame(rows, schema=SCHEMA)
