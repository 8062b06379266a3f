"""`predict`: a file of listings in, the same with categories out."""

from pathlib import Path
from typing import Annotated

import typer

from rakuten_mlops.commands.terminal import console, explained, read_settings, row_bar
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.files import count_rows, predict_file
from rakuten_mlops.serving.predictor import Predictor


def predict(
    source: Annotated[Path, typer.Argument(help="CSV or Parquet with the column `designation`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Ends in .csv or .parquet.")],
) -> None:
    """Classify a file of listings with the champion that this machine holds."""
    settings = read_settings()
    with explained(), row_bar(f"Classifying {source.name}") as bar:
        predictor = Predictor(ChampionStore(settings.home))
        predictor.refresh()
        champion = predictor.champion
        bar.reach(0, count_rows(source))
        done = predict_file(
            source,
            output,
            champion,
            accept_confidence=settings.accept_confidence,
            progress=bar.advance,
        )
    console.print(f"{done:,} listings classified by version {champion.version}: {output}")
