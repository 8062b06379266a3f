import gzip

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rakuten_mlops.errors import UnreadableFile
from rakuten_mlops.serving.files.source import CsvSource, ParquetSource, fingerprint, open_source

fields = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('",\n\r '))
tables = st.lists(st.tuples(fields, fields), max_size=30)
same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def all_rows(source, place=None) -> pl.DataFrame:
    pieces = source.pieces(source.start if place is None else place)
    return pl.concat([pl.DataFrame(schema=source.schema), *(rows for rows, _ in pieces)])


def as_polars_reads(path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


@same_file
@given(table=tables, size=st.integers(1, 60))
def test_pieces_of_any_size_are_the_file(tmp_path, table, size):
    path = tmp_path / "in.csv"
    pl.DataFrame(table, schema=["designation", "x, y"], orient="row").write_csv(path)

    source = CsvSource(path, piece_bytes=size)

    whole = as_polars_reads(path)
    assert all_rows(source).equals(whole)
    assert source.count() == whole.height


@same_file
@given(
    lines=st.lists(st.sampled_from(["a,b", '"x\ny",""', ",", '"",z', "short", "", '"q""q",é'])),
    ending=st.sampled_from(["\n", "\r\n"]),
    start=st.sampled_from(["", "\n", "\r\n\n", "\ufeff"]),
    last=st.booleans(),
    size=st.integers(1, 40),
)
def test_what_people_write_by_hand_is_read_as_polars_reads_the_whole(
    tmp_path, lines, ending, start, last, size
):
    path = tmp_path / "in.csv"
    content = start + ending.join(["designation,other", *lines]) + ending * last
    path.write_bytes(content.encode())

    source = CsvSource(path, piece_bytes=size)

    whole = as_polars_reads(path)
    assert source.schema == whole.schema
    assert all_rows(source).equals(whole)
    assert source.count() == whole.height


@pytest.mark.parametrize("packed", [False, True])
def test_reading_goes_on_from_the_end_of_any_piece(tmp_path, listings, packed):
    path = tmp_path / "in.csv"
    content = listings.write_csv().encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    source = CsvSource(path, piece_bytes=1_000)

    places = [place for _, place in source.pieces(source.start)]

    assert len(places) > 10
    for number, place in enumerate(places):
        before = [rows for rows, _ in list(source.pieces(source.start))[: number + 1]]
        assert pl.concat([*before, all_rows(source, place)]).equals(listings)


def test_parquet_keeps_its_types_and_goes_on_from_any_row(tmp_path, listings):
    path = tmp_path / "in.parquet"
    typed = listings.with_columns(
        pl.col("price").cast(pl.Decimal(10, 2)),
        pl.col("designation").cast(pl.Categorical),
        pl.lit("low").cast(pl.Enum(["high", "low"])).alias("level"),
        pl.struct(pl.col("reference"), pl.lit(1.5).alias("x")).alias("nested"),
        pl.datetime(2026, 11, 1, time_zone="Europe/Paris").alias("seen"),
    )
    typed.write_parquet(path, row_group_size=250)
    source = ParquetSource(path, piece_rows=99)

    assert source.count() == 900
    assert source.schema == typed.schema
    for place in (0, 1, 98, 99, 100, 250, 899, 900):
        rows = all_rows(source, place)
        assert rows.schema == typed.schema
        assert rows.cast({"designation": str}).equals(typed[place:].cast({"designation": str}))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"one,too,many\n", "line 702 has 3 fields, the header 2"),
        (b"caf\xe9,x\n", "line 702 is not UTF-8"),
        (b'10" long,x\n', "line 702 holds a quotation mark that is not doubled"),
        (b'"open,x\n', "line 702 is not CSV"),
        (b'"shut"x,x\n', "line 702 is not CSV"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_bad_line_of_a_long_file_is_named(tmp_path, line, fault, packed):
    path = tmp_path / "in.csv"
    good = b'"of\ntwo",lines\n'
    content = b"designation,description\n" + good * 350 + line + good * 350
    path.write_bytes(gzip.compress(content) if packed else content)
    source = CsvSource(path, piece_bytes=500)

    with pytest.raises(UnreadableFile, match=rf"in\.csv cannot be read: {fault}"):
        all_rows(source)


def test_no_record_is_read_that_is_longer_than_memory_should_be(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b'designation\na\n"' + b"open\n" * 1_000 + b'shut"\nb\n')

    assert all_rows(CsvSource(path, piece_bytes=500)).height == 3
    with pytest.raises(UnreadableFile, match="line 3 is not CSV"):
        all_rows(CsvSource(path, piece_bytes=500, longest=2_000))


def test_a_damaged_archive_is_named(tmp_path, listings):
    path = tmp_path / "in.csv.gz"
    path.write_bytes(gzip.compress(listings.write_csv().encode())[:-500])

    with pytest.raises(UnreadableFile, match=r"in\.csv\.gz cannot be unpacked"):
        all_rows(open_source(path))


def test_a_kind_of_archive_that_is_not_read_is_named_with_a_remedy(tmp_path):
    path = tmp_path / "in.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd and so on")

    with pytest.raises(UnreadableFile, match="packed by zstd; unpack it"):
        open_source(path)


def test_a_damaged_parquet_file_names_how_far_it_was_read(tmp_path):
    path = tmp_path / "in.parquet"
    titles = [f"{n} {n * 7919 % 10_007}" for n in range(50_000)]
    pl.DataFrame({"designation": titles}).write_parquet(path, row_group_size=10_000)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 500] = bytes(500)
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=r"in\.parquet cannot be read after row [1-9]"):
        all_rows(ParquetSource(path, piece_rows=1_000))


def test_a_piece_of_a_parquet_file_holds_few_rows_where_they_are_long(tmp_path):
    path = tmp_path / "in.parquet"
    listings = pl.DataFrame({"designation": [f"{n}".rjust(1_000) for n in range(9_000)]})
    listings.write_parquet(path)

    pieces = list(ParquetSource(path, piece_bytes=10**6).pieces(700))

    assert max(rows.height for rows, _ in pieces) <= 1_500
    assert [place for _, place in pieces][-1] == 9_000
    assert pl.concat([rows for rows, _ in pieces]).equals(listings.tail(8_300))


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_what_is_neither_csv_nor_parquet_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"")

    with pytest.raises(UnreadableFile, match="is no readable CSV or Parquet file"):
        open_source(tmp_path / name)


def test_a_header_without_end_is_refused(tmp_path):
    (tmp_path / "in.csv").write_bytes(b'"designation\n' + b"Piscine\n" * 50)

    with pytest.raises(UnreadableFile, match="its header does not end"):
        CsvSource(tmp_path / "in.csv", longest=100)


def test_a_file_of_the_same_size_and_edges_but_another_time_is_another(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("designation\na\n")
    before = fingerprint(path)

    path.write_text("designation\nb\n")
    changed = fingerprint(path)

    assert fingerprint(path) == changed
    assert changed["edges"] != before["edges"]
    assert changed["changed"] != before["changed"]
