"""A file of listings, read piece by piece, from its start or from where a piece ended.

What is held in memory is a piece: some megabytes, and of a Parquet file some thousand rows at most.
"""

import gzip
import hashlib
import zlib
from collections.abc import Generator
from contextlib import closing, contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

import polars as pl

from rakuten_mlops.catalog.records import BOM, GZIP
from rakuten_mlops.errors import UnreadableFile
from rakuten_mlops.serving.files.csv_faults import find_fault

PIECE_BYTES = 4 * 2**20
PIECE_ROWS = 10_000
# Parquet is read by so many rows, until they are a piece.
BATCH_ROWS = 500
# Beyond that, a quotation mark was left open.
LONGEST_RECORD = 2**24
ZSTANDARD = b"\x28\xb5\x2f\xfd"
EDGE = 2**16


class Source(Protocol):
    """A file of listings. A place in it is whatever that kind of file counts."""

    path: Path
    schema: pl.Schema
    start: int

    def count(self) -> int:
        """How many listings there are."""
        ...

    def pieces(self, place: int) -> Generator[tuple[pl.DataFrame, int]]:
        """The listings from a place on, and after each piece the place where the next begins.

        Whoever stops before the end closes it: what Ctrl-C meets in a generator that is dropped is
        printed, and lost. Raises UnreadableFile.
        """
        ...


def open_source(path: Path) -> Source:
    """Find out what columns a file has. Raises UnreadableFile if none of them is `designation`."""
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}")
    try:
        source = ParquetSource(path) if path.suffix == ".parquet" else CsvSource(path)
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(
            f"{path} is no readable CSV or Parquet file: {first_line(error)}"
        ) from error
    if "designation" not in source.schema:
        names = ", ".join(source.schema.names())
        raise UnreadableFile(f"{path} has no column `designation`; it has {names}")
    return source


def fingerprint(path: Path) -> dict[str, int | str]:
    """What tells a file from what it was before: its size, its time, its beginning and end."""
    stat = path.stat()
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(EDGE))
        file.seek(max(0, stat.st_size - EDGE))
        digest.update(file.read(EDGE))
    return {"bytes": stat.st_size, "changed": stat.st_mtime_ns, "edges": digest.hexdigest()}


class CsvSource:
    """CSV in UTF-8, gzipped or not; every column is text. Its places are bytes, unpacked.

    Each piece is read as a CSV file of its own, under the same header. Raises PolarsError.
    """

    def __init__(
        self, path: Path, *, piece_bytes: int = PIECE_BYTES, longest: int = LONGEST_RECORD
    ) -> None:
        self.path = path
        self._piece_bytes = piece_bytes
        self._longest = longest
        with _unpacked(path) as file:
            self._header = self._read_header(file)
        self.start = len(self._header)
        self.schema = pl.read_csv(self._header, infer_schema=False).schema

    def count(self) -> int:
        rows, inside, last = 0, 0, b"\n"
        with _unpacked(self.path) as file:
            file.seek(self.start)
            while block := file.read(self._piece_bytes):
                # Every other part of a text that is split at its quotation marks is in none.
                parts = block.split(b'"')
                rows += b"".join(parts[inside::2]).count(b"\n")
                inside = (inside + len(parts) - 1) % 2
                last = block[-1:]
        return rows + (last != b"\n")

    def pieces(self, place: int) -> Generator[tuple[pl.DataFrame, int]]:
        with closing(self._cut(place)) as pieces:
            for piece in pieces:
                rows = self._read(piece, place)
                place += len(piece)
                yield rows, place

    def _read(self, piece: bytes, place: int) -> pl.DataFrame:
        try:
            return pl.read_csv(self._header + piece, infer_schema=False)
        except pl.exceptions.PolarsError as error:
            where = self._locate_fault(piece, place) or first_line(error)
            raise UnreadableFile(f"{self.path} cannot be read: {where}") from error

    def _cut(self, place: int) -> Generator[bytes]:
        """Whole records, about as many bytes as a piece should have."""
        with _unpacked(self.path) as file:
            file.seek(place)
            while piece := file.read(self._piece_bytes):
                yield piece + self._rest_of_record(piece, file)

    def _read_header(self, file: BufferedIOBase) -> bytes:
        """Everything to the end of the first record; blank lines before it belong to it."""
        header = b""
        while line := file.readline(self._longest):
            header += line
            if header.removeprefix(BOM).strip(b"\r\n") and header.count(b'"') % 2 == 0:
                break
            if len(header) > self._longest:
                raise UnreadableFile(f"{self.path} is no CSV file: its header does not end")
        return header

    def _rest_of_record(self, piece: bytes, file: BufferedIOBase) -> bytes:
        """What is missing of the record that a piece ends in, if the file goes on."""
        rest = b"" if piece.endswith(b"\n") else file.readline(self._longest)
        quotes = piece.count(b'"') + rest.count(b'"')
        # In quotes, the end of a line is not the end of the record.
        while quotes % 2 and len(rest) < self._longest and (line := file.readline(self._longest)):
            rest += line
            quotes += line.count(b'"')
        return rest

    def _locate_fault(self, piece: bytes, place: int) -> str | None:
        fault = find_fault(piece, columns=len(self.schema))
        return fault and f"line {self._line(place) + fault[0] - 1} {fault[1]}"

    def _line(self, place: int) -> int:
        """The line, counted from 1, that begins at a place."""
        lines = 1
        with _unpacked(self.path) as file:
            while place:
                block = file.read(min(place, PIECE_BYTES))
                lines += block.count(b"\n")
                place -= len(block)
        return lines


