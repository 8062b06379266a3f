"""`log`: what the prediction log holds, and a day of it as a file."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from rakuten_mlops.commands.terminal import console, explained, read_settings
from rakuten_mlops.database import migrate, open_database

app = typer.Typer(no_args_is_help=True, help="The log of what was served: status, export.")


@app.command()
def status() -> None:
    """What the log holds, since when, how large it is, and what was not recorded."""
    from rakuten_mlops.monitoring.prediction_log import PredictionLog
    from rakuten_mlops.monitoring.recorder_state import read_state
    from rakuten_mlops.monitoring.traffic import SPOOL, Spool

    settings = read_settings()
    with explained():
        engine = open_database(settings.database)
        migrate(engine)
        log = PredictionLog(engine)
        held, days, size = log.holding(), log.days(), log.size()
    state, waiting = read_state(settings.home), Spool(settings.home / SPOOL).files()
    console.print(
        f"Logging {'is on' if settings.log else 'is off (RAKUTEN_LOG)'}; kept for "
        f"{settings.log_days:g} days, at most {settings.log_rows:,} predictions"
    )
    bytes_ = "" if size is None else f" ({size / 2**20:,.1f} MiB)"
    since = f", since {held.since:%Y-%m-%d %H:%M} UTC" if held.since else ""
    console.print(f"Predictions  {held.rows:,}{bytes_}{since}")
    for day, rows in days.items():
        console.print(f"  {day}  {rows:>10,}")
    console.print(f"With texts   {held.texts:,}")
    console.print(f"Named words  {held.words:,}")
    console.print(f"Waiting      {len(waiting):,} files of the spool")
    last = f"; last {state.at:%Y-%m-%d %H:%M:%S} UTC" if state.at else ""
    console.print(f"This machine recorded {state.recorded:,}, deleted {state.pruned:,}{last}")
    console.print(
        f"Dropped      {state.dropped:,} by the recorder; by workers: "
        "rakuten_unrecorded_answers_total in /metrics"
    )


@app.command()
def export(
    day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="A day, UTC, as in 2026-11-25.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the files.")],
) -> None:
    """Write what was served on a day as Parquet, one file a day."""
    from rakuten_mlops.monitoring.log_export import export_day

    settings = read_settings()
    with explained():
        engine = open_database(settings.database)
        migrate(engine)
        written, rows = export_day(engine, day.date(), output)
    console.print(f"{rows:,} predictions of {day:%Y-%m-%d} in {written}")
