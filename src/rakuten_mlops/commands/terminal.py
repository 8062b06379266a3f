"""What every command shares: the settings, the console, and how an error is shown."""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from rakuten_mlops.errors import RakutenError
from rakuten_mlops.settings import Settings

# Names of files and categories may hold brackets, which are no markup; and what is copied from a
# terminal or read by a script must not be broken into lines.
console = Console(highlight=False, markup=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

# Between two lines about progress, where nobody watches a terminal.
LINE_SECONDS = 10.0


def read_settings() -> Settings:
    """Read the settings; a bad one ends the command with its name and what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        for each in error.errors():
            name = ".".join(str(part) for part in each["loc"]).upper()
            _complain(f"Setting RAKUTEN_{name}" if name else "Settings", each["msg"])
        raise typer.Exit(2) from error


@contextmanager
def explained() -> Generator[None]:
    """End a command that fails with one clear line, not with a traceback."""
    try:
        yield
    except (RakutenError, OSError) as error:
        _complain("Error", error)
        remedy = getattr(error, "remedy", None)
        if remedy:
            errors.print(remedy)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        errors.print("Stopped.")
        raise typer.Exit(130) from error


def _complain(what: str, message: object) -> None:
    errors.print(Text.assemble((what, "red"), f": {message}"))


@contextmanager
def share_bar(title: str) -> Generator["ShareBar"]:
    """Show a bar for work that reports its step and the share that is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield ShareBar(progress, title)


class ShareBar:
    """A progress bar from 0 to 1; where nobody watches a terminal, a line a step."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._task = progress.add_task(title, total=1.0)
        self._step = ""

    def note(self, step: str, done: float) -> None:
        """Show a step and the share that is done."""
        self._progress.update(self._task, description=f"{self._title}: {step}", completed=done)
        if step != self._step and not console.is_terminal:
            console.print(f"{self._title}: {step}")
        self._step = step


@contextmanager
def row_bar(title: str) -> Generator["RowBar"]:
    """Show a bar for work that counts rows; where nobody watches a terminal, a line at times."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield RowBar(progress, title)


class RateColumn(ProgressColumn):
    """How many rows are done in a second."""

    def render(self, task: Task) -> Text:
        """Nothing before there is something to divide."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


class RowBar:
    """A progress bar over rows; the total may be unknown, or become known later."""

    def __init__(self, progress: Progress, title: str, *, every: float = LINE_SECONDS) -> None:
        self._progress = progress
        self._title = title
        self._task = progress.add_task(title, total=None)
        self._every = every
        self._first: tuple[float, int] | None = None
        self._told = 0.0
        self.done = 0

    def reach(self, done: int, total: int | None) -> None:
        """Show how many rows are done, of how many; where the work begins, at the first call."""
        now = time.monotonic()
        self.done = done
        if self._first is None:
            # What an earlier try did says nothing about how fast this one is.
            self._progress.reset(self._task, completed=done, total=total)
            self._first, self._told = (now, done), now
        self._progress.update(self._task, completed=done, total=total)
        if not console.is_terminal and now - self._told >= self._every:
            self._told = now
            console.print(f"{self._title}: {self._line(now, total)}")

    def _line(self, now: float, total: int | None) -> str:
        start, before = self._first or (now, 0)
        speed = (self.done - before) / max(now - start, 1e-9)
        if total is None or not speed:
            return f"{self.done:,} rows, {speed:,.0f}/s"
        left = timedelta(seconds=round((total - self.done) / speed))
        return f"{self.done:,} of {total:,} rows, {speed:,.0f}/s, {left} left"


def who() -> str:
    """The person at the terminal, for the record."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "command-line"


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that others will notice; `--yes` answers for scripts."""
    if yes:
        return
    if not sys.stdin.isatty():
        errors.print("This asks for a confirmation; give --yes where nobody can answer")
        raise typer.Exit(2)
    typer.confirm(question, abort=True)