class ParquetSource:
    """Parquet; every column keeps its type. Its places are rows. Raises PolarsError."""

    start = 0

    def __init__(
        self, path: Path, *, piece_rows: int = PIECE_ROWS, piece_bytes: int = PIECE_BYTES
    ) -> None:
        self.path = path
        self._piece_rows = piece_rows
        self._piece_bytes = piece_bytes
        self._rows = pl.scan_parquet(path, glob=False)
        self.schema = self._rows.collect_schema()

    def count(self) -> int:
        return int(self._rows.select(pl.len()).collect().item())

    def pieces(self, place: int) -> Generator[tuple[pl.DataFrame, int]]:
        held: list[pl.DataFrame] = []
        with closing(self._batches(place)) as batches:
            for rows in batches:
                held.append(rows)
                place += rows.height
                if self._are_a_piece(held):
                    yield pl.concat(held), place
                    held = []
        if held:
            yield pl.concat(held), place

    def _batches(self, place: int) -> Generator[pl.DataFrame]:
        """The rows from a place on, few at a time."""
        # polars would hold whole row groups, which are of a million rows where pandas wrote them.
        from arro3.io import read_parquet

        end = 0
        try:
            for batch in read_parquet(self.path, batch_size=min(BATCH_ROWS, self._piece_rows)):
                rows = pl.DataFrame(batch)
                end += rows.height
                if end > place:
                    yield rows.tail(end - place).cast(dict(self.schema))
                    place = end
        # It raises nothing narrower.
        except Exception as error:
            raise UnreadableFile(
                f"{self.path} cannot be read after row {place:,}: {first_line(error)}"
            ) from error

    def _are_a_piece(self, held: list[pl.DataFrame]) -> bool:
        return (
            sum(rows.height for rows in held) >= self._piece_rows
            or sum(rows.estimated_size() for rows in held) >= self._piece_bytes
        )


@contextmanager
def _unpacked(path: Path) -> Generator[BufferedIOBase]:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == ZSTANDARD:
        raise UnreadableFile(f"{path} is packed by zstd; unpack it, or pack it by gzip")
    try:
        with gzip.open(path) if magic.startswith(GZIP) else path.open("rb") as file:
            yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFile(f"{path} cannot be unpacked: {error}; fetch it again") from error


def first_line(error: Exception) -> str:
    """What polars has to say; what follows is the query's plan, which no user asked for."""
    return str(error).splitlines()[0]
