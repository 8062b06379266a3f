"""`drift`: is traffic still what the model learnt from?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from rakuten_mlops.commands.terminal import console, explained, read_settings
from rakuten_mlops.database import migrate, open_database

MOMENT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
COLOURS = {"drift": "red", "watch": "yellow", "no drift": "green"}


def drift(
    since: Annotated[
        datetime | None, typer.Option(formats=MOMENT, help="Answers from then on, UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=MOMENT, help="Answers before then, UTC.")
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(min=100, help="The newest of them; default: RAKUTEN_DRIFT_WINDOW."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page, too.")] = None,
    ask_api: Annotated[
        bool, typer.Option("--ask-api", help="Let the API look, as the schedule does.")
    ] = False,
) -> None:
    """Compare the champion's newest answers with its training; say what changed."""
    from rakuten_mlops.monitoring.drift.report import read_report

    settings = read_settings()
    with explained():
        if ask_api:
            from rakuten_mlops.stack.bootstrap import scheduler_client

            found = dict(scheduler_client(settings).look_for_drift())
            del found["id"]
            report = read_report(found)
        else:
            from rakuten_mlops.retraining.drift_watch import DriftWatch

            engine = open_database(settings.database)
            migrate(engine)
            report = (
                DriftWatch(engine, settings)
                .look(since=_utc(since), until=_utc(until), listings=window)
                .report
            )
        if html:
            from rakuten_mlops.monitoring.drift_page.page import write_page

            html.write_text(write_page(report), encoding="utf-8")
    colour = f"bold {COLOURS.get(report.state, '')}".strip()
    console.print(Text.assemble((report.state, colour), f": {report.headline}"))
    console.print(
        f"Version {report.version}, {report.listings:,} different listings against "
        f"{report.reference_listings:,} of the {report.reference}"
    )
    if report.tests:
        table = Table("test", "value", "noise up to", "matters from", "state")
        for each in report.tests:
            figures = (f"{figure:.3f}" for figure in (each.value, each.threshold, each.floor))
            table.add_row(each.title, *figures, each.state)
        console.print(table, soft_wrap=False)
    if report.accuracy:
        known = report.accuracy
        console.print(
            f"Right, estimated without labels: {known.estimate:.1%} "
            f"({known.low:.1%} to {known.high:.1%}); on the reference {known.reference:.1%}"
        )
    for line in (*report.findings, report.action):
        if line:
            console.print(f"- {line}", markup=False)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
