import csv
import gzip
from pathlib import Path

import pytest
from tests.factories import a_listing

from rakuten_mlops.catalog.importer import import_files, read_category_table
from rakuten_mlops.errors import CatalogError, ImportRefused, MixedCatalog, UnreadableFile

HEADER = ("", "designation", "description", "productid", "imageid")


class Files:
    """The challenge's two files, written anew by each call."""

    def __init__(self, folder: Path) -> None:
        self.x, self.y = folder / "X.csv", folder / "Y.csv"
        self.labels = folder / "labels.csv"
        self.rejects = folder / "X.csv.rejects.csv"

    def listings(self, *rows: tuple) -> Path:
        return self._write(self.x, [HEADER, *rows])

    def codes(self, *rows: tuple) -> Path:
        return self._write(self.y, [("", "prdtypecode"), *rows])

    def categories(self, *rows: tuple) -> Path:
        return self._write(self.labels, list(rows))

    def rejected(self) -> list[dict[str, str]]:
        with self.rejects.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _write(self, path: Path, rows: list[tuple]) -> Path:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def a_row(index, *, designation="Jeu", description="", productid=None, imageid="5"):
    return index, designation, description, 100 + index if productid is None else productid, imageid


@pytest.fixture(params=["sqlite"])
def database(database):
    """One kind will do: what is stored, and how, is the matter of `test_store`."""
    return database


def brought_in(catalog, *args, **options):
    return import_files(catalog, *args, author="ada", **{"max_rejected": 0.9} | options)


def test_listings_meet_their_labels_by_index_in_any_order(catalog, files):
    x = files.listings(a_row(0, designation="Livre"), a_row(1, description="<p>Pièces</p>"))
    y = files.codes((1, 40), (0, 10))

    report = brought_in(catalog, x, y)

    assert catalog.labelled().drop("in_holdout").rows() == [
        (100, "Livre", "", 10),
        (101, "Jeu", "<p>Pièces</p>", 40),
    ]
    assert (report.rows_read, report.added, report.labels_added) == (2, 2, 2)
    assert (report.rejected, report.rejects_path) == ({}, None)
    assert report.revision.source == "X.csv + Y.csv"
    assert not files.rejects.exists()


def test_the_test_file_brings_listings_without_labels(catalog, files):
    brought_in(catalog, files.listings(a_row(0), a_row(1)))

    assert (catalog.counts().listings, catalog.counts().labelled) == (2, 0)


def test_the_same_files_twice_change_nothing_and_say_so(catalog, files):
    x, y = files.listings(a_row(0), a_row(1)), files.codes((0, 10), (1, 40))
    brought_in(catalog, x, y)

    report = brought_in(catalog, x, y)

    assert (report.added, report.changed, report.unchanged) == (0, 0, 2)
    assert report.revision is None
    assert catalog.current_revision() == 1


def test_a_report_tells_new_rows_from_changed_ones(catalog, files):
    brought_in(
        catalog,
        files.listings(*map(a_row, range(4))),
        files.codes((0, 10), (1, 10), (2, 10), (3, 10)),
    )

    report = brought_in(
        catalog,
        files.listings(a_row(0), a_row(1, designation="Autre"), a_row(2), a_row(9)),
        files.codes((0, 10), (1, 40), (2, 40), (9, 10)),
        replace=True,
    )

    assert (report.added, report.changed, report.unchanged, report.removed) == (1, 2, 1, 1)


def test_gzip_and_a_byte_order_mark_are_read_as_they_are(catalog, files):
    x = files.listings(a_row(0))
    x.write_bytes(gzip.compress(b"\xef\xbb\xbf" + x.read_bytes()))

    report = brought_in(catalog, x)

    assert report.added == 1


@pytest.mark.parametrize("missing", ["", "  ", "nan", "NaN"])
def test_a_missing_description_is_empty(catalog, files, missing):
    brought_in(catalog, files.listings(a_row(0, description=missing)), files.codes((0, 10)))

    assert catalog.labelled()["description"].to_list() == [""]


BAD_ROWS = {
    "no title": (a_row(7, designation=" "), "designation", "designation is empty"),
    "nan title": (a_row(7, designation="nan"), "designation", "designation is empty"),
    "letters": (a_row(7, productid="12x"), "productid", "productid is not a whole number"),
    "decimals": (a_row(7, productid="12.0"), "productid", "productid is not a whole number"),
    "underscore": (a_row(7, productid="1_2"), "productid", "productid is not a whole number"),
    "other digits": (a_row(7, productid="١٢"), "productid", "productid is not a whole number"),
    "below zero": (a_row(7, productid="-1"), "productid", "productid is not a whole number"),
    "above 64 bits": (a_row(7, productid=2**63), "productid", "productid is not a whole number"),
    "known product": (a_row(7, productid=100), "productid", "productid stands in the file twice"),
    "image": (a_row(7, imageid="png"), "imageid", "imageid is not a whole number"),
    "known index": (a_row(0, productid=7), "index", "index stands in the file twice"),
    "no index": (("", "Jeu", "", 7, 7), "index", "index is missing"),
    "short": ((7, "Jeu"), "row", "row has not 5 fields"),
    "NUL": (a_row(7, designation="a\0b"), "row", "row holds a NUL character"),
}


