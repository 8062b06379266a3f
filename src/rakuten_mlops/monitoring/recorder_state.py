"""What the recorder has done, in a file that every other process of the machine can read."""

import json
import logging
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "recorder.json"


@dataclass(frozen=True, slots=True)
class RecorderState:
    """Counts since the home folder was made; they outlive the recorder.

    `dropped` are listings that it could not write for a fault of theirs, and files, one each, that
    it could not read; `offered` went to the review queue. `at` is when it last emptied the spool.
    """

    recorded: int = 0
    dropped: int = 0
    pruned: int = 0
    offered: int = 0
    at: datetime | None = field(default=None)

    def plus(
        self, *, recorded: int = 0, dropped: int = 0, pruned: int = 0, offered: int = 0
    ) -> "RecorderState":
        """The state after more was done, now."""
        return replace(
            self,
            recorded=self.recorded + recorded,
            dropped=self.dropped + dropped,
            pruned=self.pruned + pruned,
            offered=self.offered + offered,
            at=datetime.now(UTC),
        )


def read_state(home: Path) -> RecorderState:
    """The state; a new one where there is none, or none that can be read."""
    try:
        found = json.loads((home / FILE).read_text(encoding="utf-8"))
        at = found.pop("at")
        return RecorderState(**found, at=None if at is None else datetime.fromisoformat(at))
    except FileNotFoundError:
        return RecorderState()
    except (OSError, ValueError, KeyError, TypeError):
        log.exception("%s cannot be read; counting begins anew", home / FILE)
        return RecorderState()


def write_state(home: Path, state: RecorderState) -> None:
    """Replace the file in one step; a disk that refuses costs only that others do not see it."""
    draft = home / f"{FILE}.{os.getpid()}.draft"
    try:
        draft.write_text(json.dumps(asdict(state), default=datetime.isoformat), encoding="utf-8")
        draft.replace(home / FILE)
    except OSError as error:
        log.warning("the recorder's counts cannot be written: %s", error)
