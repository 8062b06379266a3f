"""What a model must do whatever its score: small changes of a listing, and plain listings."""

import polars as pl
import pytest

from rakuten_mlops.catalog.listing import fields
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.training.pipeline import Parameters, build_pipeline


@pytest.fixture(scope="module")
def scorer():
    listings = synthesize(12_000, seed=4)
    pairs = [fields(each.listing.designation, each.listing.description) for each in listings]
    texts = pl.DataFrame(
        {"text": [text for _, text in pairs], "title": [title for title, _ in pairs]}
    )
    pipeline = build_pipeline(Parameters())
    pipeline.fit(texts, [each.prdtypecode for each in listings])
    return compile_pipeline(pipeline, {})


@pytest.mark.parametrize(
    "variant",
    [
        "PISCINE TUBULAIRE RONDE AVEC POMPE À FILTRE",
        "piscine tubulaire ronde avec pompe a filtre",
        "Piscine&nbsp;tubulaire <b>ronde</b> avec pompe &agrave; filtre",
    ],
)
def test_case_accents_and_html_do_not_move_a_category(scorer, variant):
    plain = scorer.margins("Piscine tubulaire ronde avec pompe à filtre")

    assert scorer.margins(variant) == pytest.approx(plain)


def test_saying_that_it_is_a_game_moves_a_category(scorer):
    before = scorer.guesses("Aventure au royaume perdu")
    after = scorer.guesses("Aventure au royaume perdu - jeu vidéo PS4")

    assert after[0].prdtypecode in (40, 2462)
    games = {guess.prdtypecode: guess.confidence for guess in before}.get(after[0].prdtypecode, 0)
    assert after[0].confidence > games


@pytest.mark.parametrize(
    ("designation", "codes"),
    [
        ("Piscine hors sol tubulaire ronde avec pompe", {2583}),
        ("Console de jeux avec manette", {60, 2462, 50}),
        ("Manette sans fil pour PS4", {50}),
        ("Lot de 3 peluches pour bébé", {1280, 1320}),
        ("Housse de couette 2 personnes en coton", {1920}),
        ("Cahier grands carreaux A4 96 pages", {2522}),
        ("Croquettes pour chien adulte", {2220}),
        ("Poussette canne pliable pour bébé", {1320}),
        ("Jeu de société pour toute la famille", {1281}),
        ("Tondeuse à gazon thermique", {2585}),
    ],
)
def test_a_plain_listing_gets_its_plain_category(scorer, designation, codes):
    assert scorer.predict(designation) in codes
