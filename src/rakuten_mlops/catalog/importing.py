"""An import in a process of its own: what goes in, and what comes back.

Nothing of it stays in the process that asks: neither the time that reading takes, nor the memory.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rakuten_mlops import errors
from rakuten_mlops.errors import CatalogError, RakutenError

if TYPE_CHECKING:
    from rakuten_mlops.catalog.importer import ImportReport

SHOWN_REJECTS = 200


@dataclass(frozen=True)
class Order:
    """Files to import; without `commit` it is only tried. `rejects_file` takes the bad rows."""

    x: Path
    y: Path | None
    labels: Path | None
    rejects_file: Path
    author: str
    replace: bool
    max_rejected: float
    commit: bool


def import_apart(order: Order, environment: Mapping[str, str]) -> dict[str, Any]:
    """Import in a process of its own, with the settings of an environment; return its report.

    Raises what the import raised, by its name.
    """
    values = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(order).items()
    }
    done = subprocess.run(
        [sys.executable, "-m", "rakuten_mlops.catalog"],
        input=json.dumps(values).encode(),
        stdout=subprocess.PIPE,
        env=os.environ | dict(environment),
        check=False,
    )
    if done.returncode:
        raise CatalogError(
            f"The import ended with status {done.returncode}; nothing was stored, and the log of "
            "the API says more"
        )
    answer = json.loads(done.stdout)
    if kind := answer.get("error"):
        raise getattr(errors, kind, CatalogError)(answer["message"])
    return answer | {"rejects": first_rejects(order.rejects_file)}


def describe(report: "ImportReport") -> dict[str, Any]:
    """A report as JSON has it; the revision by its number."""
    values = {name: value for name, value in asdict(report).items() if name != "rejects_path"}
    return values | {"revision": report.revision and report.revision.revision}


def failure(error: RakutenError) -> dict[str, Any]:
    """An error as JSON has it."""
    return {"error": type(error).__name__, "message": str(error)}


def first_rejects(path: Path) -> list[dict[str, Any]]:
    """The first bad rows that an import wrote down; none if it met none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = islice(csv.DictReader(file), SHOWN_REJECTS)
        return [{**row, "line": int(row["line"])} for row in rows]
