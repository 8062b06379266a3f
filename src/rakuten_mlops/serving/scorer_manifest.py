"""The manifest beside a scorer's files: their format and checksums. Read without numpy."""

import json
from pathlib import Path
from typing import Any

from rakuten_mlops.errors import ScorerCorrupt, ScorerOutdated

FORMAT = 2
MANIFEST = "scorer.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a scorer's folder says of itself.

    Raises ScorerOutdated for an older format than today's, ScorerCorrupt for one that is not known,
    or where there is no scorer.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = int(manifest["format"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ScorerCorrupt(f"{folder} holds no complete scorer: {error}") from error
    if found < FORMAT:
        raise ScorerOutdated(f"{folder} is of format {found}; this program reads format {FORMAT}")
    if found > FORMAT:
        raise ScorerCorrupt(
            f"{folder} is of format {found}, from a newer program; this one reads {FORMAT}: upgrade"
        )
    return manifest
