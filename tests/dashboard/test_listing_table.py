"""A CSV file of listings: read as people save it, answered with their columns kept."""

import csv
import io

import pytest

from rakuten_mlops.api.schemas import ListingBody
from rakuten_mlops.dashboard.language import language
from rakuten_mlops.dashboard.listing_table import (
    BadTable,
    answer_cells,
    answer_columns,
    pasted,
    read_table,
    write_table,
)

from .samples import a_prediction


def test_commas_semicolons_and_tabs_are_told_apart():
    for mark in ",;\t|":
        table = read_table(f"id{mark}designation{mark}description\n7{mark}Livre{mark}\n".encode())

        assert table.delimiter == mark
        assert table.listings == [{"designation": "Livre", "description": None}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_accents_survive_every_encoding_that_excel_writes(encoding):
    table = read_table("designation\nŒuvre à 5 €\n".encode(encoding))

    assert table.header == ("designation",)
    assert table.listings[0]["designation"] == "Œuvre à 5 €"


def test_bytes_that_windows_does_not_know_are_read_as_latin_1():
    table = read_table(b"designation\nPi\xe8ce \x81\n")

    assert table.encoding == "latin-1"


def test_a_title_may_hold_the_separator_a_quote_and_a_line_break():
    table = read_table(b'designation,ref\n"Lot, ""neuf""\nde 3",A\n')

    assert table.rows == (('Lot, "neuf"\nde 3', "A"),)


def test_the_challenges_unnamed_index_is_an_ordinary_column():
    table = read_table(b",designation,description,productid,imageid\n0,Livre,,3804,1263\n")

    assert table.header[0] == ""
    assert table.rows[0][3] == "3804"


def test_the_columns_name_may_be_written_in_capitals():
    assert read_table(b"ID; Designation \n1;Livre\n").listings[0]["designation"] == "Livre"


def test_a_row_without_a_title_is_not_sent():
    table = read_table(b"designation,description\n  ,text\nLivre,\n")

    assert [listing is None for listing in table.listings] == [True, False]
    assert "not sent" in answer_cells(None)[-1]


def test_a_short_row_is_filled_up():
    assert read_table(b"designation,description\nLivre\n").rows == (("Livre", ""),)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"titre;texte\na;b\n", "`designation` is missing; the file has `titre`, `texte`"),
        (b"designation\n", "has a header but no row"),
        (b"designation;ref\nLivre;1\nLot; neuf;2\n", "Line 3 has 3 fields, but the header has 2"),
        (b"PK\x03\x04\x00\x00", "CSV UTF-8"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(content, complaint):
    with pytest.raises(BadTable) as refused:
        read_table(content)

    told = language("en").say(f"table.{refused.value.key}", **refused.value.values)
    assert complaint in told


def test_pasted_lines_are_titles_with_perhaps_a_description():
    table = pasted("Piscine ronde\tAvec pompe\n\n  Livre  \n")

    assert table.rows == (("Piscine ronde", "Avec pompe"), ("Livre", ""))
    assert [each["designation"] for each in table.listings if each] == ["Piscine ronde", "Livre"]


def test_a_column_of_the_user_is_never_overwritten():
    header = ("designation", "prdtypecode", "predicted_prdtypecode", "note")

    added = answer_columns(header)

    assert not set(added) & set(header)
    assert added[0] == "predicted_predicted_prdtypecode"


def test_what_is_written_reads_back_with_the_users_columns_first():
    table = read_table("réf;designation\n007;Piscine\n".encode())
    prediction = a_prediction(ListingBody(designation="Piscine")).model_dump()

    header = table.header + answer_columns(table.header)
    row = table.rows[0] + answer_cells({"prediction": prediction})
    written = write_table(header, [row], delimiter=table.delimiter).decode("utf-8-sig")

    [record] = csv.DictReader(io.StringIO(written), delimiter=";")
    assert record["réf"] == "007"
    assert record["category"] == "Piscine et accessoires"
    assert record["decision"] == "accept"


def test_a_refused_row_says_why():
    assert answer_cells({"refused": "designation is blank"})[-1] == "refused: designation is blank"
