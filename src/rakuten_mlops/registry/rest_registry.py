"""The model registry on an MLflow server, asked without MLflow's client."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from rakuten_mlops.errors import UnknownVersion
from rakuten_mlops.registry.mlflow_rest import MlflowRest, Unclear
from rakuten_mlops.registry.model_registry import MODEL_NAME, AliasMove, ModelVersion
from rakuten_mlops.registry.version_tags import (
    Tags,
    by_version,
    check_number,
    move_tag,
    read_moves,
    read_version,
)

# Where a server that keeps artifacts itself hands them out.
PROXY = "mlflow-artifacts"


class RestRegistry:
    """What answers pages, and serving, need of a `ModelRegistry`: all but registering.

    `url` is MLflow's tracking URI. Every method raises RegistryUnavailable when the server does not
    answer, and Unclear, before anything has changed, where MLflow's client has to be asked.
    """

    def __init__(self, url: str) -> None:
        self._server = MlflowRest(url)

    def versions(self) -> list[ModelVersion]:
        """All versions, newest first."""
        aliases = self._aliases()
        with _as_documented():
            return [_version(found, aliases) for found in self._search()]

    def version(self, version: str) -> ModelVersion:
        """One version. Raises UnknownVersion."""
        found = self._get(version)
        with _as_documented():
            return _version(found, self._aliases())

    def aliased(self, alias: str) -> str | None:
        """The version that carries an alias; None when the registry says that there is none."""
        return next((version for version, held in self._aliases().items() if alias in held), None)

    def move_alias(self, alias: str, version: str, *, by: str, why: str) -> AliasMove:
        """Point an alias at a version and record the move. Raises UnknownVersion."""
        self._get(version)
        move = AliasMove(alias, self.aliased(alias), version, by, why, datetime.now(UTC))
        self._server.post(
            "mlflow/registered-models/alias", name=MODEL_NAME, alias=alias, version=version
        )
        key, value = move_tag(move)
        self._server.post(
            "mlflow/model-versions/set-tag", name=MODEL_NAME, version=version, key=key, value=value
        )
        return move

    def moves(self) -> list[AliasMove]:
        """Every recorded move, newest first."""
        with _as_documented():
            return read_moves(map(_tags, self._search()))

    def read_file(self, version: str, path: str) -> bytes:
        """Return one file of a version. Raises UnknownVersion if there is none of that name."""
        return self._server.read(quote(f"{PROXY}/artifacts/{self._artifacts(version)}/{path}"))

    def fetch(self, version: str, folder: str, into: Path) -> Path:
        """Copy the files of a version's folder to `into` and return it. Raises UnknownVersion."""
        path = f"{self._artifacts(version)}/{folder}"
        listed = self._server.get(f"{PROXY}/artifacts", path=path)
        with _as_documented():
            names = [_file_name(each) for each in listed["files"]]
        into.mkdir(parents=True, exist_ok=True)
        for name in names:
            content = self._server.read(quote(f"{PROXY}/artifacts/{path}/{name}"))
            (into / name).write_bytes(content)
        return into

    def _artifacts(self, version: str) -> str:
        """Where the server keeps the files of a version's run."""
        made = self._get(version)
        with _as_documented():
            run = self._server.get("mlflow/runs/get", run_id=made["run_id"])
            place = urlsplit(run["run"]["info"]["artifact_uri"])
        if place.scheme != PROXY or place.netloc:
            raise Unclear
        return place.path.strip("/")

    def _get(self, version: str) -> Mapping[str, Any]:
        asked = {"name": MODEL_NAME, "version": check_number(version)}
        found = self._server.get("mlflow/model-versions/get", **asked)
        with _as_documented():
            return found["model_version"]

    def _search(self) -> Iterator[Mapping[str, Any]]:
        asked = {"filter": f"name='{MODEL_NAME}'", "order_by": "version_number DESC"}
        while True:
            page = self._server.get("mlflow/model-versions/search", **asked)
            yield from page.get("model_versions", [])
            if not page.get("next_page_token"):
                return
            asked["page_token"] = page["next_page_token"]

    def _aliases(self) -> dict[str, list[str]]:
        try:
            found = self._server.get("mlflow/registered-models/get", name=MODEL_NAME)
        except UnknownVersion:
            return {}
        with _as_documented():
            held = found["registered_model"].get("aliases", [])
            return by_version((each["alias"], each["version"]) for each in held)


def _version(found: Mapping[str, Any], aliases: Mapping[str, list[str]]) -> ModelVersion:
    version = str(found["version"])
    return read_version(
        version,
        created_ms=int(found["creation_timestamp"]),
        run_id=found["run_id"],
        tags=_tags(found),
        aliases=aliases.get(version, ()),
    )


def _tags(found: Mapping[str, Any]) -> Tags:
    return {each["key"]: each["value"] for each in found.get("tags", [])}


@contextmanager
def _as_documented() -> Generator[None]:
    """Take an answer of another shape than MLflow documents for one that is not understood."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unclear from error


def _file_name(listed: Mapping[str, Any]) -> str:
    """The name of a file in a listed folder; it leads nowhere else."""
    name = listed["path"]
    if listed["is_dir"] or name in ("", "..") or PurePosixPath(name).name != name:
        raise Unclear
    return name
