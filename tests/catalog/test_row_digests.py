import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog.row_digests import (
    FILE,
    RowChanges,
    compare_rows,
    digest_rows,
    read_row_digests,
    write_row_digests,
)
from rakuten_mlops.catalog.snapshot import SCHEMA
from rakuten_mlops.errors import UnreadableFile

TEXT = st.text(max_size=4)
LISTING = st.tuples(TEXT, TEXT, st.sampled_from([10, 40]), st.booleans())


def table(listings):
    rows = [(number, *listing) for number, listing in listings.items()]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@given(
    st.dictionaries(st.integers(0, 9), LISTING, max_size=9),
    st.dictionaries(st.integers(0, 9), LISTING, max_size=9),
)
def test_every_difference_is_found_and_no_other(then, now):
    both = then.keys() & now.keys()

    found = compare_rows(digest_rows(table(then)), digest_rows(table(now)))

    def differing(*fields):
        return tuple(
            sorted(n for n in both if any(then[n][each] != now[n][each] for each in fields))
        )

    assert found == RowChanges(
        added=tuple(sorted(now.keys() - then.keys())),
        removed=tuple(sorted(then.keys() - now.keys())),
        rewritten=differing(0, 1),
        relabelled=differing(2),
        moved=differing(3),
    )
    assert bool(found) == (then != now)


def test_digests_come_back_from_their_file(snapshot, tmp_path):
    folder = write_row_digests(snapshot.rows, tmp_path / "data")

    found = read_row_digests((folder / FILE).read_bytes())

    assert not compare_rows(found, digest_rows(snapshot.rows))
    assert found.height == 3_000
    assert (folder / FILE).stat().st_size < 20 * found.height


def test_digests_are_the_same_for_ever():
    rows = table({7: ("Piscine hors sol", "été", 2583, True)})

    assert digest_rows(rows).row(0) == (7, 2583, True, 15149277936050262922)


def test_a_file_that_holds_no_digests_is_refused():
    with pytest.raises(UnreadableFile, match=FILE):
        read_row_digests(b"nothing")
