"""What a model registry is: versions, two aliases, and the record of every move."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rakuten_mlops.errors import NeverServed, NoChampion, UnknownVersion

MODEL_NAME = "product-classifier"
# MLflow's aliases are case-sensitive: these two spellings are the only ones.
PRODUCTION = "Production"
STAGING = "Staging"


@dataclass(frozen=True)
class ModelVersion:
    """One registered version; figures are those of the day it was trained.

    `lineage` holds revision, fingerprint, seed, git commit and package versions.
    """

    version: str
    created_at: datetime
    aliases: tuple[str, ...]
    parameters: Mapping[str, Any]
    lineage: Mapping[str, Any]
    scorecard: Mapping[str, Any]
    verdict: Mapping[str, Any] | None = None
    run_id: str = ""


@dataclass(frozen=True)
class Submission:
    """What training hands to the registry: figures, the fitted pipeline, and its files.

    `files` maps a folder name inside the version (`scorer`, `report`) to a local folder.
    """

    pipeline: Any
    example: Any
    parameters: Mapping[str, Any]
    lineage: Mapping[str, Any]
    scorecard: Mapping[str, Any]
    metrics: Mapping[str, float]
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class AliasMove:
    """An alias went from one version to another; `source` is None for the first move."""

    alias: str
    source: str | None
    target: str
    by: str
    why: str
    at: datetime


class ModelRegistry(Protocol):
    """Where versions live. Every method raises RegistryUnavailable when the registry fails."""

    def rehearse(self) -> None:
        """Do what the first registration would wait for; may run beside a training."""
        ...

    def register(self, submission: Submission) -> str:
        """Store a submission and return its version; a failure leaves no version behind."""
        ...

    def versions(self) -> list[ModelVersion]:
        """All versions, newest first."""
        ...

    def version(self, version: str) -> ModelVersion:
        """One version. Raises UnknownVersion."""
        ...

    def aliased(self, alias: str) -> str | None:
        """The version that carries an alias; None when the registry says there is none."""
        ...

    def move_alias(self, alias: str, version: str, *, by: str, why: str) -> AliasMove:
        """Point an alias at a version and record the move. Raises UnknownVersion."""
        ...

    def moves(self) -> list[AliasMove]:
        """Every recorded move, newest first."""
        ...

    def record_verdict(self, version: str, verdict: Mapping[str, Any]) -> None:
        """Write a verdict on a version. Raises UnknownVersion."""
        ...

    def add_file(self, version: str, path: str, text: str) -> None:
        """Write a text file into a version, replacing one of that name."""
        ...

    def read_file(self, version: str, path: str) -> bytes:
        """Return one file of a version. Raises UnknownVersion if there is none of that name."""
        ...

    def fetch(self, version: str, folder: str, into: Path) -> Path:
        """Copy a folder of a version's files to `into` and return it. Raises UnknownVersion."""
        ...


def champion(registry: ModelRegistry) -> str:
    """Return the version in production. Raises NoChampion if there is none."""
    version = registry.aliased(PRODUCTION)
    if version is None:
        raise NoChampion(
            f"No version of {MODEL_NAME} carries {PRODUCTION}; "
            "train one with `rakuten-mlops retrain`"
        )
    return version


def roll_back(
    registry: ModelRegistry, *, by: str, why: str, version: str | None = None
) -> AliasMove:
    """Put a formerly served version back into production; by default the one before this.

    Raises NeverServed for a version that was never in production, or if there is none before.
    """
    now = champion(registry)
    served = [move.target for move in registry.moves() if move.alias == PRODUCTION]
    before = [target for target in served if target != now]
    if version is None and not before:
        raise NeverServed(f"Version {now} is the only one that was ever in production")
    target = before[0] if version is None else version
    if target not in served:
        raise NeverServed(
            f"Version {target} was never in production, so it cannot be rolled back to; "
            f"promote it instead: `rakuten-mlops models promote {target}`"
        )
    return registry.move_alias(PRODUCTION, target, by=by, why=why)


class InMemoryRegistry:
    """A registry in this process's memory, held to the same contract as MLflow's."""

    def __init__(self) -> None:
        self._versions: dict[str, ModelVersion] = {}
        self._files: dict[str, dict[str, bytes]] = {}
        self._aliases: dict[str, str] = {}
        self._moves: list[AliasMove] = []

    def rehearse(self) -> None:
        """Nothing is slow here."""

    def register(self, submission: Submission) -> str:
        version = str(len(self._versions) + 1)
        self._files[version] = {
            f"{folder}/{file.relative_to(root).as_posix()}": file.read_bytes()
            for folder, root in submission.files.items()
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }
        self._versions[version] = ModelVersion(
            version=version,
            created_at=datetime.now(UTC),
            aliases=(),
            parameters=dict(submission.parameters),
            lineage=dict(submission.lineage),
            scorecard=dict(submission.scorecard),
        )
        return version

    def versions(self) -> list[ModelVersion]:
        return [self.version(version) for version in reversed(self._versions)]

    def version(self, version: str) -> ModelVersion:
        if version not in self._versions:
            raise UnknownVersion(f"{MODEL_NAME} has no version {version}")
        aliases = sorted(alias for alias, held in self._aliases.items() if held == version)
        return replace(self._versions[version], aliases=tuple(aliases))

    def aliased(self, alias: str) -> str | None:
        return self._aliases.get(alias)

    def move_alias(self, alias: str, version: str, *, by: str, why: str) -> AliasMove:
        self.version(version)
        move = AliasMove(alias, self._aliases.get(alias), version, by, why, datetime.now(UTC))
        self._aliases[alias] = version
        self._moves.append(move)
        return move

    def moves(self) -> list[AliasMove]:
        return self._moves[::-1]

    def record_verdict(self, version: str, verdict: Mapping[str, Any]) -> None:
        self._versions[version] = replace(self.version(version), verdict=dict(verdict))

    def add_file(self, version: str, path: str, text: str) -> None:
        self.version(version)
        self._files[version][path] = text.encode()

    def read_file(self, version: str, path: str) -> bytes:
        self.version(version)
        if path not in self._files[version]:
            raise UnknownVersion(f"Version {version} has no file {path}")
        return self._files[version][path]

    def fetch(self, version: str, folder: str, into: Path) -> Path:
        self.version(version)
        for name, content in self._files[version].items():
            if name.startswith(f"{folder}/"):
                target = into / name.removeprefix(f"{folder}/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return into
