"""The review desk of one process: its queue, its intake, and the thread that keeps both going."""

import logging
import threading
import time
from datetime import timedelta

from sqlalchemy import Engine

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.review.feedback import Feedback, Limits
from rakuten_mlops.review.intake import Intake, Note, note_nothing
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
LABEL_SECONDS = 30.0
CLOSE_SECONDS = 5.0


class Desk:
    """One of each, made from the settings; `follow` starts the thread, `close` ends it."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        *,
        note: Note = note_nothing,
        write_seconds: float = WRITE_SECONDS,
        label_seconds: float = LABEL_SECONDS,
    ) -> None:
        self.queue = Queue(engine, lease=timedelta(minutes=settings.review_lease_minutes))
        self.offering = Offering(engine, limit=settings.review_limit)
        self.intake = Intake(self.offering, share=settings.review_sample_share, note=note)
        self.labels = Labels(engine)
        limits = Limits(settings.max_designation, settings.max_description)
        self.feedback = Feedback(engine, limits=limits)
        self._write_seconds = write_seconds
        self._label_seconds = label_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="review desk", daemon=True)

    def follow(self) -> None:
        """Write offers every second, and make labels of answers when they are due."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what waits in the intake is written if the database takes it."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        labelled_at = time.monotonic()
        while not self._ended.wait(self._write_seconds):
            self.intake.write()
            if time.monotonic() - labelled_at > self._label_seconds:
                labelled_at = time.monotonic()
                self._label()
        self.intake.drain()

    def _label(self) -> None:
        try:
            self.labels.flush_due()
        except DatabaseUnavailable as error:
            log.warning("answers become labels when the database is back: %s", error)
        except Exception:
            # Without this thread nothing would enter the queue any more, in silence.
            log.exception("cannot make labels of answers; trying again")
