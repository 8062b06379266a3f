"""The manifest beside a scorer's files: their format and checksums. Read without numpy."""

import json
from pathlib import Path
from typing import Any

from rakuten_mlops.errors import ScorerCorrupt, ScorerOutdated

FORMAT = 3
OLDEST = 2
MANIFEST = "scorer.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a scorer's folder says of itself.

    Raises ScorerOutdated for a format that is read no more, ScorerCorrupt for one that is not known
    yet, or where there is no scorer.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = int(manifest["format"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ScorerCorrupt(f"{folder} holds no complete scorer: {error}") from error
    if found < OLDEST:
        raise ScorerOutdated(
            f"{folder} is of format {found}; this program reads {OLDEST} to {FORMAT}"
        )
    if found > FORMAT:
        raise ScorerCorrupt(
            f"{folder} is of format {found}, from a newer program; this one reads {OLDEST} to "
            f"{FORMAT}: upgrade"
        )
    return manifest
