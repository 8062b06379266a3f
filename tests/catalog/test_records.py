import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog.records import Record, read_records
from rakuten_mlops.errors import UnreadableFile


def records(path, content: bytes, columns=("a",)) -> list[Record]:
    path.write_bytes(content)
    return list(read_records(path, columns=columns))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.csv"


def test_a_record_knows_the_line_on_which_it_starts(path):
    found = records(path, b'a,b\n1,"two\nlines\n"\n\n3,4\r\n')

    assert [(record.line, record.values) for record in found] == [
        (2, {"a": "1", "b": "two\nlines\n"}),
        (6, {"a": "3", "b": "4"}),
    ]


def test_gzip_is_known_by_its_content_and_a_byte_order_mark_is_no_name(path):
    found = records(path, gzip.compress(b"\xef\xbb\xbfa,b\n1,2\n"))

    assert [record.values for record in found] == [{"a": "1", "b": "2"}]


def test_a_stray_quote_costs_its_own_line_only(path):
    found = records(path, b'a,b\n1,"open\n2,fine\n3,"quoted"\n4,last\n')

    assert [(record.line, record.fault is None) for record in found] == [
        (2, False),
        (3, True),
        (4, True),
        (5, True),
    ]
    assert found[0].raw == '1,"open'


def test_a_quote_that_never_closes_does_not_swallow_the_file(path):
    found = records(path, b'a,b\n1,2\n3,"open\n' + b"5,6\n" * 100)

    assert [record.line for record in found if record.fault] == [3]
    assert len(found) == 102


def test_bytes_that_are_no_text_and_nul_are_faults_of_their_row(path):
    found = records(path, b"a,b\ncaf\xe9,1\nnul\0,2\n\xc3\xa9,3\n")

    assert [record.fault for record in found] == ["is not UTF-8", "holds a NUL character", None]
    assert found[0].raw == "caf\\xe9,1"


def test_too_few_and_too_many_fields_are_faults(path):
    found = records(path, b"a,b\n1\n1,2,3\n1,2\n")

    assert [record.fault for record in found] == ["has not 2 fields", "has not 2 fields", None]


def test_a_very_long_field_is_read_and_the_limit_of_the_process_stays(path):
    limit = csv.field_size_limit()

    found = records(path, b"a,b\n1," + b"x" * (limit + 1) + b"\n2,y\n")

    assert [len(record.values["b"]) for record in found] == [limit + 1, 1]
    assert csv.field_size_limit() == limit


def test_the_unnamed_index_may_have_been_named_by_pandas(path):
    found = records(path, b"Unnamed: 0,a\n7,x\n", columns=("", "a"))

    assert found[0].values == {"": "7", "a": "x"}


def test_a_missing_index_is_named_in_words(path):
    with pytest.raises(UnreadableFile, match="no index: a column without a name, or 'index';"):
        records(path, b"a\nx\n", columns=("", "a"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a CSV file"),
        (b"b,c\n1,2\n", "no column 'a'"),
        (b"a;b\n1;2\n", "separated by commas"),
        (b"\xff\xfea\0,\0b\0", "not a CSV file in UTF-8"),
        (b"PK\x03\x04\x14\x00", "not a CSV file"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 9999)[:-30], "fetch it again"),
        (b"\x1f\x8b rubbish", "fetch it again"),
    ],
)
def test_a_file_that_is_not_what_was_promised_is_unreadable(path, content, said):
    with pytest.raises(UnreadableFile, match=said) as caught:
        records(path, content)

    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path):
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(UnreadableFile, match=str(path)):
            list(read_records(path, columns=("a",)))


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_whatever_csv_writes_is_read_back(tmp_path_factory, rows):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])

    path = tmp_path_factory.mktemp("csv") / "file.csv"
    found = records(path, written.getvalue().encode())

    assert [(record.values["a"], record.values["b"]) for record in found] == rows
    assert all(record.fault is None for record in found)


@given(st.binary(max_size=60).map(lambda junk: junk.replace(b"\r", b"")))
def test_no_bytes_crash_the_reader_and_no_line_is_lost(tmp_path_factory, junk):
    path = tmp_path_factory.mktemp("csv") / "file.csv"

    found = records(path, b"a,b\n" + junk + b"\n")

    read = b"".join(record.content for record in found)
    assert read.replace(b"\n", b"") == junk.replace(b"\n", b"")
