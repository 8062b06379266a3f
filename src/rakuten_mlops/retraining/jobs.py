"""Training jobs: one at a time, each in a process of its own, none forgotten.

What makes a training the only one is a lock that the kernel holds for its process (`flock`): it is
passed on to the process when that starts, and falls when it ends, however it ends. The row in
the database tells the story; an active row of this machine without a held lock is a process that
died. What another machine on the same database trains only that machine can judge.
"""

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from rakuten_mlops import request_ids
from rakuten_mlops.database import reachable
from rakuten_mlops.errors import DatabaseUnavailable, TrainingInProgress, UnknownJob
from rakuten_mlops.settings import Settings
from rakuten_mlops.tables import jobs
from rakuten_mlops.users import write_private

log = logging.getLogger(__name__)

# A training process that has told its end takes a moment to leave.
LAST_BREATH_SECONDS = 10.0
REAPER = "training"


@dataclass(frozen=True)
class Job:
    """One training job; `progress` runs from 0 to 1, times are UTC."""

    id: int
    state: str
    trigger: str
    requested_by: str
    request_id: str | None
    parameters: Mapping[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    step: str | None
    progress: float
    message: str | None
    outcome: Mapping[str, Any] | None


class Jobs:
    """The jobs of one database, and the lock in the home folder that keeps this machine's apart."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._home = settings.home
        self._lock = settings.home / "training.lock"
        self._machine = settings.home / "machine"

    def start(self, *, trigger: str, requested_by: str, parameters: Mapping[str, Any]) -> Job:
        """Start a training in a process of its own and return its job, queued.

        Raises TrainingInProgress, with the running job, if there is one, on whatever machine.
        """
        with self._claim(trigger, requested_by, parameters) as (job, lock):
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "rakuten_mlops.retraining", str(job)],
                stdin=subprocess.DEVNULL,
                env=os.environ | self._settings.environment() | _on_behalf(),
                pass_fds=[lock],
            )
        reaper = threading.Thread(
            target=copy_context().run,
            args=(self._reap, process, job),
            name=f"{REAPER} {job}",
            daemon=True,
        )
        reaper.start()
        return self.get(job)

    @contextmanager
    def here(
        self, *, trigger: str, requested_by: str, parameters: Mapping[str, Any]
    ) -> Generator[int]:
        """Hold the lock and a job while the caller trains in this very process."""
        with self._claim(trigger, requested_by, parameters) as (job, _):
            try:
                yield job
            except BaseException as error:
                self.fail(job, str(error) or type(error).__name__)
                raise

    @contextmanager
    def _claim(
        self, trigger: str, requested_by: str, parameters: Mapping[str, Any]
    ) -> Generator[tuple[int, int]]:
        self._home.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(lock)
            self._orphan_active()
            yield self._insert(trigger, requested_by, parameters), lock
        finally:
            # The lock lives on in a process that inherited it.
            os.close(lock)

    def _take(self, lock: int) -> None:
        """Take the lock; where its holder has told its end, wait until it is gone, too."""
        deadline = time.monotonic() + LAST_BREATH_SECONDS
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                running = self._active_id()
                if running is not None or time.monotonic() > deadline:
                    raise TrainingInProgress(running) from error
            time.sleep(0.05)

    def _insert(self, trigger: str, requested_by: str, parameters: Mapping[str, Any]) -> int:
        row = {
            "state": "queued",
            "active": 1,
            "machine": self._machine_id(),
            "trigger": trigger,
            "requested_by": requested_by,
            "request_id": request_ids.current() or None,
            "parameters": json.dumps(dict(parameters)),
            "created_at": datetime.now(UTC),
            "progress": 0.0,
        }
        try:
            with reachable(), self._engine.begin() as connection:
                made = connection.execute(insert(jobs).values(row).returning(jobs.c.id))
                return made.scalar_one()
        except IntegrityError as error:
            # Another machine trains: the database refuses a second active row.
            raise TrainingInProgress(self._active_id()) from error

    def _reap(self, process: subprocess.Popen[bytes], job: int) -> None:
        status = process.wait()
        if status:
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            try:
                self.fail(job, f"The training process ended with {how}")
            except DatabaseUnavailable as error:
                # It becomes an orphan when somebody next looks.
                log.warning("training job %d ended with %s, untold: %s", job, how, error)

    def begin(self, job: int) -> None:
        """Mark a job as running."""
        self._change(job, state="running", started_at=datetime.now(UTC))

    def report(self, job: int, step: str, progress: float) -> None:
        """Say where a running job is."""
        self._change(job, step=step, progress=progress)

    def succeed(self, job: int, outcome: Mapping[str, Any], message: str) -> None:
        """End a job with what it came to."""
        text = json.dumps(dict(outcome))
        self._end(job, "succeeded", message=message, outcome=text, progress=1.0)

    def fail(self, job: int, message: str) -> None:
        """End a job with what went wrong; a job that has ended stays as it is."""
        if self._end(job, "failed", message=message):
            log.error("training job %d failed: %s", job, message)

    def mark_orphans(self) -> None:
        """Mark this machine's active jobs whose process is gone, as after it crashed."""
        self._home.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._orphan_active()

    def _orphan_active(self) -> None:
        job = self._active_id(jobs.c.machine == self._machine_id())
        if job is not None:
            self._end(job, "orphaned", message="The training process is gone; nothing was promoted")

    def _machine_id(self) -> str:
        """Which machine this is, as a file says; whoever holds the lock may make that file."""
        if not self._machine.exists():
            write_private(self._machine, uuid.uuid4().hex)
        return self._machine.read_text().strip()

    def get(self, job: int) -> Job:
        """Return one job. Raises UnknownJob."""
        with reachable(), self._engine.connect() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job)).first()
        if row is None:
            raise UnknownJob(f"There is no training job {job}; `GET /training` lists them")
        return _job(row)

    def history(self, *, limit: int = 100) -> list[Job]:
        """The latest jobs, newest first."""
        with reachable(), self._engine.connect() as connection:
            rows = connection.execute(select(jobs).order_by(jobs.c.id.desc()).limit(limit)).all()
        return [_job(row) for row in rows]

    def _active_id(self, *where: ColumnElement[bool]) -> int | None:
        active = select(jobs.c.id).where(jobs.c.active == 1, *where)
        with reachable(), self._engine.connect() as connection:
            return connection.execute(active).scalar()

    def _end(self, job: int, state: str, **values: Any) -> bool:
        times = {"finished_at": datetime.now(UTC)}
        return self._change(job, state=state, active=None, **times, **values)

    def _change(self, job: int, **values: Any) -> bool:
        of_active = update(jobs).where(jobs.c.id == job, jobs.c.active == 1).values(**values)
        with reachable(), self._engine.begin() as connection:
            return bool(connection.execute(of_active).rowcount)


def _on_behalf() -> dict[str, str]:
    return {request_ids.VARIABLE: request_ids.current()}


def _job(row: Row[Any]) -> Job:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public accessor
    del values["active"], values["machine"]
    for name in ("parameters", "outcome"):
        values[name] = values[name] and json.loads(values[name])
    return Job(**values)
