"""What serving needs of the registry, had without MLflow's client where that is certain."""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from rakuten_mlops.errors import UnknownVersion
from rakuten_mlops.registry.mlflow_rest import MlflowRest, Unclear, is_server, other_ways
from rakuten_mlops.registry.model_registry import MODEL_NAME

SQLITE = "sqlite:///"
FROM_TABLE = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?"
# Where a server that keeps artifacts itself hands them out.
PROXY = "mlflow-artifacts"


class Glance:
    """Two questions of a `ModelRegistry`: what carries an alias, and a version's files.

    `url` is MLflow's tracking URI. Both raise RegistryUnavailable when a server does not answer,
    and Unclear where MLflow's client has to be asked.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._server = MlflowRest(url)

    def aliased(self, alias: str) -> str | None:
        """The version that carries an alias; None when the registry says that there is none."""
        if is_server(self._url):
            return self._ask(alias)
        if self._url.startswith(SQLITE) and not other_ways():
            return _read_table(self._url.removeprefix(SQLITE), alias)
        raise Unclear

    def _ask(self, alias: str) -> str | None:
        try:
            found = self._server.get("mlflow/registered-models/get", name=MODEL_NAME)
        except UnknownVersion:
            return None
        with _as_documented():
            held = found["registered_model"].get("aliases", [])
            return next((str(each["version"]) for each in held if each["alias"] == alias), None)

    def fetch(self, version: str, folder: str, into: Path) -> Path:
        """Copy the files of a version's folder to `into` and return it. Raises UnknownVersion."""
        if not is_server(self._url):
            raise Unclear
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
        made = self._server.get("mlflow/model-versions/get", name=MODEL_NAME, version=version)
        with _as_documented():
            run = self._server.get("mlflow/runs/get", run_id=made["model_version"]["run_id"])
            place = urlsplit(run["run"]["info"]["artifact_uri"])
        if place.scheme != PROXY or place.netloc:
            raise Unclear
        return place.path.strip("/")


@contextmanager
def _as_documented() -> Generator[None]:
    """Take an answer of another shape than MLflow documents for one that is not understood."""
    try:
        yield
    except (LookupError, TypeError, AttributeError) as error:
        raise Unclear from error


def _file_name(listed: Mapping[str, Any]) -> str:
    """The name of a file in a listed folder; it leads nowhere else."""
    name = listed["path"]
    if listed["is_dir"] or name in ("", "..") or PurePosixPath(name).name != name:
        raise Unclear
    return name


def _read_table(path: str, alias: str) -> str | None:
    """Read the table in which MLflow itself looks, if it is where and what it was."""
    if not path or "%" in path or "?" in path:
        raise Unclear
    try:
        with closing(
            sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
        ) as store:
            found = store.execute(FROM_TABLE, (MODEL_NAME, alias)).fetchall()
    except sqlite3.Error as error:
        raise Unclear from error
    if len(found) > 1:
        # One in each of several workspaces.
        raise Unclear
    return str(found[0][0]) if found else None
