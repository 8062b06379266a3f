import hashlib
import json

import polars as pl
import pytest

from rakuten_mlops.catalog.export import KEY, read_export, write_export
from rakuten_mlops.errors import UnreadableFile


def test_what_is_exported_comes_back_whole(snapshot, tmp_path):
    found = read_export(write_export(snapshot, tmp_path / "rows.parquet"))

    assert found.rows.equals(snapshot.rows)
    assert (found.revision, found.fingerprint) == (snapshot.revision, snapshot.fingerprint)
    assert found.counts == snapshot.counts


def test_the_sidecar_says_what_the_file_holds_and_proves_it(snapshot, tmp_path):
    file = write_export(snapshot, tmp_path / "rows.parquet")

    said = json.loads((tmp_path / "rows.parquet.json").read_text())

    assert said["revision"] == 1
    assert said["fingerprint"] == snapshot.fingerprint
    assert said["counts"]["labelled"] == 3_000
    assert said["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_folder_is_made_and_the_file_named_after_its_revision(snapshot, tmp_path):
    written = write_export(snapshot, tmp_path / "of" / "old")

    assert written == tmp_path / "of" / "old" / "revision-1.parquet"
    assert sorted(each.name for each in written.parent.iterdir()) == [
        "revision-1.parquet",
        "revision-1.parquet.json",
    ]


def test_the_same_rows_make_the_same_bytes(snapshot, tmp_path):
    first, second = (write_export(snapshot, tmp_path / f"{n}.parquet") for n in "ab")

    assert first.read_bytes() == second.read_bytes()


CHANGES = {
    "a title": pl.col("designation").replace(pl.col("designation").first(), "Lampe"),
    "a label": pl.col("prdtypecode").shift(1, fill_value=10),
    "the holdout": pl.col("in_holdout").shift(1, fill_value=False),
    "a column": pl.col("prdtypecode").cast(pl.Int32),
    "a missing text": pl.when(pl.int_range(pl.len()) > 0).then("designation").alias("designation"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_was_changed_is_refused(snapshot, tmp_path, change):
    file = write_export(snapshot, tmp_path / "rows.parquet")
    said = pl.read_parquet_metadata(file)[KEY]

    snapshot.rows.with_columns(CHANGES[change]).write_parquet(file, metadata={KEY: said})

    with pytest.raises(UnreadableFile, match=r"rows\.parquet (was changed|has not the columns)"):
        read_export(file)


def test_a_parquet_file_of_another_kind_is_refused(tmp_path):
    pl.DataFrame({"designation": ["Lampe"]}).write_parquet(tmp_path / "other.parquet")

    with pytest.raises(UnreadableFile, match="rakuten-mlops export"):
        read_export(tmp_path / "other.parquet")


@pytest.mark.parametrize("content", [None, b"", b"productid,designation\n1,Lampe\n"])
def test_a_file_that_is_missing_or_no_parquet_is_refused_by_name(tmp_path, content):
    path = tmp_path / "rows.parquet"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=r"rows\.parquet"):
        read_export(path)
