import pytest

from rakuten_mlops.catalog.listing import words
from rakuten_mlops.monitoring.language import LANGUAGES, NAMES, UNKNOWN, guess_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Piscine hors sol tubulaire, livrée avec sa pompe et une bâche pour l'été"),
        ("fr", "Jeu vidéo The Last Story pour Wii, neuf et sous blister"),
        ("en", "Above ground pool with pump, for the whole family"),
        ("de", "Schwimmbecken mit Pumpe, für die ganze Familie und sehr leicht aufzubauen"),
        ("es", "Piscina desmontable con depuradora para toda la familia, muy fácil de montar"),
        ("it", "Piscina fuori terra con pompa per tutta la famiglia, molto facile da montare"),
        ("nl", "Zwembad met pomp voor het hele gezin, zeer makkelijk op te zetten"),
    ],
)
def test_small_words_give_a_language_away(language, text):
    assert LANGUAGES[guess_language(set(words(text)))] == language


@pytest.mark.parametrize("text", ["", "Samsung Galaxy S9 64 Go", "de la", "Piscine Bébé"])
def test_where_no_small_word_tells_the_language_is_unknown(text):
    assert guess_language(set(words(text))) == UNKNOWN


def test_every_language_has_a_name():
    assert len(NAMES) == len(LANGUAGES)
