"""Classify a file of listings into another: piece by piece, on all cores, whole or not at all."""

import os
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import polars as pl

from rakuten_mlops import __version__
from rakuten_mlops.errors import RakutenError, UnreadableFile
from rakuten_mlops.serving.files.answers import Answerer
from rakuten_mlops.serving.files.draft import Draft, Origin, Piece, open_draft
from rakuten_mlops.serving.files.source import Source, fingerprint, first_line
from rakuten_mlops.serving.predictor import Champion

# Why a draft cannot be gone on with, by what differs in its origin.
CHANGES = {
    "listings": "the listings have changed",
    "champion": "another champion is in service",
    "accept_confidence": "RAKUTEN_ACCEPT_CONFIDENCE has changed",
    "program": "the program has changed",
}
# Pieces that wait, so that no core does while the oldest one is written.
AHEAD = 1

Progress = Callable[[int, int | None], object]
Note = Callable[[str], object]


def predict_file(
    source: Source,
    target: Path,
    champion: Champion,
    *,
    accept_confidence: float,
    restart: bool = False,
    note: Note,
    progress: Progress,
) -> int:
    """Write the source's rows with the columns of an answer behind them; return how many.

    The target appears when it is complete. A try that was broken off is gone on with by the same
    call, with the same bytes as without a break; `note` is told so, or why it is not, and how much
    is kept. `progress` gets the number of listings that are done, and of all once that is known.

    Raises UnreadableFile, after which nothing is kept, and UnwritableFile.
    """
    origin = _origin(source, champion, accept_confidence)
    answerer = Answerer(champion, accept_confidence, list(source.schema))
    with open_draft(target) as draft:
        count = _Count(source)
        if not _can_resume(draft, origin, count, restart=restart, note=note):
            draft.begin(origin, source.start, answerer.no_answers(source.schema))
        progress(draft.kept.rows, count.so_far)
        try:
            with closing(_in_order(source, draft, answerer)) as pieces:
                for piece in pieces:
                    draft.keep(piece)
                    progress(draft.kept.rows, count.so_far)
            if fingerprint(source.path) != origin["listings"]:
                raise UnreadableFile(f"{source.path} was changed while it was read")
            done = draft.kept.rows
            draft.finish(target)
        except UnreadableFile:
            # Whoever mends the file makes it another one.
            draft.discard()
            raise
        except (KeyboardInterrupt, OSError):
            draft.settle()
            if draft.kept.rows:
                note(f"{draft.kept.rows:,} listings are kept; the same call goes on from there")
            raise
        return done


class _Count:
    """How many listings a source has: counted beside the work, which need not wait for it."""

    def __init__(self, source: Source) -> None:
        self.so_far: int | None = None
        self._source = source
        self._thread = Thread(target=self._count, daemon=True)
        self._thread.start()

    def wait(self) -> int:
        """The number. Raises UnreadableFile."""
        self._thread.join()
        return self._source.count() if self.so_far is None else self.so_far

    def _count(self) -> None:
        # What cannot be counted cannot be read, and that is told by whoever reads.
        with suppress(RakutenError, OSError):
            self.so_far = self._source.count()


def _origin(source: Source, champion: Champion, accept_confidence: float) -> Origin:
    return {
        "listings": fingerprint(source.path),
        "champion": f"version {champion.version}, here since {champion.since.isoformat()}",
        "accept_confidence": accept_confidence,
        "program": f"{__version__}, polars {pl.__version__}",
    }


def _can_resume(
    draft: Draft, origin: Origin, count: "_Count", *, restart: bool, note: Note
) -> bool:
    kept = draft.kept
    if not kept.rows:
        return False
    changes = [why for name, why in CHANGES.items() if draft.origin.get(name) != origin[name]]
    if restart or changes:
        why = "as asked" if restart else " and ".join(changes)
        note(f"Starting anew, not after {kept.rows:,} listings: {why}")
        return False
    note(f"Resuming after {kept.rows:,} of {count.wait():,} listings")
    return True


def _in_order(source: Source, draft: Draft, answerer: Answerer) -> Generator[Piece]:
    """The pieces that the draft lacks, in the order of the source."""

    def work(rows: pl.DataFrame, place: int) -> Piece:
        try:
            return Piece(draft.encode(answerer.answer(rows)), rows.height, place)
        except pl.exceptions.PolarsError as error:
            raise UnreadableFile(f"{source.path} cannot be read: {first_line(error)}") from error

    cores = os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores, thread_name_prefix="classifying")
    ahead: deque[Future[Piece]] = deque()
    try:
        with closing(source.pieces(draft.kept.place)) as pieces:
            for rows, place in pieces:
                ahead.append(pool.submit(work, rows, place))
                if len(ahead) > cores + AHEAD:
                    yield ahead.popleft().result()
        for piece in ahead:
            yield piece.result()
    finally:
        pool.shutdown(cancel_futures=True)
