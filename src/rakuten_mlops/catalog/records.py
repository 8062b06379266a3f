"""Records of a CSV file, each with the line on which it starts, and what is wrong with it.

A line ends at a line feed, as editors count. gzip is known by its content. A stray quote costs
its own line only, not all that it swallows.
"""

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rakuten_mlops.errors import UnreadableFile

GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
LONGEST_LINE = LONGEST_FIELD = 2**24
INDEX = ""
INDEX_NAMES = (INDEX, "Unnamed: 0", "index")


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its `values` by column (`INDEX`: the unnamed one), and its bytes in the file.

    With a `fault`, `values` are whatever could be read, perhaps nothing.
    """

    line: int
    values: dict[str, str]
    content: bytes
    fault: str | None = None

    @property
    def raw(self) -> str:
        """The record as text; bytes that are not UTF-8 stand as `\\xe9`."""
        return self.content.decode(errors="backslashreplace").rstrip("\r\n")


def read_records(path: Path, *, columns: Sequence[str]) -> Iterator[Record]:
    """Yield the records under a header; blank lines are passed over.

    Raises `UnreadableFile` if the file is missing, truncated, not CSV, or lacks a column.
    """
    line = 0
    try:
        with path.open("rb") as file, closing(_content(file)) as content:
            lines = _Lines(content)
            header = _header(path, lines, columns)
            for record in _records(lines, header):
                line = record.line
                yield record
    except (OSError, EOFError, zlib.error) as error:
        where = f" after line {line}" if line else ""
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFile(
            f"{path} cannot be read{where}: {reason}. Check its name, or fetch it again"
        ) from error


def _content(file: io.BufferedReader) -> io.BufferedReader:
    if file.peek(2)[:2] != GZIP:
        return file
    return io.BufferedReader(gzip.GzipFile(fileobj=file))


class _Lines:
    """Decoded lines, and those that the record being read has taken so far."""

    def __init__(self, content: io.BufferedReader) -> None:
        self._content = content
        self._again: deque[bytes] = deque()
        self._taken: list[bytes] = []
        self._undecodable = False
        self.first = 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._content.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if self.first == 1 and not self._taken:
            line = line.removeprefix(BOM)
        self._taken.append(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            self._undecodable = True
            return line.decode(errors="backslashreplace")

    def start_record(self) -> None:
        self.first += len(self._taken)
        self._taken = []
        self._undecodable = False

    def give_back(self) -> None:
        """Return all but the record's first line, to be read as records of their own."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def taken(self) -> bytes:
        return b"".join(self._taken)

    def fault(self) -> str | None:
        if self._undecodable:
            return "is not UTF-8"
        return "holds a NUL character" if any(b"\0" in line for line in self._taken) else None


def _header(path: Path, lines: _Lines, columns: Sequence[str]) -> list[str]:
    try:
        header = [name.strip() for name in _next(csv.reader(lines, strict=True))]
    except (StopIteration, csv.Error):
        header = []
    if lines.fault() is not None or not header:
        raise UnreadableFile(f"{path} is not a CSV file in UTF-8, gzipped or not: see its line 1")
    if INDEX not in header:
        header = [INDEX if name in INDEX_NAMES else name for name in header]
    for column in columns:
        if column not in header:
            missing = (
                f"column {column!r}" if column else "index: a column without a name, or 'index'"
            )
            named = ", ".join(repr(name or "index") for name in columns)
            raise UnreadableFile(
                f"{path} has no {missing}; its first line must name {named}, separated by commas"
            )
    return header


def _records(lines: _Lines, header: list[str]) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    while True:
        lines.start_record()
        try:
            found = _next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            reader = csv.reader(lines, strict=True)
            yield Record(lines.first, {}, lines.taken(), f"is not CSV ({error})")
            continue
        if found:
            fault = lines.fault()
            if len(found) != len(header):
                fault = fault or f"has not {len(header)} fields"
            values = dict(zip(header, found, strict=False))
            yield Record(lines.first, values, lines.taken(), fault)


def _next(reader: Iterator[list[str]]) -> list[str]:
    # The limit belongs to the whole process: it is lifted for one record at a time.
    limit = csv.field_size_limit(LONGEST_FIELD)
    try:
        return next(reader)
    finally:
        csv.field_size_limit(limit)
