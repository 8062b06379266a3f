"""What serving needs of the registry, had without MLflow's client where that is certain."""

import sqlite3
from contextlib import closing
from pathlib import Path

from rakuten_mlops.registry.mlflow_rest import Unclear, other_ways
from rakuten_mlops.registry.model_registry import MODEL_NAME
from rakuten_mlops.registry.rest_registry import RestRegistry

SQLITE = "sqlite:///"
FROM_TABLE = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?"


class Glance:
    """What a `ModelRegistry` says of an alias, and a version's files.

    `url` is MLflow's tracking URI. All raise RegistryUnavailable when a server does not answer, and
    Unclear where MLflow's client has to be asked.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._server = RestRegistry(url)

    def aliased(self, alias: str) -> str | None:
        """The version that carries an alias; None when the registry says that there is none."""
        if self._url.startswith(SQLITE) and not other_ways():
            return _read_table(self._url.removeprefix(SQLITE), alias)
        return self._server.aliased(alias)

    def fetch(self, version: str, folder: str, into: Path) -> Path:
        """Copy the files of a version's folder to `into` and return it. Raises UnknownVersion."""
        return self._server.fetch(version, folder, into)

    def read_file(self, version: str, path: str) -> bytes:
        """Return one file of a version. Raises UnknownVersion if there is none of that name."""
        return self._server.read_file(version, path)


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
