"""Turn what was served into rows of the log, and new words into names."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from rakuten_mlops.database import insert_into
from rakuten_mlops.monitoring.known_words import KnownWords
from rakuten_mlops.monitoring.prediction_log import Rows, add, row_of
from rakuten_mlops.monitoring.text_statistics import describe
from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.monitoring.word_naming import WordNaming
from rakuten_mlops.settings import Settings
from rakuten_mlops.tables import logged_words


class Entries:
    """Describes listings by the words that the version which answered knows."""

    def __init__(self, settings: Settings) -> None:
        self._keep_text = settings.log_texts
        self._known = KnownWords(settings.home)
        self._naming = WordNaming()
        self._written: dict[int, str] = {}

    def write(self, connection: Connection, rows: Rows) -> None:
        """Write rows, and the words that may be named by now, within a transaction."""
        add(connection, rows)
        self._written = self._naming.due()
        if self._written:
            _name(connection, self._written)

    def settle(self) -> None:
        """Take note that the transaction is committed."""
        self._naming.settle(self._written)

    def forget_names(self) -> None:
        """Name anew what is still used, once old names are deleted."""
        self._naming.forget()

    def rows(self, served: Sequence[Served]) -> Rows:
        """What was served as rows of the log."""
        rows = []
        for one in served:
            text = describe(one.designation, one.description, self._known.of(one.version))
            if text.strangers:
                # The same text is the same listing, however often it comes.
                self._naming.see(text.strangers, hash((one.designation, one.description)))
            rows.append(row_of(one, text, keep_text=self._keep_text))
        return rows


def _name(connection: Connection, words: dict[int, str]) -> None:
    """Write words down; another machine may have written some of them already."""
    now = datetime.now(UTC)
    rows = [{"hash": number, "word": word, "named_at": now} for number, word in words.items()]
    statement = insert_into(connection, logged_words)
    connection.execute(statement.on_conflict_do_nothing(), rows)
