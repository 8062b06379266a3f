"""Predictions on their way into the review queue, without a wait for whoever predicts.

`offer` only appends to a list in memory; a thread of the desk writes what is there from time to
time. When the list is full, because predictions come faster than anybody could look at them or
the database is away, offers are dropped and counted.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.review.item import Offer
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.sampling import is_drawn

log = logging.getLogger(__name__)

# A batch a second is far more than people answer, and takes the thread some milliseconds.
BATCH = 100
CAPACITY = 1_000

Note = Callable[[str, int], object]


def note_nothing(outcome: str, offers: int) -> None:
    """Count for nobody."""


class Intake:
    """The offers of one process. `share` of the predictions are drawn at random.

    `note` is told how many offers were `written` and `dropped` since the last time.
    """

    def __init__(
        self,
        offering: Offering,
        *,
        share: float,
        capacity: int = CAPACITY,
        note: Note = note_nothing,
    ) -> None:
        self._offering = offering
        self._share = share
        self._capacity = capacity
        self._note = note
        self._offers: deque[Offer] = deque()
        self._batch: list[Offer] = []
        self._dropping = threading.Lock()
        self._dropped = 0
        self._away = False

    def offer(
        self,
        version: str,
        designation: str,
        description: str,
        guesses: Sequence[tuple[int, str, float]],
        decision: str,
    ) -> None:
        """Offer a prediction, best guess first; doubtful ones are kept, and those that are drawn.

        Takes a few microseconds, and never fails or waits.
        """
        drawn = self.draws(version, designation)
        if not drawn and decision != "review":
            return
        # Doubtful listings leave room for the drawn ones, which nothing but time may choose among.
        if len(self._offers) >= (2 * self._capacity if drawn else self._capacity):
            self._drop(1)
            return
        offered = Offer(designation, description, version, guesses, decision, drawn=drawn)
        self._offers.append(offered)

    def draws(self, version: str, designation: str) -> bool:
        """Whether a prediction belongs to the random sample."""
        return is_drawn(version, designation, share=self._share)

    def write(self) -> None:
        """Write one batch; what the database cannot take now is tried again the next time."""
        while self._offers and len(self._batch) < BATCH:
            self._batch.append(self._offers.popleft())
        try:
            self._put()
        except DatabaseUnavailable as error:
            if not self._away:
                log.warning("offers for review wait until the database is back: %s", error)
            self._away = True
        except Exception:
            # A batch that cannot be written at all must not hold up those behind it.
            log.exception("dropped %d offers for review", len(self._batch))
            self._drop(len(self._batch))
            self._batch = []
        self._tell_dropped()

    def drain(self) -> None:
        """Write everything that waits, or drop it: this process ends."""
        self._away = False
        while (self._offers or self._batch) and not self._away:
            self.write()
        self._drop(len(self._offers) + len(self._batch))
        self._offers.clear()
        self._batch = []
        self._tell_dropped()

    def _put(self) -> None:
        writable = [offer for offer in self._batch if _is_text(offer)]
        if writable:
            self._offering.put(writable)
            self._note("written", len(writable))
        self._drop(len(self._batch) - len(writable))
        self._batch, self._away = [], False

    def _drop(self, offers: int) -> None:
        with self._dropping:
            self._dropped += offers

    def _tell_dropped(self) -> None:
        with self._dropping:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            self._note("dropped", dropped)


def _is_text(offer: Offer) -> bool:
    """Tell whether a database can store it: half a character no UTF-8 can, NUL no PostgreSQL."""
    try:
        written = f"{offer.designation}{offer.description}".encode()
    except UnicodeEncodeError:
        return False
    return b"\0" not in written
