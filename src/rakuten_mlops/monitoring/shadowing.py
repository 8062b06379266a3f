"""Have the challenger answer a share of what was served, and hold it only while it can differ."""

import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from rakuten_mlops.memory import give_back_all
from rakuten_mlops.monitoring.shadow import Dispute, add, compare, draw
from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.predictor import Champion, Predictor
from rakuten_mlops.settings import Settings


@dataclass(frozen=True)
class Compared:
    """What was compared, to be written down."""

    pairs: list[tuple[Served, Dispute | None]]
    challenger: str

    def write(self, connection: Connection) -> None:
        """Write it down, within a transaction."""
        add(connection, self.pairs, self.challenger)


class Shadowing:
    """The challenger of this machine beside whatever answered."""

    def __init__(self, settings: Settings, chance: random.Random) -> None:
        self._share = settings.shadow_share
        self._store = ChampionStore(settings.home, "challenger")
        self._predictor: Predictor | None = None
        self._chance = chance

    def compare(self, served: list[Served]) -> Compared | None:
        """Compare a share of what was served; None if there is nothing to compare."""
        current = self._store.current() if self._share and served else None
        if current is None:
            return None
        others = [one for one in served if one.version != current.version]
        if not others:
            self._let_go()
        elif (drawn := draw(others, self._share, self._chance)) and (held := self._challenger()):
            return Compared(compare(drawn, held), held.version)
        return None

    def _challenger(self) -> Champion | None:
        if self._predictor is None:
            self._predictor = Predictor(self._store)
        self._predictor.refresh()
        return self._predictor.loaded

    def _let_go(self) -> None:
        """The challenger is what answers: its scorer is needed no more."""
        if self._predictor is not None:
            self._predictor = None
            give_back_all()


@contextmanager
def following(settings: Settings) -> Generator[None]:
    """Keep a copy of the challenger at hand, in a thread, where a share is to be compared."""
    if not settings.shadow_share:
        yield
        return
    from rakuten_mlops.serving.lookout import looking

    with looking(settings, "challenger"):
        yield
