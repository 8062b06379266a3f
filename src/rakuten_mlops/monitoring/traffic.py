"""What was asked and answered, on its way out of the process that answers.

A worker only appends to a list in memory; a thread writes the list into the spool from time to
time, a file of its own each time; the recorder, another process, reads the files and removes them.
Whatever goes wrong here costs records, which are counted, and never an answer.
"""

import fcntl
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic_core import from_json

log = logging.getLogger(__name__)

SPOOL = "traffic"
SECONDS = 0.5
# Bytes that wait in memory for a moment, and on disk for a recorder that is away.
WAITING_BYTES = 64 * 2**20
SPOOL_BYTES = 256 * 2**20
BUFFER = 2**17
# Whoever answers waits as long as the thread writes, so it writes in pieces. A pause ends when it
# gets the interpreter back, after 5 ms at worst: pieces must be large enough for what is served.
PIECE = 2**19
PAUSE = 1e-4
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Served:
    """One listing as it was asked and answered.

    `seconds` is the time of the whole request, also where it held many listings; `alternatives`
    are the answer's.
    """

    at: datetime
    seconds: float
    designation: str
    description: str
    version: str
    prdtypecode: int
    confidence: float
    decision: str
    request_id: str = ""
    alternatives: Sequence[Mapping[str, Any]] = ()


def exchange(at: float, seconds: float, body: bytes, answer: bytes, request_id: str = "") -> bytes:
    """A request of `/predict` or `/predict_batch` and its answer, as a piece of JSON.

    Both are JSON as they were sent. The request's id holds nothing that would be escaped.
    """
    return b'{"at":%f,"seconds":%f,"request_id":"%b","body":%b,"answer":%b}' % (
        *(at, seconds, request_id.encode()),
        *(body, answer),
    )


class Spool:
    """A folder of files, each a JSON array of exchanges that one worker saw in a moment."""

    def __init__(self, folder: Path, *, most_bytes: int = SPOOL_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._numbers = itertools.count()

    def write(self, exchanges: Sequence[bytes]) -> bool:
        """Write a file of some exchanges, whole or not at all; False if the spool is full."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.size() > self._most_bytes:
            return False
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self._numbers)}{SUFFIX}"
        draft = self.folder / f"{name}.draft"
        try:
            with draft.open("wb", buffering=BUFFER) as file:
                before, written = b"[", 0
                for exchange in exchanges:
                    file.write(before)
                    written += file.write(exchange)
                    before = b","
                    if written >= PIECE:
                        written = 0
                        time.sleep(PAUSE)
                file.write(b"]")
            draft.replace(self.folder / name)
        finally:
            # A disk that is full is not to be filled with what was begun.
            draft.unlink(missing_ok=True)
        return True

    def files(self) -> list[Path]:
        """What waits to be read, oldest first."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    @contextmanager
    def being_read(self) -> Generator[bool]:
        """Whether nobody else reads now; nobody else will until this ends."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def sweep(self, *, older_than: float) -> None:
        """Remove drafts that a killed worker left, so many seconds ago: they hold texts, too."""
        for draft in self.folder.glob(f"*{SUFFIX}.draft"):
            with suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > older_than:
                    draft.unlink()

    def size(self) -> int:
        """Bytes of what waits to be read."""
        found = 0
        for path in self.files():
            # The recorder may remove one meanwhile.
            with suppress(FileNotFoundError):
                found += path.stat().st_size
        return found


class Tap:
    """Takes the exchanges of one worker. `note_dropped` is told how many were lost."""

    def __init__(
        self,
        spool: Spool,
        note_dropped: Callable[[int], object],
        *,
        most_bytes: int = WAITING_BYTES,
    ) -> None:
        self._spool = spool
        self._note_dropped = note_dropped
        self._most_bytes = most_bytes
        self._waiting: list[bytes] = []
        self._bytes = self._dropped = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, exchange: bytes) -> None:
        """Keep an exchange for the spool; takes a microsecond, and never fails or waits."""
        with self._lock:
            self._bytes += len(exchange)
            if self._bytes <= self._most_bytes:
                self._waiting.append(exchange)
            else:
                self._dropped += 1

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            exchanges, self._waiting = self._waiting, []
            dropped, self._dropped, self._bytes = self._dropped, 0, 0
        if exchanges and not self._write(exchanges):
            dropped += len(exchanges)
        if dropped:
            self._note_dropped(dropped)

    def _write(self, exchanges: list[bytes]) -> bool:
        try:
            return self._spool.write(exchanges)
        except OSError:
            log.exception("what was served cannot be recorded")
            return False

    def start(self) -> None:
        """Flush in a thread of its own until `close`."""
        self._thread = threading.Thread(target=self._flush_often, daemon=True)
        self._thread.start()

    def _flush_often(self) -> None:
        while not self._ended.wait(SECONDS):
            self.flush()

    def close(self) -> None:
        """Flush for the last time."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()


def read(file: Path) -> Generator[Served]:
    """The listings of a file of the spool, in their order. Raises ValueError if it is damaged."""
    for exchange in from_json(file.read_bytes()):
        body, answer = exchange["body"], exchange["answer"]
        listings = body.get("items", [body])
        predictions = answer.get("predictions", [answer])
        for listing, prediction in zip(listings, predictions, strict=True):
            yield _served(exchange, listing, prediction)


def _served(
    exchange: dict[str, Any], listing: dict[str, Any], prediction: dict[str, Any]
) -> Served:
    return Served(
        at=datetime.fromtimestamp(exchange["at"], UTC),
        seconds=exchange["seconds"],
        designation=_storable(listing["designation"]),
        description=_storable(listing.get("description") or ""),
        version=prediction["model_version"],
        prdtypecode=prediction["prdtypecode"],
        confidence=prediction["confidence"],
        decision=prediction["decision"],
        request_id=exchange.get("request_id", ""),
        alternatives=prediction["alternatives"],
    )


def _storable(text: str) -> str:
    """PostgreSQL keeps no text with a NUL in it."""
    return text.replace("\0", " ")
