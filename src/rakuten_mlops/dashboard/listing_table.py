"""A CSV file of listings: read as people save it, answered with their columns kept.

Pure: bytes and predictions go in, rows and bytes come out.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from rakuten_mlops.client.answers import Listing
from rakuten_mlops.client.api_client import Answer

# Excel in France writes cp1252; Latin-1 knows every byte and so comes last.
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
DELIMITERS = (",", ";", "\t", "|")
ANSWERS = ("prdtypecode", "category", "confidence", "decision", "model_version", "note")
NO_TITLE = "not sent: the designation is empty"
LONGEST_FIELD = 10_000_000
MOST_PASTED = 5_000


class BadTable(Exception):
    """A file is no table of listings; `table.<key>` is the text that says why and what to do."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key, self.values = key, values


@dataclass(frozen=True)
class ListingTable:
    """The rows of a file as text, under its header; `delimiter` and `encoding` as found."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    encoding: str

    @property
    def listings(self) -> list[Listing | None]:
        """What each row asks the API; None for a row without a designation."""
        title, text = (_place(name, self.header) for name in ("designation", "description"))
        return [_listing(_cell(row, title), _cell(row, text)) for row in self.rows]


def read_table(content: bytes) -> ListingTable:
    """Read a CSV file; encoding and delimiter are found out. Raises BadTable."""
    text, encoding = _decoded(content)
    delimiter = _delimiter(io.StringIO(text, newline=None).readline())
    # A description may be longer than the 128 KiB that the csv module accepts by itself.
    csv.field_size_limit(LONGEST_FIELD)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = tuple(next(lines))
        rows = tuple(_fitted(row, header, lines.line_num) for row in lines if row)
    except csv.Error as error:
        raise BadTable("not_csv", error=error) from error
    if not rows:
        raise BadTable("no_row")
    return ListingTable(header, rows, delimiter, encoding)


def pasted(text: str) -> ListingTable:
    """Lines of text as a table: a title, and after a tab perhaps a description."""
    lines = (line.strip() for line in text.splitlines())
    parts = (line.partition("\t") for line in lines if line)
    rows = tuple((title.strip(), rest.strip()) for title, _, rest in parts)
    return ListingTable(("designation", "description"), rows, ";", "utf-8")


def answer_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The names of the answer's columns; one that the file already has gets a prefix."""
    names = []
    for name in ANSWERS:
        fresh = name
        while fresh in header:
            fresh = f"predicted_{fresh}"
        names.append(fresh)
    return tuple(names)


def answer_cells(answer: Answer | None) -> tuple[str, ...]:
    """An answer as the cells of ANSWERS; None for a row that was not sent."""
    if answer is None:
        return ("", "", "", "", "", NO_TITLE)
    if "prediction" not in answer:
        return ("", "", "", "", "", f"refused: {answer.get('refused', 'no answer')}")
    given = answer["prediction"]
    return (
        str(given["prdtypecode"]),
        given["category"],
        f"{given['confidence']:.4f}",
        given["decision"],
        given["model_version"],
        "",
    )


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str) -> bytes:
    """CSV that Excel opens with its accents right: UTF-8 with a byte order mark."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return page.getvalue().encode("utf-8-sig")


def _decoded(content: bytes) -> tuple[str, str]:
    if not content.strip():
        raise BadTable("empty")
    if b"\0" in content:
        raise BadTable("not_text")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding).lstrip(), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 decodes every byte")


def _delimiter(first_line: str) -> str:
    headers = {mark: next(csv.reader([first_line], delimiter=mark)) for mark in DELIMITERS}
    for mark, header in headers.items():
        if _place("designation", header) is not None:
            return mark
    found = ", ".join(f"`{name.strip()}`" for name in max(headers.values(), key=len))
    raise BadTable("no_title", found=found)


def _place(column: str, header: Sequence[str]) -> int | None:
    return next((at for at, name in enumerate(header) if name.strip().lower() == column), None)


def _cell(row: Sequence[str], at: int | None) -> str:
    return "" if at is None else row[at]


def _fitted(row: list[str], header: tuple[str, ...], line: int) -> tuple[str, ...]:
    if len(row) > len(header):
        raise BadTable("fields", line=line, fields=len(row), header=len(header))
    return tuple(row) + ("",) * (len(header) - len(row))


def _listing(designation: str, description: str) -> Listing | None:
    if not designation.strip():
        return None
    return {"designation": designation, "description": description or None}
