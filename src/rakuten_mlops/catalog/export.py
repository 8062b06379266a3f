"""A revision's labelled listings as one Parquet file, which proves by itself what it holds.

The revision, its fingerprint and its counts stand in the file's metadata and, for whoever cannot
read Parquet, in a JSON file beside it.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from rakuten_mlops.catalog.snapshot import SCHEMA, Counts, Snapshot, fingerprint
from rakuten_mlops.errors import UnreadableFile

KEY = "rakuten-mlops"
FORMAT = 1


def write_export(snapshot: Snapshot, target: Path) -> Path:
    """Write a snapshot and its sidecar, `TARGET.json`; return the Parquet file.

    Where `target` does not end in .parquet it is a folder, made if need be, and the file is named
    after its revision. The same rows and polars make the same bytes. Both files appear when they
    are complete.
    """
    if target.suffix != ".parquet":
        target = target / f"revision-{snapshot.revision}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = _facts(snapshot)
    draft, sidecar_draft = (_part(path) for path in (target, _sidecar(target)))
    try:
        snapshot.rows.write_parquet(draft, metadata={KEY: json.dumps(facts)})
        described = facts | {"file": target.name, "sha256": _sha256(draft)}
        sidecar_draft.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
        draft.replace(target)
        sidecar_draft.replace(_sidecar(target))
    finally:
        draft.unlink(missing_ok=True)
        sidecar_draft.unlink(missing_ok=True)
    return target


def read_export(source: Path) -> Snapshot:
    """Return the snapshot that a file holds, after computing its fingerprint anew.

    Raises UnreadableFile for a file that is missing, of another kind, or not what it says.
    """
    if not source.is_file():
        raise UnreadableFile(f"There is no file {source}")
    try:
        metadata = pl.read_parquet_metadata(source)
        rows = pl.read_parquet(source)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableFile(f"{source} is no readable Parquet file: {reason}") from error
    try:
        facts = json.loads(metadata[KEY])
        counts, held = facts["counts"], facts["holdout_sha256"]
        codes = {int(code): listings for code, listings in counts.pop("categories").items()}
        claimed = Snapshot(
            facts["revision"], facts["fingerprint"], Counts(categories=codes, **counts), rows
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableFile(
            f"{source} does not say which revision it holds; make one with `rakuten-mlops export`"
        ) from error
    if dict(rows.schema) != SCHEMA or any(rows.null_count().row(0)):
        raise UnreadableFile(f"{source} has not the columns {', '.join(SCHEMA)}, filled throughout")
    if fingerprint(rows) != claimed.fingerprint or _membership(rows) != held:
        raise UnreadableFile(
            f"{source} was changed after it was made: its rows have not the fingerprint "
            f"{claimed.fingerprint[:12]}… that it names, or not the holdout"
        )
    return claimed


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "revision": snapshot.revision,
        "fingerprint": snapshot.fingerprint,
        "holdout_sha256": _membership(snapshot.rows),
        "counts": asdict(snapshot.counts),
    }


def _membership(rows: pl.DataFrame) -> str:
    """The SHA-256 of which rows are in the holdout, a byte each: the fingerprint leaves it out."""
    return hashlib.sha256(rows["in_holdout"].to_numpy().tobytes()).hexdigest()


def _sidecar(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
