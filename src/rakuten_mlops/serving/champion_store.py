"""The local copy of the champion: what is served when everything else is away.

<home>/champion/7/          the scorer of version 7
<home>/champion/current     JSON: which version, since when; replaced in one step
<home>/champion/registry    JSON: what the registry last said, or why it did not answer
<home>/champion/news        empty; touched by who has moved an alias, so that the keeper looks now
"""

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

KEPT = 3
# A keeper that has said nothing for so long is as good as a registry that is away.
SILENCE = timedelta(seconds=60)

log = logging.getLogger(__name__)
# The challenger's copy is kept just like the champion's, in a folder of its own.
Role = Literal["champion", "challenger"]


@dataclass(frozen=True, slots=True)
class Current:
    """The version to serve, and when it became so on this machine."""

    version: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RegistryState:
    """What the registry said when it was asked at `checked_at`.

    `state` is "ok", "no champion" or "away"; `why` and `since` belong to a state that lasts.
    """

    state: str
    checked_at: datetime
    since: datetime
    why: str = ""

    def silent(self, moment: datetime) -> bool:
        """Whether nobody has asked the registry for so long that nothing is known any more."""
        return moment - self.checked_at > SILENCE

    def answers(self, moment: datetime) -> bool:
        """Whether the registry is there, as far as is known."""
        return self.state != "away" and not self.silent(moment)


class ChampionStore:
    """The folder that holds it; written by one keeper, read by every worker."""

    def __init__(self, home: Path, role: Role = "champion") -> None:
        self.folder = home / role

    def scorer_folder(self, version: str) -> Path:
        """Where the scorer of a version lies, or would lie."""
        return self.folder / version

    def current(self) -> Current | None:
        """What to serve; None before the first champion."""
        found = _read(self.folder / "current")
        if found is None:
            return None
        return Current(found["version"], datetime.fromisoformat(found["since"]))

    def stamp(self) -> int:
        """A number that changes when `current` does; 0 before the first champion."""
        return _changed(self.folder / "current")

    def announce(self) -> None:
        """Say that the registry has news, to whoever keeps this copy in step with it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "news").touch()

    def announced(self) -> int:
        """A number that changes with each announcement; 0 before the first."""
        return _changed(self.folder / "news")

    @contextmanager
    def being_written(self) -> Generator[None]:
        """Keep every other process that brings a champion waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def adopt(self, fetched: Path, current: Current) -> None:
        """Make a fetched and checked scorer the one to serve; old copies but a few are removed."""
        target = self.scorer_folder(current.version)
        shutil.rmtree(target, ignore_errors=True)
        fetched.replace(target)
        _write(self.folder / "current", asdict(current))
        self._prune(current.version)

    def registry_state(self) -> RegistryState | None:
        """What the registry last said; None before it was asked."""
        found = _read(self.folder / "registry")
        if found is None:
            return None
        return RegistryState(
            state=found["state"],
            checked_at=datetime.fromisoformat(found["checked_at"]),
            since=datetime.fromisoformat(found["since"]),
            why=found["why"],
        )

    def note(self, state: str, why: str = "") -> None:
        """Write down that the registry has just said this; a state that goes on keeps its start."""
        now, before = datetime.now(UTC), self.registry_state()
        same = before is not None and before.state == state
        if not same:
            log.warning("registry: %s %s", state, why)
        since = before.since if before is not None and same else now
        self.note_registry(RegistryState(state, now, since, why))

    def note_registry(self, state: RegistryState) -> None:
        """Write down what the registry said."""
        _write(self.folder / "registry", asdict(state))

    def forget_registry(self) -> None:
        """Forget what the registry said to an earlier process: it may be long ago."""
        (self.folder / "registry").unlink(missing_ok=True)

    def _prune(self, served: str) -> None:
        held = [path for path in self.folder.iterdir() if path.name.isdecimal()]
        held.sort(key=lambda path: path.stat().st_mtime_ns)
        for path in held[:-KEPT]:
            if path.name != served:
                shutil.rmtree(path, ignore_errors=True)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _write(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.write_text(json.dumps(value, default=datetime.isoformat), encoding="utf-8")
    draft.replace(path)
