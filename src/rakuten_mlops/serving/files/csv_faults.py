"""Find the line at fault in a piece of a CSV file.

Pure. polars reads a hundred times faster, but only says that there is a fault.
"""

import csv
import io
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager


def find_fault(piece: bytes, *, columns: int) -> tuple[int, str] | None:
    """The line of the first bad record, counted from 1, and what is wrong with it.

    The piece begins with a record. A record may have fewer fields than there are columns, but not
    more. None if this parser sees no fault.
    """
    lines = _Lines(piece)
    reader = csv.reader(lines, strict=True)
    with _long_fields():
        while True:
            lines.start_record()
            try:
                fields = next(reader)
            except StopIteration:
                return None
            except UnicodeDecodeError:
                return lines.first + len(lines.taken) - 1, "is not UTF-8"
            except csv.Error as error:
                return lines.first, f"is not CSV ({error})"
            if len(fields) > columns:
                return lines.first, f"has {len(fields)} fields, the header {columns}"
            if sum(line.count(b'"') for line in lines.taken) % 2:
                return lines.first, "holds a quotation mark that is not doubled"


class _Lines:
    """Decoded lines, and those that the record being read has taken so far."""

    def __init__(self, piece: bytes) -> None:
        self._lines = io.BytesIO(piece)
        self.first = 1
        self.taken: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line.decode()

    def start_record(self) -> None:
        self.first += len(self.taken)
        self.taken = []


@contextmanager
def _long_fields() -> Generator[None]:
    # The limit belongs to the whole process.
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
