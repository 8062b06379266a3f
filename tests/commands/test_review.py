import csv
from datetime import timedelta

import pytest
from tests.factories import an_offer

from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue


@pytest.fixture
def offering(engine):
    return Offering(engine, limit=100)


@pytest.fixture
def exported(run, offering, tmp_path):
    """Three items in a file of Anna's, and what stands in it."""
    offering.put([an_offer(f"Lot {n}") for n in range(3)])
    path = tmp_path / "queue.csv"
    run("review", "export", path)
    return path, list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def fill_in(path, rows, *answers):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row, answer in zip(rows, answers, strict=True):
            writer.writerow(row | {"answer": answer})


def test_exported_items_are_held_and_come_back_as_labels(run, engine, exported):
    path, rows = exported
    fill_in(path, rows, "2060", "ok", "not a product")

    result = run("review", "import", path)

    assert result.exit_code == 0
    assert result.stdout == (
        "3 lines read: 3 answered, 0 skipped, 0 without an answer, 0 rejected.\n"
        "Revision 1: 2 labels by anna.\n"
    )
    labelled = Catalog(engine).labelled()
    codes = dict(zip(labelled["productid"], labelled["prdtypecode"], strict=True))
    assert codes[own_productid(Listing(rows[0]["designation"]))] == 2060
    assert codes[own_productid(Listing(rows[1]["designation"]))] == 10


def test_nobody_else_gets_what_was_exported(engine, exported):
    _, rows = exported

    assert len(rows) == 3
    assert Queue(engine, lease=timedelta(minutes=15)).next("rob", count=5) == []


def test_every_bad_line_is_named_and_kept(run, exported):
    path, rows = exported
    fill_in(path, rows, "9999", "perhaps", "ok")

    result = run("review", "import", path)

    assert result.exit_code == 1
    assert "1 answered, 0 skipped, 0 without an answer, 2 rejected" in result.stdout
    assert "line 2: 9999 is not a category" in result.stdout
    kept = list(csv.DictReader(path.with_name("queue.csv.rejects.csv").read_text().splitlines()))
    assert [(row["line"], row["value"]) for row in kept] == [("2", "9999"), ("3", "perhaps")]
    assert rows[0]["designation"] in kept[0]["row"]


def test_the_same_file_again_changes_nothing(run, engine, exported):
    path, rows = exported
    fill_in(path, rows, "ok", "", "skip")
    run("review", "import", path)

    again = run("review", "import", path)

    assert again.stdout.startswith("3 lines read: 1 answered, 1 skipped, 1 without")
    assert Catalog(engine).current_revision() == 1


def test_a_sheet_for_excel_in_france(run, offering, tmp_path):
    offering.put([an_offer("Été; hiver")])

    run("review", "export", tmp_path / "queue.csv", "--semicolon", "--count", 5)

    lines = (tmp_path / "queue.csv").read_text(encoding="utf-8-sig").splitlines()
    header, row = csv.reader(lines, delimiter=";")
    assert row[header.index("designation")] == "Été; hiver"


def test_a_file_that_cannot_be_written_takes_no_items(run, engine, offering, tmp_path):
    offering.put([an_offer("Lot bleu")])

    result = run("review", "export", tmp_path / "missing" / "queue.csv")

    assert result.exit_code == 1
    assert len(Queue(engine, lease=timedelta(minutes=15)).next("rob", count=5)) == 1


def test_a_file_that_may_hold_answers_is_not_written_over(run, exported):
    path, rows = exported
    fill_in(path, rows, "ok", "ok", "ok")

    result = run("review", "export", path)

    assert result.exit_code == 1
    assert "may hold answers" in result.stderr
    assert run("review", "import", path).stdout.startswith("3 lines read: 3 answered")


@pytest.mark.parametrize("content", [None, b"", b"a,b\n1,2\n"])
def test_a_file_that_is_no_sheet_is_refused(run, tmp_path, content):
    path = tmp_path / "queue.csv"
    if content is not None:
        path.write_bytes(content)

    result = run("review", "import", path)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_the_status_tells_what_waits_and_how_right_the_model_was(run, engine, offering):
    offering.put([an_offer("Lot bleu")])
    assert "none of 0 drawn listings is reviewed" in run("review", "status").stdout
    offering.put([an_offer(f"Livre {n}", drawn=True, decision="accept") for n in range(4)])
    queue = Queue(engine, lease=timedelta(minutes=15))
    for item in queue.next("rob", count=10):
        if item.kind == "random":
            queue.answer(item.id, "rob", "confirm")

    told = run("review", "status").stdout

    assert "doubtful" in told
    assert "4 answers are not in the catalogue yet." in told
    assert "Live precision: 1.000 (0.510 to 1.000), 4 of 4 reviewed, 4 drawn" in told
    assert "10 Livres d'occasion: 1.000" in told
    assert "none of 0 drawn" in run("review", "status", "--version", "9").stdout
