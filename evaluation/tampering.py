"""Change a database past the program that owns it, and undo that."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from evaluation.history import LAST, Place


@contextlib.contextmanager
def nothing() -> Generator[None]:
    """Change nothing."""
    yield


@contextlib.contextmanager
def edited(database: Path, statement: str, *values: Any) -> Generator[None]:
    """Run a statement past the program that owns a database, and undo it afterwards."""
    with (
        contextlib.closing(sqlite3.connect(database)) as live,
        contextlib.closing(sqlite3.connect(":memory:")) as before,
    ):
        live.backup(before)
        changed = live.execute(statement, values).rowcount
        live.commit()
        if changed != 1:
            raise RuntimeError(f"{statement} changed {changed} rows, not one")
        try:
            yield
        finally:
            before.backup(live)


def tagged(place: Place, tag: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Change a tag of the last version in MLflow's own database."""
    with contextlib.closing(sqlite3.connect(place.registry)) as database:
        ((text,),) = database.execute(
            "SELECT value FROM model_version_tags WHERE key = ? AND version = ?", (tag, LAST)
        )
    return edited(
        place.registry,
        "UPDATE model_version_tags SET value = ? WHERE key = ? AND version = ?",
        json.dumps(change(json.loads(text))),
        tag,
        LAST,
    )
