import subprocess
import sys

import numpy as np
import pytest

from rakuten_mlops.monitoring.language import LANGUAGES
from rakuten_mlops.monitoring.text_statistics import describe, hash_words, is_garbled

KNOWN = hash_words(["piscine", "avec", "pompe", "pour", "la"])


def test_lengths_are_those_of_the_raw_texts():
    found = describe("Piscine &eacute;t&eacute;", "<p>Avec pompe</p>", KNOWN)

    assert (found.title_chars, found.description_chars) == (25, 17)


@pytest.mark.parametrize("description", ["", "  ", "<p></p>", "&nbsp;<br />"])
def test_a_description_without_a_word_is_none(description):
    assert describe("Piscine", description, KNOWN).description_chars == 0


def test_words_are_counted_as_often_as_they_stand_there():
    found = describe("Piscine Licorne", "Licorne, avec pompe. Licorne !", KNOWN)

    assert (found.words, found.unknown_words) == (6, 3)


def test_an_empty_vocabulary_knows_nothing():
    assert describe("Piscine ronde", "", hash_words([])).unknown_words == 2


def test_a_word_counts_once_in_the_sketch_whatever_its_accents():
    found = describe("Été été ETE", "&Eacute;té", KNOWN)

    assert found.hashes.tolist() == hash_words(["ete"]).tolist()


def test_a_sketch_ascends():
    found = describe("pompe avec piscine pour la maison", "", KNOWN)

    assert np.all(np.diff(found.hashes.astype(np.int64)) > 0)


def test_the_language_is_that_of_both_texts_together():
    found = describe("Piscine ronde", "avec une pompe pour le nettoyage", KNOWN)

    assert LANGUAGES[found.language] == "fr"


def test_hashes_are_the_same_in_another_process():
    here = hash_words(["piscine", "été"]).tolist()
    code = (
        "from rakuten_mlops.monitoring.text_statistics import hash_words;"
        "print(hash_words(['piscine', 'été']).tolist())"
    )

    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert there.strip() == str(here)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["Été à la mer", "Décoration pour bébé", "Ça fonctionne, n° 5"])
def test_text_in_the_wrong_encoding_is_garbled(text, encoding):
    wrong = text.encode().decode(encoding, errors="replace")

    assert not is_garbled(text)
    assert is_garbled(wrong)
    assert describe("Piscine", wrong, KNOWN).garbled


@pytest.mark.parametrize("text", ["L¿été", "caf\ufffd", "cafÃ&copy;", "Lâ€™été"])
def test_lost_letters_are_garbled(text):
    assert is_garbled(text)


def test_a_character_of_any_number_is_read():
    assert not is_garbled("Piscine &#" + "0" * 5_000 + "65;")
    assert not is_garbled("Piscine &#" + "0" * 5_000 + "233;")


@pytest.mark.parametrize("text", ["¿Cómo está?", "São Paulo", "SÃO PAULO", "Âge", "Noël &amp; Cie"])
def test_letters_of_other_languages_are_not_garbled(text):
    assert not is_garbled(text)
