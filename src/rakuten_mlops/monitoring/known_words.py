"""The words that each version knows, as hashes: less than a megabyte, a scorer takes many."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from rakuten_mlops.monitoring.text_statistics import Hashes, hash_words
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.scorer_files import read_words


class KnownWords:
    """Reads them from the copies of champions on this machine."""

    def __init__(self, home: Path) -> None:
        self._store = ChampionStore(home)
        self._held = lru_cache(maxsize=2)(self._read)

    def of(self, version: str) -> Hashes:
        """The words of a version; of the current champion where that version's copy is gone."""
        return self._held(version)

    def _read(self, version: str) -> Hashes:
        current = self._store.current()
        for candidate in (version, current.version if current else version):
            with suppress(FileNotFoundError):
                return hash_words(read_words(self._store.scorer_folder(candidate)))
        return hash_words(())
