import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog.listing import fields, plain, unescape, words


def test_tags_and_entities_are_not_words():
    assert plain("<p>L&#39;&eacute;t&eacute;</p><br/>Pi&egrave;ces") == "l'ete pieces"


def test_a_sign_that_opens_no_tag_stays():
    assert plain("taille < 40 > 38") == "taille < 40 > 38"


def test_accents_ligatures_and_capitals_make_no_difference():
    assert plain("Œuvre ÉTÉ") == plain("oeuvre été") == "oeuvre ete"


def test_without_a_description_both_texts_are_the_title():
    assert fields("Jeu Vidéo", "") == ("jeu video", "jeu video")


def test_the_second_text_is_the_title_and_then_the_description():
    assert fields("Jeu", "<b>Neuf</b>") == ("jeu", "jeu neuf")


@given(st.text(st.characters(exclude_characters="<&")))
def test_plain_text_is_plain_already(text):
    once = plain(text)

    assert plain(once) == once


@given(st.text())
def test_escaping_changes_no_word(text):
    escaped = html.escape(text.replace("<", " ").replace("&", " "))

    assert plain(escaped) == plain(text.replace("<", " ").replace("&", " "))


@pytest.mark.parametrize(
    ("entity", "meant"),
    [
        ("&#" + "1" * 5_000 + ";", "\ufffd"),
        ("&#" + "0" * 5_000 + "65;", "A"),
        ("&#" + "0" * 5_000 + ";", "\ufffd"),
        ("&#00001114112;", "\ufffd"),
        ("&#0001114109;", "\U0010fffd"),
        ("&#0000000128", "€"),
        ("&#x" + "f" * 5_000 + ";", "\ufffd"),
        ("&amp;#" + "1" * 5_000, "&#" + "1" * 5_000),
    ],
)
def test_a_number_of_any_length_is_read(entity, meant):
    assert unescape(f"a {entity} b") == f"a {meant} b"
    assert plain(f"<i>Un</i> {entity} deux").startswith("un ")
    assert words(f"Un {entity}{entity} deux")[-1] == "deux"


@given(st.lists(st.sampled_from([*"&#x;01 9a", "&#", "&#0000", "&#x0", "12345678", "amp"])))
def test_entities_mean_what_pythons_own_reading_says(pieces):
    text = "".join(pieces)

    assert unescape(text) == html.unescape(text)
