"""Listings in files, and a champion that answers them."""

from datetime import UTC, datetime

import polars as pl
import pytest

from rakuten_mlops.serving.predictor import Champion


@pytest.fixture(scope="session")
def champion(scorer) -> Champion:
    """Version 7."""
    return Champion(scorer, "7", datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def listings() -> pl.DataFrame:
    """900 listings, each to be told from the others, with all that makes CSV hard."""
    titles = ["Piscine hors sol", "Jeu vidéo PS4", 'Lot de "livres", anciens\n2 volumes', None]
    described = [None, "<p>Très bon\r\nétat</p>", 'écran 10", neuf', ""]
    rows = range(900)
    return pl.DataFrame(
        {
            "reference": [f"{n:05}" for n in rows],
            "designation": [titles[n % 4] for n in rows],
            "description": [described[n % 5 % 4] for n in rows],
            "price": [f"00{n}.50" for n in rows],
        }
    )
