"""The review queue for people who work in a spreadsheet: CSV out, and CSV with answers in. Pure.

What stands in the column `answer`: a prdtypecode, `ok` for the model's own category, `skip`, `not
a product`, or nothing yet. `stored` is the catalogue's label where the model doubts it.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rakuten_mlops.errors import BadSheet
from rakuten_mlops.review.item import Item, Word

HEADER = (
    "id",
    "answer",
    "designation",
    "description",
    "prdtypecode",
    "category",
    "confidence",
    "stored",
    "alternatives",
    "held_until",
)
WORDS: dict[str, Word] = {
    "ok": "confirm",
    "confirm": "confirm",
    "skip": "skip",
    "not a product": "not a product",
}
# Excel in France writes semicolons, and cp1252 unless it is asked for UTF-8.
DELIMITERS = (",", ";", "\t")
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
LONGEST_FIELD = 2**24
WHOLE_NUMBER = re.compile(r"([0-9]{1,19})(?:\.0+)?")
# A spreadsheet takes a text that begins so for a formula, and would run what a seller wrote.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of answers: where it starts in the file, and what it says.

    `item` and `word` are None, and `fault` says why, where it says nothing that can be used.
    `word` is also None where the answer is still to be given.
    """

    line: int
    raw: str
    item: int | None
    word: Word | None
    prdtypecode: int | None = None
    field: str = ""
    value: str = ""
    fault: str | None = None


def write_sheet(items: Iterable[Item], *, delimiter: str = ",") -> bytes:
    """Return items as CSV that a spreadsheet opens with its accents right."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=delimiter)
    writer.writerow(HEADER)
    for item in items:
        writer.writerow(_cells(item))
    return page.getvalue().encode("utf-8-sig")


def read_sheet(content: bytes) -> list[Line]:
    """Return the lines of a file that has at least the columns `id` and `answer`.

    Separator and encoding are found out. Raises `BadSheet`.
    """
    text = _decoded(content)
    header_line = io.StringIO(text, newline=None).readline()
    delimiter = next((mark for mark in DELIMITERS if _names(header_line, mark)), None)
    if delimiter is None:
        raise BadSheet(
            "The first line must name the columns `id` and `answer`, separated by commas, "
            f"semicolons or tabs; it is {header_line[:80].rstrip()!r}"
        )
    return _lines(text, delimiter)


def _lines(text: str, delimiter: str) -> list[Line]:
    found: list[Line] = []
    # The limit belongs to the whole process.
    limit = csv.field_size_limit(LONGEST_FIELD)
    starts = 1
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [name.strip().lower() for name in next(rows)]
        starts = rows.line_num + 1
        for cells in rows:
            if any(cell.strip() for cell in cells):
                raw = delimiter.join(cells)
                found.append(_line(starts, raw, dict(zip(header, cells, strict=False))))
            starts = rows.line_num + 1
    except csv.Error as error:
        raise BadSheet(f"Line {starts} is not CSV ({error}); nothing was stored") from error
    finally:
        csv.field_size_limit(limit)
    return found


def _line(line: int, raw: str, cells: dict[str, str]) -> Line:
    number, answer = (" ".join(cells.get(name, "").split()) for name in ("id", "answer"))
    item = _number(number, largest=2**63)
    if item is None:
        return Line(line, raw, None, None, None, "id", number, "id is not an item's number")
    if not answer:
        return Line(line, raw, item, None)
    if word := WORDS.get(answer.lower()):
        return Line(line, raw, item, word, value=answer)
    # As it stands among the alternatives, a code may come with its category's name.
    code = _number(answer.partition(" ")[0], largest=2**31)
    if code is None:
        fault = f"answer is neither a prdtypecode nor one of {', '.join(WORDS)}"
        return Line(line, raw, item, None, None, "answer", answer, fault)
    return Line(line, raw, item, "category", code, value=answer)


def _number(text: str, *, largest: int) -> int | None:
    """A whole number below `largest`, also where a program wrote it as 2583.0."""
    found = WHOLE_NUMBER.fullmatch(text)
    return int(found[1]) if found and int(found[1]) < largest else None


def _names(header_line: str, delimiter: str) -> bool:
    try:
        header = next(csv.reader([header_line], delimiter=delimiter), [])
    except csv.Error:
        return False
    return {"id", "answer"} <= {name.strip().lower() for name in header}


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise BadSheet("The file is not plain text; save it as CSV")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 decodes every byte")


def _cells(item: Item) -> tuple[str, ...]:
    best = item.alternatives[0]
    others = " | ".join(f"{each.prdtypecode} {each.category}" for each in item.alternatives[1:])
    return (
        str(item.id),
        "",
        _harmless(item.designation),
        _harmless(item.description),
        str(item.prdtypecode),
        _harmless(best.category),
        f"{item.confidence:.4f}",
        "" if item.stored_code is None else str(item.stored_code),
        _harmless(others),
        f"{item.leased_until:%Y-%m-%d %H:%M} UTC" if item.leased_until else "",
    )


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
