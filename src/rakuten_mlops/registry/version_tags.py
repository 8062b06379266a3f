"""What MLflow keeps of a version in its tags: figures, verdict and moves of aliases, as JSON.

Pure: whoever has got the tags, by MLflow's client or without it, reads them here.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rakuten_mlops.errors import UnknownVersion
from rakuten_mlops.registry.model_registry import MODEL_NAME, AliasMove, ModelVersion

VERDICT = "verdict"
MOVE = "move."

Tags = Mapping[str, str]


def read_version(
    version: str, *, created_ms: int, run_id: str, tags: Tags, aliases: Iterable[str]
) -> ModelVersion:
    """Put together what is known of a version; `created_ms` since 1970."""
    return ModelVersion(
        version=version,
        created_at=datetime.fromtimestamp(created_ms / 1000, UTC),
        aliases=tuple(aliases),
        parameters=_value(tags, "parameters") or {},
        lineage=_value(tags, "lineage") or {},
        scorecard=_value(tags, "scorecard") or {},
        verdict=_value(tags, VERDICT),
        run_id=run_id,
    )


def read_moves(versions: Iterable[Tags]) -> list[AliasMove]:
    """Every recorded move, newest first, from the tags of all versions."""
    records = [
        (key, json.loads(value))
        for tags in versions
        for key, value in tags.items()
        if key.startswith(MOVE)
    ]
    return [
        AliasMove(**record | {"at": datetime.fromisoformat(record["at"])})
        for _, record in sorted(records, key=lambda pair: pair[0], reverse=True)
    ]


def move_tag(move: AliasMove) -> tuple[str, str]:
    """The tag that records a move which is made now: its key and its value."""
    record = asdict(move) | {"at": move.at.isoformat()}
    return f"{MOVE}{time.time_ns():020d}", as_json(record)


def check_number(version: str) -> str:
    """Return a version that may exist. Raises UnknownVersion for what is no number."""
    if not version.isdecimal():
        raise UnknownVersion(f"{MODEL_NAME} has no version {version!r}; versions are numbers")
    return version


def by_version(aliases: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    """Aliases by the version that carries them, in the order of the alphabet."""
    found: dict[str, list[str]] = {}
    for alias, version in sorted(aliases):
        found.setdefault(str(version), []).append(alias)
    return found


def as_json(value: Mapping[str, Any]) -> str:
    """The value of a tag."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _value(tags: Tags, name: str) -> Any:
    return json.loads(tags.get(name, "null"))
