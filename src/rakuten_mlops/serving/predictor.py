"""Hold the champion, and swap it without a pause."""

import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rakuten_mlops.errors import NoChampion, ScorerCorrupt
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.scorer import Ranking, Scorer
from rakuten_mlops.serving.scorer_files import load

# From here on many together are faster than one listing after the other.
BULK_FROM = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Champion:
    """A scorer and the version that it is, in one object: neither is seen without the other."""

    scorer: Scorer
    version: str
    since: datetime

    @cached_property
    def bulk(self) -> BulkScorer:
        """The scorer for many listings, made when the first batch comes."""
        return BulkScorer(self.scorer)

    @cached_property
    def guess_json(self) -> list[str]:
        """A JSON object for each category, up to its confidence."""
        return [
            f'{{"prdtypecode":{code},"category":{_json(name)},"confidence":'
            for code, name in self.scorer.labels
        ]

    @cached_property
    def version_json(self) -> str:
        """Its version as a field of a JSON object."""
        return f'"model_version":{_json(self.version)}'

    @cached_property
    def method_json(self) -> str:
        """What confidence is, as a field of a JSON object."""
        return f'"confidence_method":{_json(self.scorer.confidence_method)}'

    def code(self, ranking: Ranking) -> int:
        """The category that a ranking puts first."""
        return self.scorer.labels[ranking.places[0]][0]

    def rank(self, listings: Sequence[tuple[str, str]]) -> list[Ranking]:
        """The best categories of pairs of designation and description."""
        if len(listings) >= BULK_FROM:
            return self.bulk.rank(listings)
        return [self.scorer.rank(*listing) for listing in listings]


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class Predictor:
    """The champion of one worker. A request takes it once and keeps it until it has answered."""

    def __init__(self, store: ChampionStore) -> None:
        self._store = store
        self._stamp = 0
        self._champion: Champion | None = None
        self._ended = threading.Event()

    @property
    def loaded(self) -> Champion | None:
        """What is held, if there is something."""
        return self._champion

    @property
    def champion(self) -> Champion:
        """What answers now. Raises NoChampion before the first one is here."""
        if self._champion is None:
            raise NoChampion("No model is in production yet; start a training with POST /training")
        return self._champion

    def refresh(self) -> None:
        """Load the local copy if it is a new one; a corrupt copy leaves the old one serving."""
        stamp = self._store.stamp()
        if stamp == self._stamp:
            return
        current = self._store.current()
        if current is None:
            return
        try:
            scorer = load(self._store.scorer_folder(current.version)).warm()
        except ScorerCorrupt:
            log.exception(
                "version %s cannot be loaded; what was served is served on", current.version
            )
            self._stamp = stamp
            return
        self._champion = Champion(scorer, current.version, current.since)
        self._stamp = stamp
        log.info("now serving version %s", current.version)

    def follow(self, *, seconds: float = 0.5) -> None:
        """Refresh in a thread of its own until `close`."""
        threading.Thread(target=self._follow, args=(seconds,), daemon=True).start()

    def _follow(self, seconds: float) -> None:
        while not self._ended.wait(seconds):
            try:
                self.refresh()
            except Exception:
                # A worker that stops looking would serve an old champion for ever, in silence.
                log.exception("cannot look for a new champion; trying again")

    def close(self) -> None:
        """Stop following."""
        self._ended.set()
