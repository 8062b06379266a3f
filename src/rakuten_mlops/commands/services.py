"""`serve`, `dashboard`, `scheduler`, `bootstrap`, `status`: the processes of the system."""

import os
from typing import Annotated

import typer
from rich.text import Text

from rakuten_mlops.commands.terminal import console, explained, read_settings, share_bar
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.settings import Settings


def serve() -> None:
    """Run the API: the workers that answer, and the keeper that brings them the champion."""
    from rakuten_mlops.stack import server

    settings = read_settings()
    configure_logging(settings.log_format)
    with explained():
        show_password(server.prepare(settings), settings)
        server.serve(settings)


def dashboard() -> None:
    """Run the dashboard, as a client of the API."""
    from rakuten_mlops.dashboard.launch import command

    settings = read_settings()
    arguments = command(host=settings.host, port=settings.dashboard_port)
    os.execvpe(arguments[0], arguments, os.environ | settings.environment())  # noqa: S606


def scheduler() -> None:
    """Run the schedule on a machine without cron."""
    from rakuten_mlops.stack import scheduler as clock

    settings = read_settings()
    configure_logging(settings.log_format)
    clock.run(settings)


def bootstrap() -> None:
    """Make a first catalogue (demo) and train the first model, if there is none."""
    from rakuten_mlops.stack.bootstrap import ensure_catalog, scheduler_client, train_first

    settings = read_settings()
    with explained(), share_bar("First training") as bar:
        if not ensure_catalog(settings):
            console.print(
                "The catalogue is empty. Import one: rakuten-mlops import X_train_update.csv "
                "Y_train_CVw08PX.csv; then start a training: rakuten-mlops tick"
            )
            return
        version = train_first(scheduler_client(settings), bar.note)
    console.print(f"Version {version} is served at {settings.api}.")


def status(
    ready: Annotated[
        bool, typer.Option("--ready", help="Say nothing; fail unless predictions are answered.")
    ] = False,
) -> None:
    """Show what is served and what is away."""
    from rakuten_mlops.stack.bootstrap import scheduler_client

    settings = read_settings()
    with explained():
        found = scheduler_client(settings).readiness()
    if not ready:
        version, since = found["model_version"], found["serving_since"]
        console.print(f"Champion  {f'version {version}, since {since}' if version else 'none yet'}")
        console.print(f"Registry  {found['registry']}\nDatabase  {found['database']}")
    if not found["ready"]:
        raise typer.Exit(1)


def show_password(invented: str | None, settings: Settings) -> None:
    """Show the administrator's password at the one start that makes it."""
    if invented:
        console.print(
            Text.assemble(
                "The first user is ", ("admin", "bold"), ", password ", (invented, "bold")
            )
        )
        console.print(f"(also in {settings.home / 'admin-password'}, which only you can read)")
