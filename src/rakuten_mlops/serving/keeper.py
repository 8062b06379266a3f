"""Keep the local copy of the champion in step with the registry.

The API does so in a thread (`lookout`), as long as a glance at the registry tells everything. Where
it does not, it starts this module as a process, which asks MLflow's client once, and ends.
"""

import logging
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rakuten_mlops.errors import RakutenError, RegistryUnavailable
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.registry.glance import Glance
from rakuten_mlops.registry.model_registry import PRODUCTION, STAGING, ModelRegistry
from rakuten_mlops.serving.champion_store import ChampionStore, Current, Role
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

ALIASES: dict[Role, str] = {"champion": PRODUCTION, "challenger": STAGING}


class Keeper:
    """Copies what an alias names, whenever it names something new."""

    def __init__(
        self, registry: ModelRegistry | Glance, store: ChampionStore, alias: str = PRODUCTION
    ) -> None:
        self._registry = registry
        self._store = store
        self._alias = alias

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
        return current is not None and current.version == version

    def _fetch(self, version: str) -> None:
        # With numpy in it, which the parent of several workers does without.
        from rakuten_mlops.serving.scorer_files import load

        with tempfile.TemporaryDirectory(dir=self._store.folder, prefix="fetch-") as folder:
            fetched = self._registry.fetch(version, "scorer", Path(folder) / "scorer")
            load(fetched)
            self._store.adopt(fetched, Current(version, datetime.now(UTC)))
        log.info("%s is version %s; its scorer is here", self._alias, version)


def main(settings: Settings, role: Role) -> None:
    """Check once, with MLflow's client."""
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

    registry = MlflowRegistry(settings.mlflow_url)
    Keeper(registry, ChampionStore(settings.home, role), ALIASES[role]).check()


if __name__ == "__main__":
    settings = Settings()
    configure_logging(settings.log_format)
    main(settings, "challenger" if "challenger" in sys.argv else "champion")
