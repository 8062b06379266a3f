"""The review desk of one process: its queue, and the thread that makes labels of answers."""

import logging
import threading
from datetime import timedelta

from sqlalchemy import Engine

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.review.feedback import Feedback, Limits
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.queue import Queue
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

LABEL_SECONDS = 30.0
CLOSE_SECONDS = 5.0


class Desk:
    """One of each, made from the settings; `follow` starts the thread, `close` ends it."""

    def __init__(
        self, engine: Engine, settings: Settings, *, label_seconds: float = LABEL_SECONDS
    ) -> None:
        self.queue = Queue(engine, lease=timedelta(minutes=settings.review_lease_minutes))
        self.labels = Labels(engine)
        limits = Limits(settings.max_designation, settings.max_description)
        self.feedback = Feedback(engine, limits=limits)
        self._label_seconds = label_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="review desk", daemon=True)

    def follow(self) -> None:
        """Make labels of answers when they are due."""
        self._thread.start()

    def close(self) -> None:
        """Stop; answers that wait become labels at another time."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._ended.wait(self._label_seconds):
            self._label()

    def _label(self) -> None:
        try:
            self.labels.flush_due()
        except DatabaseUnavailable as error:
            log.warning("answers become labels when the database is back: %s", error)
        except Exception:
            # Without this thread answers would wait for ever, in silence.
            log.exception("cannot make labels of answers; trying again")
