import pytest

from rakuten_mlops.serving.files.csv_faults import find_fault


@pytest.mark.parametrize(
    ("piece", "line", "fault"),
    [
        (b"a,b\nc,d,e\n", 2, "has 3 fields, the header 2"),
        (b'"a\n1\n2",b\nc,d,e\n', 4, "has 3 fields, the header 2"),
        (b"a,b\n\xe9,d\n", 2, "is not UTF-8"),
        (b'a,b\n"c\n\xe9",d\n', 3, "is not UTF-8"),
        (b'a,b\n"c"d,e\n', 2, "is not CSV ("),
        (b'a,b\n"c,d\ne,f\n', 2, "is not CSV ("),
        (b'a,b\n10" long,d\n20" long,e\n', 2, "holds a quotation mark that is not doubled"),
    ],
)
def test_the_line_is_where_the_bad_record_begins(piece, line, fault):
    found = find_fault(piece, columns=2)

    assert found is not None
    assert found[0] == line
    assert found[1].startswith(fault)


@pytest.mark.parametrize(
    "piece", [b"", b"a,b\n", b"a\n\n,\n", b'"a ""b""\nc",d\r\ne,f', b'a,"' + b"x" * 200_000 + b'"']
)
def test_what_is_csv_has_no_fault(piece):
    assert find_fault(piece, columns=2) is None
