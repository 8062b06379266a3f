"""Of what a registered version was made, and what of it is different here and now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from rakuten_mlops.catalog.export import read_export
from rakuten_mlops.catalog.row_digests import (
    DIGESTS,
    FILE,
    RowChanges,
    compare_rows,
    digest_rows,
    read_row_digests,
)
from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.errors import CannotReproduce, DataMismatch, UnknownRevision, UnknownVersion
from rakuten_mlops.registry.lineage import (
    Aspect,
    Difference,
    commit_name,
    compare_lineages,
    compare_parameters,
)
from rakuten_mlops.registry.model_registry import ModelRegistry, ModelVersion
from rakuten_mlops.training.fitted import MODEL_FILE, read_fitted_parameters
from rakuten_mlops.training.machine import describe_machine
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import environment

# What a version is made of, likeliest causes of a difference first.
ASPECTS: tuple[Aspect, ...] = ("data", "parameters", "code", "packages", "machine")
NAMED = 5
# Parameters that versions did not always register; their model's file shows them.
REGISTERED_LATER = ("bias", "title_chars")

Read = Callable[[ModelVersion], Snapshot]
"""Returns the rows of a version's revision."""


@dataclass(frozen=True)
class Origin:
    """A version, the rows of its revision as they are now, and what else differs."""

    version: ModelVersion
    parameters: Parameters
    snapshot: Snapshot
    differences: tuple[Difference, ...]

    @property
    def commit(self) -> str:
        """The code that made it."""
        return str(self.version.lineage["git_commit"])

    def said_of(self, aspect: Aspect) -> str:
        """What the version says of one aspect, in short; empty where it is silent."""
        lineage = self.version.lineage
        if aspect == "data":
            rows = lineage.get("training_rows", 0) + lineage.get("holdout_rows", 0)
            return f"revision {lineage['revision']}, {rows:,} labelled listings"
        if aspect == "code":
            return commit_name(self.commit)
        if aspect == "parameters":
            return _listed(self.version.parameters)
        return _listed(lineage.get(aspect, {}))


def from_catalog(catalog: Catalog) -> Read:
    """Read a version's revision from the catalogue; UnknownRevision if it has none of it."""

    def read(version: ModelVersion) -> Snapshot:
        try:
            return catalog.snapshot(version.lineage["revision"])
        except UnknownRevision as error:
            raise UnknownRevision(
                f"{error}. Version {version.version} was made of another catalogue, or of one that "
                "is lost; the revision, once exported, serves as well: --data FILE"
            ) from error

    return read


def from_export(source: Path) -> Read:
    """Read a version's revision from an exported file; DataMismatch if it holds another."""

    def read(version: ModelVersion) -> Snapshot:
        snapshot, lineage = read_export(source), version.lineage
        if snapshot.fingerprint != lineage["fingerprint"]:
            raise DataMismatch(
                f"{source} holds revision {snapshot.revision} with fingerprint "
                f"{snapshot.fingerprint[:12]}…, and version {version.version} was made of revision "
                f"{lineage['revision']} with fingerprint {lineage['fingerprint'][:12]}…"
            )
        return snapshot

    return read


def examine(registry: ModelRegistry, version: str, read: Read, *, commit: str) -> Origin:
    """Find a version's origin and compare it with what is here; `commit` is this code's.

    Raises UnknownVersion; CannotReproduce if the version names no origin, or parameters that this
    code does not know; and what `read` raises.
    """
    found = registry.version(version)
    _check_lineage(found)
    fitted = _fitted(registry, version)
    found = replace(found, parameters=_shown_later(fitted) | dict(found.parameters))
    parameters = _parameters(found)
    snapshot = read(found)
    differences = [
        *_row_differences(registry, version, snapshot),
        *compare_lineages(found.lineage, _here(snapshot, parameters, commit)),
        *compare_parameters(found.parameters, fitted | _decided(found)),
    ]
    differences.sort(key=lambda each: ASPECTS.index(each.aspect))
    return Origin(found, parameters, snapshot, tuple(differences))


def _here(snapshot: Snapshot, parameters: Parameters, commit: str) -> dict[str, Any]:
    return {
        "fingerprint": snapshot.fingerprint,
        "training_rows": snapshot.training.height,
        "holdout_rows": snapshot.holdout.height,
        "seed": parameters.seed,
        "git_commit": commit,
        "packages": environment(),
        "machine": describe_machine(),
    }


def _check_lineage(version: ModelVersion) -> None:
    missing = {"revision", "fingerprint", "git_commit"} - version.lineage.keys()
    if missing:
        raise CannotReproduce(
            f"Version {version.version} does not say of what it was made: its lineage has no "
            f"{', '.join(sorted(missing))}"
        )


def _parameters(version: ModelVersion) -> Parameters:
    unknown = version.parameters.keys() - {field.name for field in fields(Parameters)}
    if unknown:
        raise CannotReproduce(
            f"Version {version.version} has parameters that this code does not know "
            f"({', '.join(sorted(unknown))}); it was made by {version.lineage['git_commit']}"
        )
    return Parameters(**version.parameters)


def _fitted(registry: ModelRegistry, version: str) -> dict[str, Any]:
    """What the model was fitted with; nothing where the registry keeps no file of it."""
    try:
        model = registry.read_file(version, MODEL_FILE)
    except UnknownVersion:
        return {}
    return read_fitted_parameters(model)


def _shown_later(fitted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fitted[name] for name in REGISTERED_LATER if name in fitted}


def _decided(version: ModelVersion) -> dict[str, Any]:
    """The precision that the version's thresholds were chosen for, as its scores say."""
    decisions = version.scorecard.get("decisions")
    return {"precision": decisions["required_precision"]} if decisions else {}


def _row_differences(registry: ModelRegistry, version: str, snapshot: Snapshot) -> list[Difference]:
    """Which rows differ; nothing for a version that was made before digests of rows were kept."""
    try:
        content = registry.read_file(version, f"{DIGESTS}/{FILE}")
    except UnknownVersion:
        return []
    changes = compare_rows(read_row_digests(content), digest_rows(snapshot.rows))
    by_name = {name: getattr(changes, name) for name in RowChanges.__slots__}
    return [
        Difference("data", f"listings {name}", "none", _ids(productids))
        for name, productids in by_name.items()
        if productids
    ]


def _ids(productids: tuple[int, ...]) -> str:
    first = ", ".join(map(str, productids[:NAMED]))
    more = ", …" if productids[NAMED:] else ""
    return f"{len(productids):,}: productid {first}{more}"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
