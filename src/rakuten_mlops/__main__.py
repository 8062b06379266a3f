"""`python -m rakuten_mlops` is the command line."""

from rakuten_mlops.cli import app

app()
