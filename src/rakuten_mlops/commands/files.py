"""`predict`: a file of listings in, the same with categories out."""

from pathlib import Path
from typing import Annotated

import typer

from rakuten_mlops.commands.terminal import console, explained, read_settings, row_bar
from rakuten_mlops.memory import give_back_large_blocks
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.files.prediction import predict_file
from rakuten_mlops.serving.files.source import open_source
from rakuten_mlops.serving.predictor import Predictor

# The arrays of a piece come to more than stays by default: a thread would give that back, and ask
# for it again, several times a piece.
KEPT = 32 * 2**20


def predict(
    source: Annotated[Path, typer.Argument(help="CSV or Parquet with the column `designation`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Ends in .csv or .parquet.")],
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not go on from where an earlier try ended.")
    ] = False,
) -> None:
    """Classify a file of listings with the champion that this machine holds.

    Stopped or killed, it goes on when it is called again in the same way.
    """
    settings = read_settings()
    give_back_large_blocks(kept=KEPT)
    with explained(), row_bar(f"Classifying {source.name}") as bar:
        listings = open_source(source)
        predictor = Predictor(ChampionStore(settings.home))
        predictor.refresh()
        champion = predictor.champion
        done = predict_file(
            listings,
            output,
            champion,
            accept_confidence=settings.accept_confidence,
            restart=restart,
            note=console.print,
            progress=bar.reach,
        )
    console.print(f"{done:,} listings classified by version {champion.version}: {output}")
