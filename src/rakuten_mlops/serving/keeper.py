"""Keep the local copy of the champion in step with the registry.

One keeper a machine, in a process of its own (`python -m rakuten_mlops.serving.keeper`): it alone
asks MLflow, so the workers that answer never import it, and never wait for it.
"""

import logging
import os
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from rakuten_mlops.errors import RakutenError, RegistryUnavailable
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.registry.model_registry import PRODUCTION, ModelRegistry
from rakuten_mlops.serving.champion_store import ChampionStore, Current, RegistryState
from rakuten_mlops.serving.scorer_files import load
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)


class Keeper:
    """Copies what `Production` names, whenever it names something new."""

    def __init__(self, registry: ModelRegistry, store: ChampionStore) -> None:
        self._registry = registry
        self._store = store

    def check(self) -> None:
        """Ask once, and copy a new champion; what is served stays when the registry is away."""
        try:
            version = self._registry.aliased(PRODUCTION)
            current = self._store.current()
            if version and (current is None or current.version != version):
                self._fetch(version)
        except RegistryUnavailable as error:
            self._note("away", str(error))
        except RakutenError as error:
            log.exception("cannot copy the champion")
            self._note("away", str(error))
        else:
            self._note("ok" if version else "no champion", "")

    def _fetch(self, version: str) -> None:
        self._store.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._store.folder, prefix="fetch-") as folder:
            fetched = self._registry.fetch(version, "scorer", Path(folder) / "scorer")
            load(fetched)
            self._store.adopt(fetched, Current(version, datetime.now(UTC)))
        log.info("version %s is the champion; its scorer is here", version)

    def _note(self, state: str, why: str) -> None:
        now, before = datetime.now(UTC), self._store.registry_state()
        same = before is not None and before.state == state
        if not same:
            log.warning("registry: %s %s", state, why)
        since = before.since if before is not None and same else now
        self._store.note_registry(RegistryState(state, now, since, why))


def run(settings: Settings) -> None:
    """Check for ever, until the process that started this one is gone or asks it to end."""
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

    parent, ended = os.getppid(), threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    keeper = Keeper(MlflowRegistry(settings.mlflow_url), ChampionStore(settings.home))
    while os.getppid() == parent and not ended.is_set():
        keeper.check()
        ended.wait(settings.poll_seconds)


if __name__ == "__main__":
    configure_logging()
    run(Settings())
    sys.exit(0)
