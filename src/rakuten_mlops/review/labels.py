"""From answers to labels: what people said becomes a revision of the catalogue.

An answer is stored at once, as an answer; a little later all of one author become one revision, so
that a morning's work is a line in the history, not two hundred. A training takes in all there are.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, or_, select, update

from rakuten_mlops.catalog.corrections import Corrections
from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.revision import NOT_A_PRODUCT, Revision
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import reachable
from rakuten_mlops.review.queue import now, wait_for_turn
from rakuten_mlops.tables import review_items

log = logging.getLogger(__name__)

# A revision is written when so many answers wait, or their author has paused for so long.
GROUP = 100
PAUSE = timedelta(minutes=10)

Answers = dict[int, tuple[Listing, int]]
"""What was said of which listing, by the item's number."""


class Labels:
    """The answers of one database, on their way into its catalogue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._catalog = Catalog(engine)

    def flush(self, *, paused_since: datetime | None = None) -> list[Revision]:
        """Make labels of all answers, a revision an author; returns these revisions.

        With `paused_since`, only of authors who have answered nothing since, or very much. Nothing
        is lost or done twice, whoever dies or flushes at the same time. Raises
        `DatabaseUnavailable`.
        """
        known = [*self._catalog.categories(), NOT_A_PRODUCT]
        written = [self._flush(author, known) for author in self._authors(paused_since)]
        return [revision for revision in written if revision is not None]

    def flush_due(self) -> list[Revision]:
        """Make labels of the answers whose authors have paused, or said enough for a revision."""
        return self.flush(paused_since=now() - PAUSE)

    def _authors(self, paused_since: datetime | None) -> list[str]:
        of = review_items.c.answered_by
        waiting = select(of).where(review_items.c.state == "answered").group_by(of).order_by(of)
        if paused_since is not None:
            last = func.max(review_items.c.answered_at)
            waiting = waiting.having(or_(last < paused_since, func.count() >= GROUP))
        with reachable(), self._engine.connect() as connection:
            return [author for author in connection.scalars(waiting) if author is not None]

    def _flush(self, author: str, known: list[int]) -> Revision | None:
        with self._catalog.correcting(kind="review", author=author) as corrections:
            wait_for_turn(corrections.connection)
            answers = _claim(corrections.connection, author, known)
            return _label(corrections, answers) if answers else None


def _claim(connection: Connection, author: str, known: list[int]) -> Answers:
    """Take the author's answers out of the queue, for good when this transaction ends well.

    One UPDATE: whoever flushes at the same time waits, and then finds none of them. An answer
    whose category is gone, since another catalogue took the place of the old one, is void.
    """
    columns = review_items.c
    own = update(review_items).where(columns.state == "answered", columns.answered_by == author)
    void = own.where(columns.answer_code.not_in(known)).values(state="void")
    if gone := connection.execute(void).rowcount:
        log.warning("%d answers of %s name categories that are gone", gone, author)
    wanted = (columns.id, columns.designation, columns.description, columns.answer_code)
    claimed = connection.execute(own.values(state="labelled").returning(*wanted))
    return {item: (Listing(*texts), code) for item, *texts, code in sorted(map(tuple, claimed))}


def _label(corrections: Corrections, answers: Answers) -> Revision | None:
    source = f"review queue, {len(answers)} answer{'' if len(answers) == 1 else 's'}"
    revision = corrections.store(list(answers.values()), source=source)
    labelled = update(review_items).where(review_items.c.id.in_(answers))
    since = None if revision is None else revision.revision
    corrections.connection.execute(labelled.values(revision=since))
    return revision
