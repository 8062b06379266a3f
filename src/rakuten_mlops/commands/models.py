"""`models`: list, show, promote, rollback."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markdown import Markdown
from rich.table import Table

from rakuten_mlops.commands.terminal import confirm, console, explained, read_settings, who
from rakuten_mlops.registry.model_registry import PRODUCTION, ModelRegistry, roll_back
from rakuten_mlops.serving.champion_store import ChampionStore

app = typer.Typer(no_args_is_help=True, help="Versions: list, show, promote, roll back.")

Why = Annotated[str, typer.Option(help="The reason, for the record.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _registry() -> ModelRegistry:
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

    return MlflowRegistry(read_settings().mlflow_url)


def _announce() -> None:
    """Have an API of this home look at once, not when it next would."""
    ChampionStore(read_settings().home).announce()


@app.command("list")
def list_versions() -> None:
    """Every version with its scores, aliases and verdict, newest first."""
    with explained():
        found = _registry().versions()
    if not found:
        console.print("No version yet: `rakuten-mlops retrain` makes one.")
        return
    table = Table(
        "version", "made (UTC)", "aliases", "revision", "macro-F1", "automation", "verdict"
    )
    for each in found:
        verdict = "; ".join(each.verdict["reasons"]) if each.verdict else "not judged"
        macro = f"{each.scorecard.get('macro_f1', 0):.4f}"
        automation = _automation(each.scorecard)
        made = f"{each.created_at:%Y-%m-%d %H:%M}"
        revision = str(each.lineage.get("revision", ""))
        table.add_row(
            each.version, made, ", ".join(each.aliases), revision, macro, automation, verdict
        )
    console.print(table, soft_wrap=False)


def _automation(scorecard: Mapping[str, Any]) -> str:
    """The share of holdout listings that a version accepts; nothing without thresholds."""
    decisions = scorecard.get("decisions")
    return f"{decisions['automation_rate']:.1%}" if decisions else ""


@app.command()
def show(version: Annotated[str, typer.Argument(help="A version's number.")]) -> None:
    """The model card of a version."""
    with explained():
        card = _registry().read_file(version, "model_card.md").decode()
    if console.is_terminal:
        console.print(Markdown(card), soft_wrap=False)
    else:
        console.print(card)


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="A version's number.")],
    why: Why,
    yes: Yes = False,
) -> None:
    """Put a version into production by hand."""
    confirm(f"Serve version {version} from now on?", yes=yes)
    with explained():
        move = _registry().move_alias(PRODUCTION, version, by=who(), why=why)
    _announce()
    console.print(f"{move.alias}: {move.source or 'nothing'} -> {move.target}")


@app.command()
def rollback(
    why: Why,
    version: Annotated[
        str | None, typer.Argument(help="A formerly served version; default: the one before.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Put a version that was in production before back there."""
    confirm(f"Go back to {f'version {version}' if version else 'the version before'}?", yes=yes)
    with explained():
        move = roll_back(_registry(), by=who(), why=why, version=version)
    _announce()
    console.print(f"{move.alias}: {move.source} -> {move.target}")
