"""The answers so far, in a folder beside the target: what a next try goes on from.

answers.csv.part/state         JSON: how far they are, and what they were made of
answers.csv.part/answers.csv   the pieces, one after the other; for Parquet a file for each

A piece is kept when `state` says so, and it says so once the piece is on the disk; what lies behind
it is written anew. The first piece has no rows: it is the header.
"""

import fcntl
import json
import logging
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import polars as pl

from rakuten_mlops.errors import UnwritableFile
from rakuten_mlops.memory import give_back_all
from rakuten_mlops.serving.files.source import first_line

# Larger groups make the file smaller by a hundredth, and writing it larger in memory.
GROUP_ROWS = 20_000
GROUP_BYTES = 16 * 2**20

log = logging.getLogger(__name__)

# What answers were made of, by name, in JSON's types.
Origin = Mapping[str, object]


class Piece(NamedTuple):
    """Answers as they are written, how many they are, and the source's place behind them."""

    content: bytes
    rows: int
    place: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept, and the source's place behind it."""

    pieces: int = 0
    rows: int = 0
    size: int = 0
    place: int = 0


@contextmanager
def open_draft(target: Path) -> Generator["Draft"]:
    """The draft of a target, for this process alone; without a single row it leaves no trace.

    Raises UnwritableFile if the target is of an unknown kind, its place is taken, or another
    process is writing it.
    """
    kinds = {".csv": CsvDraft, ".parquet": ParquetDraft}
    if target.suffix not in kinds:
        raise UnwritableFile(f"{target} ends in neither .csv nor .parquet")
    if target.is_dir():
        raise UnwritableFile(f"{target} is a folder")
    folder = target.with_name(f"{target.name}.part")
    folder.mkdir(exist_ok=True)
    with _locked(folder, target):
        draft = kinds[target.suffix](folder)
        try:
            yield draft
        finally:
            draft.settle()
            if not draft.kept.rows:
                draft.discard()


class Draft(ABC):
    """Pieces of answers on their way to a target, and what they were made of (`origin`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin: Origin = {}
        self.kept = Kept()
        self._read_state()

    def begin(self, origin: Origin, place: int, no_answers: pl.DataFrame) -> None:
        """Drop what is kept, and begin with the header: answers without a row."""
        for path in self.folder.iterdir():
            path.unlink()
        self.origin, self.kept = origin, Kept()
        self._write_state(self.kept)
        self.keep(Piece(self._header(no_answers), 0, place))

    @abstractmethod
    def encode(self, answers: pl.DataFrame) -> bytes:
        """A piece as it is written; any thread may do that, at any time."""

    def keep(self, piece: Piece) -> None:
        """Write the next piece; when this returns, no loss of power undoes it."""
        self._store(piece.content)
        kept = Kept(
            self.kept.pieces + 1,
            self.kept.rows + piece.rows,
            self.kept.size + len(piece.content),
            piece.place,
        )
        self._write_state(kept)
        self.kept = kept

    def settle(self) -> None:
        """Know what the folder says is kept: Ctrl-C may have come while `keep` ended."""
        try:
            state = self._state.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.kept = Kept()
        else:
            self.kept = Kept(**json.loads(state)["kept"])

    def finish(self, target: Path) -> None:
        """Make the target of all pieces, in one step, and remove the draft."""
        joined = self._join()
        _sync(joined)
        joined.replace(target)
        _sync(target.parent)
        self.discard()

    def discard(self) -> None:
        """Remove the draft."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def _header(self, no_answers: pl.DataFrame) -> bytes: ...

    @abstractmethod
    def _store(self, content: bytes) -> None: ...

    @abstractmethod
    def _stored(self) -> int:
        """How many bytes of the pieces are there."""

    @abstractmethod
    def _join(self) -> Path: ...

    @property
    def _state(self) -> Path:
        return self.folder / "state"

    def _read_state(self) -> None:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
        except FileNotFoundError:
            strangers = {path.name for path in self.folder.iterdir()} - {"state.next"}
            if strangers:
                raise UnwritableFile(
                    f"{self.folder} is in the way and holds {min(strangers)}; move it"
                ) from None
        else:
            self.origin, self.kept = state["origin"], Kept(**state["kept"])
            if self._stored() < self.kept.size:
                log.warning("%s has lost some of its pieces; it is begun anew", self.folder)
                self.origin, self.kept = {}, Kept()

    def _write_state(self, kept: Kept) -> None:
        # In one step, or a loss of power could leave half of it.
        coming = self.folder / "state.next"
        state = {"origin": self.origin, "kept": asdict(kept)}
        coming.write_text(json.dumps(state), encoding="utf-8")
        _sync(coming)
        coming.replace(self._state)


class CsvDraft(Draft):
    """One file that grows."""

    def encode(self, answers: pl.DataFrame) -> bytes:
        content = BytesIO()
        answers.write_csv(content, include_header=False)
        return content.getvalue()

    @property
    def _answers(self) -> Path:
        return self.folder / "answers.csv"

    def _header(self, no_answers: pl.DataFrame) -> bytes:
        try:
            # Some types are only refused with a row.
            no_answers.clear(1).write_csv()
            return no_answers.write_csv().encode()
        except pl.exceptions.PolarsError as error:
            raise UnwritableFile(
                f"These columns cannot be CSV ({first_line(error)}); choose .parquet"
            ) from error

    def _store(self, content: bytes) -> None:
        with self._answers.open("r+b" if self.kept.pieces else "wb") as file:
            file.seek(self.kept.size)
            file.write(content)
            file.truncate()
        _sync(self._answers)

    def _stored(self) -> int:
        return self._answers.stat().st_size if self._answers.exists() else 0

    def _join(self) -> Path:
        return self._answers


class ParquetDraft(Draft):
    """A file in Arrow's format for each piece: Parquet cannot grow."""

    def encode(self, answers: pl.DataFrame) -> bytes:
        content = BytesIO()
        answers.write_ipc(content)
        return content.getvalue()

    def _header(self, no_answers: pl.DataFrame) -> bytes:
        return self.encode(no_answers)

    def _store(self, content: bytes) -> None:
        path = self._piece(self.kept.pieces)
        path.write_bytes(content)
        _sync(path)

    def _stored(self) -> int:
        return sum(path.stat().st_size for path in self._pieces() if path.exists())

    def _join(self) -> Path:
        joined = self.folder / "answers.parquet"
        # What classifying has left must not stand beside what writing takes.
        give_back_all()
        pl.scan_ipc(self._pieces(), glob=False).sink_parquet(joined, row_group_size=self._group())
        return joined

    def _group(self) -> int:
        """How many rows are written together: fewer where each is long."""
        fitting = GROUP_BYTES * self.kept.rows // max(self.kept.size, 1)
        return min(GROUP_ROWS, max(fitting, 1))

    def _pieces(self) -> list[Path]:
        return [self._piece(number) for number in range(self.kept.pieces)]

    def _piece(self, number: int) -> Path:
        return self.folder / f"{number:06}.arrow"


@contextmanager
def _locked(folder: Path, target: Path) -> Generator[None]:
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UnwritableFile(f"Another process is writing {target}; wait for its end") from error
    finally:
        os.close(lock)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
