"""One command line over all of it."""

import typer

from rakuten_mlops.commands import catalog, files, models, review, services, training, users
from rakuten_mlops.commands.explain import explain
from rakuten_mlops.commands.up import up

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Rakuten MLOps: from listings to a served, watched and explained classifier.",
)
app.command()(up)
app.command("import")(catalog.import_catalog)
app.command("synthesize")(catalog.synthesize_catalog)
app.command()(training.train)
app.command()(training.retrain)
app.command()(files.predict)
app.command()(explain)
app.add_typer(models.app, name="models")
app.add_typer(review.app, name="review")
app.add_typer(users.app, name="users")
app.command()(services.status)

PARTS = "Parts of the system"
app.command(rich_help_panel=PARTS)(services.serve)
app.command(rich_help_panel=PARTS)(services.dashboard)
app.command(rich_help_panel=PARTS)(services.scheduler)
app.command(rich_help_panel=PARTS)(services.bootstrap)
app.command(rich_help_panel=PARTS)(training.tick)
