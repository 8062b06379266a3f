import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import an_offer

from rakuten_mlops.errors import BadSheet
from rakuten_mlops.review.answering import answer_sheet
from rakuten_mlops.review.item import Alternative, Item
from rakuten_mlops.review.queue import now
from rakuten_mlops.review.sheet import HEADER, Line, read_sheet, write_sheet


def an_item(designation="Lot bleu", description="", number=1):
    others = (Alternative(10, "Livres d'occasion", 0.4), Alternative(2705, "Livres neufs", 0.35))
    moment = now()
    return Item(
        number,
        designation,
        description,
        "doubtful",
        "1",
        10,
        0.4,
        others,
        None,
        moment,
        "rita",
        moment,
        None,
        None,
        None,
    )


def said(content):
    lines = read_sheet(content if isinstance(content, bytes) else content.encode())
    return [(line.line, line.item, line.word, line.prdtypecode) for line in lines]


def test_a_sheet_names_what_a_reviewer_needs():
    header, row = csv.reader(io.StringIO(write_sheet([an_item()]).decode("utf-8-sig")))

    cells = dict(zip(header, row, strict=True))
    assert tuple(header) == HEADER
    assert (cells["id"], cells["answer"], cells["prdtypecode"]) == ("1", "", "10")
    assert cells["category"] == "Livres d'occasion"
    assert cells["alternatives"] == "2705 Livres neufs"


@given(st.text(max_size=30).filter(lambda text: "\0" not in text), st.sampled_from(",;\t"))
def test_a_sheet_that_was_written_can_be_read_whatever_the_sellers_wrote(text, delimiter):
    encodable = text.encode(errors="replace").decode()

    lines = read_sheet(write_sheet([an_item(encodable, encodable)] * 2, delimiter=delimiter))

    assert [(line.item, line.word, line.fault) for line in lines] == [(1, None, None)] * 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_seller_wrote_is_no_formula_in_a_spreadsheet(text):
    _, row = csv.reader(io.StringIO(write_sheet([an_item(text)]).decode("utf-8-sig"), newline=""))

    assert row[HEADER.index("designation")] == f"'{text}"


@pytest.mark.parametrize(
    ("answer", "word", "code"),
    [
        ("ok", "confirm", None),
        (" OK ", "confirm", None),
        ("2583", "category", 2583),
        ("2583.0", "category", 2583),
        ("2583 Piscine et accessoires", "category", 2583),
        ("skip", "skip", None),
        ("Not  a product", "not a product", None),
        ("", None, None),
    ],
)
def test_answers_are_read_as_people_write_them(answer, word, code):
    assert said(f"id,answer\n7,{answer}\n") == [(2, 7, word, code)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheet_may_save_it_in_its_own_way(encoding, delimiter):
    content = "Id|designation|ANSWER\r\n3|Été|ok\r\n\r\n4|Hiver|10\r\n".replace("|", delimiter)

    assert said(content.encode(encoding)) == [(2, 3, "confirm", None), (4, 4, "category", 10)]


def test_a_line_is_named_by_where_it_starts():
    content = 'id,designation,answer\n1,"two\nlines",ok\n2,one,what?\nx,one,ok\n'

    lines = read_sheet(content.encode())

    assert [line.line for line in lines] == [2, 4, 5]
    assert lines[1].fault.startswith("answer is neither a prdtypecode nor one of ok")
    assert (lines[2].field, lines[2].value) == ("id", "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must name the columns `id` and `answer`"),
        (b"id;designation\n1;a\n", "must name"),
        (b"PK\x03\x04\x00\x00", "not plain text"),
        (b'id,answer\n1,ok\n2,"ok\n3,ok\n', "Line 3 is not CSV"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(content, said):
    with pytest.raises(BadSheet, match=said):
        read_sheet(content)


def test_a_very_long_text_is_read_and_the_limit_of_the_process_stays():
    limit = csv.field_size_limit()
    text = "é" * 300_000

    assert said(f"id,designation,answer\n1,{text},ok\n") == [(2, 1, "confirm", None)]
    assert csv.field_size_limit() == limit


def lines(*answers):
    return read_sheet("\n".join(["id,answer", *(f"{n},{text}" for n, text in answers)]).encode())


def test_every_good_line_counts_and_every_other_one_is_named(offering, queue):
    offering.put([an_offer(title) for title in "ABCDEF"])
    rita = queue.next("rita", count=5)
    (robs,) = queue.next("rob", count=1)
    queue.answer(robs.id, "rob", "confirm")
    numbers = [item.id for item in rita]

    report = answer_sheet(
        queue,
        lines(
            (numbers[0], "ok"),
            (numbers[1], "40"),
            (numbers[2], "skip"),
            (numbers[3], ""),
            (numbers[4], "9999"),
            (robs.id, "40"),
            (12345, "ok"),
            ("x", "ok"),
        ),
        reviewer="rita",
        known={10, 40},
    )

    assert (report.answered, report.skipped, report.open) == (2, 1, 1)
    assert [(bad.line, bad.field) for bad in report.rejected] == [
        (6, "answer"),
        (7, "id"),
        (8, "id"),
        (9, "id"),
    ]
    assert report.rejected[0].reason == "9999 is not a category"
    assert report.rejected[1].reason.startswith("rob answered item")
    assert report.rejected[3].raw == "x,ok"


def test_the_same_sheet_again_changes_nothing(offering, queue):
    offering.put([an_offer("A")])
    (item,) = queue.next("rita", count=1)
    sheet = lines((item.id, "ok"))
    answer_sheet(queue, sheet, reviewer="rita", known={10})

    again = answer_sheet(queue, sheet, reviewer="rita", known={10})

    assert (again.answered, again.rejected) == (1, [])


def test_a_line_of_a_sheet_is_frozen():
    with pytest.raises(AttributeError):
        Line(1, "", 1, None).item = 2