@pytest.mark.parametrize(("row", "field", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_reported_with_its_line_and_reason_and_the_rest_is_stored(
    catalog, files, row, field, reason
):
    x = files.listings(a_row(0, description="two\nlines"), row, a_row(2))
    y = files.codes((0, 10), (7, 10), (2, 10)) if row[0] == 7 else files.codes((0, 10), (2, 10))

    report = brought_in(catalog, x, y)

    assert catalog.labelled()["productid"].to_list() == [100, 102]
    assert report.rejects_path == files.rejects
    assert list(report.rejected.values()) == [1]
    [rejected] = files.rejected()
    assert (rejected["file"], rejected["line"], rejected["field"]) == ("X.csv", "4", field)
    assert rejected["reason"].startswith(reason)


def test_a_rejected_row_is_kept_as_it_stood_in_the_file(catalog, files):
    x = files.listings(a_row(0), a_row(1, designation="", description='say "hi",\nplease' * 20))

    brought_in(catalog, x)

    kept = files.rejected()[0]["row"]
    assert next(csv.reader([kept])) == ["1", "", 'say "hi",\nplease' * 20, "101", "5"]


def test_bytes_that_are_not_utf8_reject_their_row_only(catalog, files):
    x = files.listings(a_row(0), a_row(1))
    x.write_bytes(x.read_bytes() + b"2,caf\xe9,,102,5\n")

    report = brought_in(catalog, x)

    assert (report.added, report.rejected) == (2, {"row is not UTF-8": 1})
    assert files.rejected()[0]["row"] == "2,caf\\xe9,,102,5"


LABEL_FAULTS = {
    "unknown": ([(0, 10), (1, 999)], "Y.csv", "3", "prdtypecode", "is not a known category"),
    "no number": ([(0, 10), (1, "x")], "Y.csv", "3", "prdtypecode", "is not a whole number"),
    "none": ([(0, 10)], "X.csv", "3", "index", "listing without a label"),
    "too many": ([(0, 10), (1, 10), (5, 10)], "Y.csv", "4", "index", "label without a listing"),
    "twice": ([(0, 10), (1, 10), (1, 40)], "Y.csv", "4", "index", "index stands in the file twice"),
    "nameless": ([(0, 10), (1, 10), ("", 40)], "Y.csv", "4", "index", "index is missing"),
    "short": ([(0, 10), (1, 10), (5,)], "Y.csv", "4", "row", "row has not 2 fields"),
}


@pytest.mark.parametrize(
    ("codes", "file", "line", "field", "reason"), LABEL_FAULTS.values(), ids=LABEL_FAULTS
)
def test_a_fault_of_a_label_is_reported_once_and_where_it_stands(
    catalog, files, codes, file, line, field, reason
):
    brought_in(catalog, files.listings(a_row(0), a_row(1)), files.codes(*codes))

    [rejected] = files.rejected()
    assert (rejected["file"], rejected["line"], rejected["field"]) == (file, line, field)
    assert reason in rejected["reason"]
    assert 100 in catalog.labelled()["productid"].to_list()


def test_an_unknown_category_is_named_with_the_remedy(catalog, files):
    with pytest.raises(ImportRefused, match=r"--labels.*Y\.csv line 2, '999'"):
        brought_in(catalog, files.listings(a_row(0)), files.codes((0, 999)))


def test_too_many_bad_rows_refuse_the_import_whole(catalog, files):
    brought_in(catalog, files.listings(a_row(50)))
    bad = [a_row(i, designation="") for i in range(2)]
    x = files.listings(*bad, *(a_row(i) for i in range(2, 99)), a_row(99, imageid="png"))

    with pytest.raises(ImportRefused) as caught:
        brought_in(catalog, x, replace=True, max_rejected=0.01)

    said = str(caught.value)
    assert "3 of 100 rows are bad" in said
    assert "2 x designation is empty (first: X.csv line 2" in said
    assert str(files.rejects) in said
    assert "--max-rejected" in said
    assert catalog.current_revision() == 1
    assert len(files.rejected()) == 3


def test_as_many_bad_rows_as_are_tolerated_do_not_stop_an_import(catalog, files):
    rows = [a_row(i, designation="" if i == 7 else "Jeu") for i in range(100)]

    report = brought_in(catalog, files.listings(*rows), max_rejected=0.01)

    assert report.added == 99


@pytest.mark.parametrize("rows", [[], [a_row(0, designation="")]])
def test_a_file_without_one_good_row_never_replaces_a_catalogue(catalog, files, rows):
    brought_in(catalog, files.listings(a_row(50)))

    with pytest.raises(ImportRefused, match="nothing was written"):
        brought_in(catalog, files.listings(*rows), replace=True, max_rejected=1.0)

    assert catalog.counts().listings == 1


@pytest.mark.parametrize("column", ["designation", "description", "productid", "imageid"])
def test_a_missing_column_is_named(catalog, files, column):
    x = files.listings(a_row(0))
    x.write_text(x.read_text().replace(column, "other", 1))

    with pytest.raises(UnreadableFile, match=f"X.csv has no column '{column}'"):
        brought_in(catalog, x)


def test_files_in_each_others_place_are_unreadable(catalog, files):
    x, y = files.listings(a_row(0)), files.codes((0, 10))

    with pytest.raises(UnreadableFile, match=r"X\.csv has no column 'prdtypecode'"):
        brought_in(catalog, y, x)


def test_a_truncated_archive_stores_nothing(catalog, files):
    x = files.listings(*(a_row(i, description=f"{i**9}") for i in range(9_000)))
    x.write_bytes(gzip.compress(x.read_bytes())[:-2_000])

    with pytest.raises(UnreadableFile, match="cannot be read after line"):
        brought_in(catalog, x)

    assert catalog.current_revision() == 0


def test_a_label_table_makes_other_categories_known(catalog, files):
    x, y = files.listings(a_row(0), a_row(1)), files.codes((0, 1000), (1, 1020))
    table = files.categories(
        ("prdtypecode", "rows", "section"), (1000, 9, "admin"), (1020, 3, "comm")
    )

    report = brought_in(catalog, x, y, labels=table)

    assert report.added == 2
    assert {code: each.name_fr for code, each in catalog.categories().items()} == {
        1000: "admin",
        1020: "comm",
    }
    again = brought_in(catalog, x, y)  # the codes stay known without the table
    assert again.revision is None


def test_the_name_of_a_category_is_the_second_column_if_no_other_is_known(files):
    table = files.categories(("prdtypecode", "titre"), (7, "Logiciels"))

    [category] = read_category_table(table)

    assert (category.name_fr, category.name_en) == ("Logiciels", "Logiciels")


@pytest.mark.parametrize(
    "rows",
    [
        [("prdtypecode", "name")],
        [("prdtypecode", "name"), (7, "")],
        [("prdtypecode", "name"), ("x", "Livres")],
        [("prdtypecode", "name"), (7, "Livres"), (7, "Jeux")],
        [("prdtypecode",), (7,)],
        [("code", "name"), (7, "Livres")],
    ],
)
def test_a_label_table_that_is_not_one_is_unreadable(catalog, files, rows):
    with pytest.raises(UnreadableFile, match=r"labels\.csv"):
        brought_in(catalog, files.listings(a_row(0)), labels=files.categories(*rows))


def test_an_import_does_not_mix_with_a_synthetic_catalogue(catalog, files):
    catalog.write([(a_listing(), 10)], kind="synthetic", source="seed 1", author="demo")
    x, y = files.listings(a_row(0)), files.codes((0, 10))

    with pytest.raises(MixedCatalog, match="--replace"):
        brought_in(catalog, x, y)
    report = brought_in(catalog, x, y, replace=True)

    assert (report.added, report.removed) == (1, 1)


def test_progress_knows_the_total_from_the_labels(catalog, files):
    seen = []

    brought_in(
        catalog,
        files.listings(a_row(0), a_row(1)),
        files.codes((0, 10), (1, 10)),
        progress=lambda *step: seen.append(step),
    )

    assert seen == [(2, 2)]


def test_rejects_go_to_the_file_that_was_named(catalog, files, tmp_path):
    elsewhere = tmp_path / "new" / "rejects.csv"

    report = brought_in(
        catalog, files.listings(a_row(0), a_row(1, imageid="x")), rejects_file=elsewhere
    )

    assert report.rejects_path == elsewhere
    assert elsewhere.exists()


def test_rejects_that_cannot_be_written_stop_the_import(catalog, files, tmp_path):
    with pytest.raises(CatalogError, match="cannot be written"):
        brought_in(catalog, files.listings(a_row(0, imageid="x")), rejects_file=tmp_path)
