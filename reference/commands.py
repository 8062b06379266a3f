"""The page of commands."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from rakuten_mlops.cli import app
from reference.tables import table

TyperParameter = TyperOption | TyperArgument

PROGRAM = "rakuten-mlops"
KINDS = {Path: "PATH", int: "NUMBER", float: "NUMBER", str: "TEXT"}
HEAD = f"""\
# Commands

`{PROGRAM} COMMAND --help` says the same. `retrain`, `train`, `reproduce` and `models` speak to
MLflow, `status` and `tick` to the API; the others need no running service.
`python -m rakuten_mlops.training.train_model` is the training script; it is `train`.

"""


def page() -> str:
    """Every command: what it does, with what."""
    found = list(leaves(typer.main.get_command(app)))
    rows = [(f"[`{name}`](#{_anchor(name)})", _first(command)) for name, command in found]
    parts = [HEAD, table(("command", "what it does"), rows)]
    parts += [_section(name, command) for name, command in found]
    return "".join(parts)


def leaves(command: TyperCommand | TyperGroup, *path: str) -> Iterator[tuple[str, TyperCommand]]:
    """All commands that do something, with their full names."""
    if not isinstance(command, TyperGroup):
        yield " ".join(path), command
        return
    for name, child in command.commands.items():
        yield from leaves(child, *path, name)


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _first(command: TyperCommand) -> str:
    return (command.help or "").strip().splitlines()[0]


def _section(name: str, command: TyperCommand) -> str:
    usage = " ".join([PROGRAM, name, *map(_usage, command.params)])
    rows = [(f"`{_name(each)}`", each.help or "", _default(each)) for each in command.params]
    text = f"\n## {name}\n\n{(command.help or '').strip()}\n\n```text\n{usage}\n```\n"
    return text + ("\n" + table(("parameter", "meaning", "default"), rows) if rows else "")


def _usage(parameter: TyperParameter) -> str:
    name = _name(parameter)
    return name if parameter.required else f"[{name}]"


def _name(parameter: TyperParameter) -> str:
    if not isinstance(parameter, TyperOption):
        return str(parameter.name).upper()
    names = "/".join(parameter.opts + parameter.secondary_opts)
    return names if parameter.is_flag else f"{names} {_kind(parameter)}"


def _kind(parameter: TyperParameter) -> str:
    annotation = parameter.type_descriptor.annotation
    chosen = get_args(annotation)
    return "|".join(map(str, chosen)) if chosen else KINDS.get(annotation, annotation.__name__)


def _default(parameter: TyperParameter) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    return "" if default in (None, False, ()) or callable(default) else f"`{default}`"
