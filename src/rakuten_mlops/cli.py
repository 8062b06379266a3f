"""One command line over all of it."""

from collections import UserDict
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from rakuten_mlops.memory import look_for_garbage_seldom


class Place(NamedTuple):
    """Where a command stands: a function, or a group of more, in a module of `commands`."""

    module: str
    name: str
    panel: str | None = None


PARTS = "Parts of the system"
PLACES = {
    "up": Place("up", "up"),
    "import": Place("catalog", "import_catalog"),
    "synthesize": Place("catalog", "synthesize_catalog"),
    "train": Place("training", "train"),
    "retrain": Place("training", "retrain"),
    "predict": Place("files", "predict"),
    "explain": Place("explain", "explain"),
    "reproduce": Place("reproduce", "reproduce"),
    "export": Place("reproduce", "export"),
    "drift": Place("drift", "drift"),
    "status": Place("services", "status"),
    "serve": Place("services", "serve", PARTS),
    "dashboard": Place("services", "dashboard", PARTS),
    "scheduler": Place("services", "scheduler", PARTS),
    "bootstrap": Place("services", "bootstrap", PARTS),
    "tick": Place("training", "tick", PARTS),
    "models": Place("models", "app"),
    "review": Place("review", "app"),
    "log": Place("log", "app"),
    "users": Place("users", "app"),
}


class Commands(UserDict[str, Any]):
    """Commands by name, each imported when it is asked for.

    All of them import most of what is installed: seconds for each, and memory for `serve`, which
    lives longest.
    """

    def __getitem__(self, key: str) -> Any:
        found = self.data[key]
        if isinstance(found, Place):
            found = self.data[key] = _load(key, found)
        return found


def _load(name: str, place: Place) -> Any:
    found = getattr(import_module(f"rakuten_mlops.commands.{place.module}"), place.name)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name, rich_help_panel=place.panel)(found)
    return typer.main.get_command(alone)


class Program(TyperGroup):
    """The commands, none of them imported yet."""

    def __init__(self, **details: Any) -> None:
        super().__init__(**details)
        self.commands = Commands(PLACES)


app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Rakuten MLOps: from listings to a served, watched and explained classifier.",
)


@app.callback()
def _program() -> None:
    """Typer makes a group of an application that has a callback."""
    look_for_garbage_seldom()
