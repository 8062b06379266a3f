"""Keep the local copy of the champion in step with the registry.

The API does so in a thread (`lookout`), as long as a glance at the registry tells everything. Where
it does not, it starts this module as a process, which asks MLflow's client once, and ends.
"""

import logging
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rakuten_mlops.errors import RakutenError, RegistryUnavailable, ScorerCorrupt
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.registry.glance import Glance
from rakuten_mlops.registry.model_registry import PRODUCTION, STAGING, ModelRegistry
from rakuten_mlops.serving.champion_store import ChampionStore, Current, Role
from rakuten_mlops.serving.scorer_manifest import read_manifest
from rakuten_mlops.settings import Settings

if TYPE_CHECKING:
    from rakuten_mlops.serving.registered_scorer import Renew

log = logging.getLogger(__name__)

ALIASES: dict[Role, str] = {"champion": PRODUCTION, "challenger": STAGING}


class Keeper:
    """Copies what an alias names, whenever that is new, or the copy cannot be read any more.

    `renew` deals with a scorer of an older format; by default it is made anew.
    """

    def __init__(
        self,
        registry: ModelRegistry | Glance,
        store: ChampionStore,
        alias: str = PRODUCTION,
        renew: "Renew | None" = None,
    ) -> None:
        self._registry = registry
        self._store = store
        self._alias = alias
        self._renew = renew

    def check(self) -> None:
        """Ask once, and copy a new champion; what is served stays when the registry is away.

        A glance may raise Unclear; nothing has changed then.
        """
        try:
            version = self._registry.aliased(self._alias)
            if version and not self._holds(version):
                with self._store.being_written():
                    # Another keeper may have brought it meanwhile.
                    if not self._holds(version):
                        self._fetch(version)
        except RegistryUnavailable as error:
            self._store.note("away", str(error))
        except RakutenError as error:
            log.exception("cannot copy the champion")
            self._store.note("away", str(error))
        else:
            self._store.note("ok" if version else "no champion")

    def _holds(self, version: str) -> bool:
        current = self._store.current()
        if current is None or current.version != version:
            return False
        try:
            read_manifest(self._store.scorer_folder(version))
        except ScorerCorrupt as error:
            log.warning("version %s is brought again: %s", version, error)
            return False
        return True

    def _fetch(self, version: str) -> None:
        # With numpy in it, which the parent of several workers does without.
        from rakuten_mlops.serving.registered_scorer import compile_anew, fetch_scorer

        with tempfile.TemporaryDirectory(dir=self._store.folder, prefix="fetch-") as folder:
            into, renew = Path(folder) / "scorer", self._renew or compile_anew
            fetched = fetch_scorer(self._registry, version, into, renew)
            self._store.adopt(fetched, Current(version, self._since(version)))
        log.info("%s is version %s; its scorer is here", self._alias, version)

    def _since(self, version: str) -> datetime:
        """Since when a version is served here; a copy of another format changes nothing in that."""
        current = self._store.current()
        if current is not None and current.version == version:
            return current.since
        return datetime.now(UTC)


def main(settings: Settings, role: Role) -> None:
    """Check once, with MLflow's client."""
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

    registry = MlflowRegistry(settings.mlflow_url)
    Keeper(registry, ChampionStore(settings.home, role), ALIASES[role]).check()


if __name__ == "__main__":
    settings = Settings()
    configure_logging(settings.log_format)
    main(settings, "challenger" if "challenger" in sys.argv else "champion")
