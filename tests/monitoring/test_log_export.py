from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.factories import a_served

from rakuten_mlops.errors import UnwritableFile
from rakuten_mlops.monitoring.log_export import export_day
from rakuten_mlops.monitoring.text_statistics import hash_words

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
DAY = date(2026, 11, 25)


def test_a_days_file_holds_that_day_and_no_other(engine, fill, tmp_path):
    last = MIDNIGHT + timedelta(hours=23, minutes=59)
    fill(
        a_served("Veille", at=MIDNIGHT - timedelta(seconds=1)),
        a_served("Piscine pour le jardin et la maison", at=last, request_id="r-1"),
        a_served("Lampe", at=MIDNIGHT, decision="review"),
        a_served("Lendemain", at=MIDNIGHT + timedelta(days=1)),
    )

    file, rows = export_day(engine, DAY, tmp_path / "log")

    assert (file.name, rows) == ("predictions-2026-11-25.parquet", 2)
    found = pl.read_parquet(file).to_dicts()
    assert [each["at"] for each in found] == [MIDNIGHT, last]
    assert [each["accepted"] for each in found] == [False, True]
    assert found[0]["sketch"] == hash_words(["lampe"]).tolist()
    assert (found[1]["language"], found[1]["request_id"]) == ("fr", "r-1")
    assert found[1]["designation"] is None


def test_texts_are_exported_where_they_are_kept(engine, fill, tmp_path):
    fill(a_served("Lampe", description="en bois"), keep_text=True)

    file, _ = export_day(engine, DAY, tmp_path)

    assert pl.read_parquet(file)["description"].to_list() == ["en bois"]


def test_a_day_without_predictions_is_an_empty_file_of_the_same_columns(engine, fill, tmp_path):
    fill(a_served())
    full, _ = export_day(engine, DAY, tmp_path)

    empty, rows = export_day(engine, date(2026, 1, 1), tmp_path)

    assert rows == 0
    assert pl.read_parquet_schema(empty) == pl.read_parquet_schema(full)


def test_a_file_that_cannot_be_written_is_named_and_leaves_no_piece(engine, tmp_path):
    (tmp_path / "predictions-2026-11-25.parquet").mkdir()

    with pytest.raises(UnwritableFile, match=r"predictions-2026-11-25\.parquet"):
        export_day(engine, DAY, tmp_path)

    assert [path.name for path in tmp_path.glob("*.part")] == []
