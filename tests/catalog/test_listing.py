import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.catalog.listing import (
    BREAK,
    LATIN,
    SINGLE_LETTERS,
    WORD,
    encoded_words_and_letters,
    fields,
    plain,
    words,
)


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


@pytest.mark.parametrize("entity", ["&#" + "1" * 5_000 + ";", "&#" + "0" * 5_000 + ";"])
def test_an_entity_of_any_length_is_no_word(entity):
    assert plain(f"<i>Un</i> {entity} deux").startswith("un ")
    assert words(f"Un {entity}{entity} deux")[-1] == "deux"


# One of these more, and no table of Latin-1 serves a text any more.
ELSEWHERE = "一"
every_latin_letter = [chr(number) for number in range(256) if chr(number) not in "<&"]


@pytest.mark.parametrize("letter", every_latin_letter)
def test_a_letter_of_latin_1_is_read_alike_in_any_text(letter):
    text = f"ab{letter}cd {letter}{letter} {letter}x"

    assert words(text) == words(f"{text} {ELSEWHERE}")
    assert f"{plain(text)} {ELSEWHERE}" == plain(f"{text} {ELSEWHERE}")


@given(st.text(st.sampled_from(every_latin_letter)))
def test_texts_of_latin_1_are_read_like_any_other(text):
    assert words(text) == words(f"{text} {ELSEWHERE}") == WORD.findall(plain(text))


# Signs and letters beyond Latin-1 that stand in its texts, and some that never do.
beyond = st.text("aàÉ_9 ’“”…€–™œŒ½ⅧŸſﬁÅ①𝐀\N{COMBINING ACUTE ACCENT}\ufe0f🎁µΣσς一\0\x01")


@given(st.text(st.characters(exclude_characters="<&")) | beyond)
def test_the_words_of_any_text_are_those_of_its_plain_form(text):
    assert words(text) == WORD.findall(plain(text))


@given(st.lists(st.text() | beyond | st.text("aà µÆ一&;<b>\0\x1c\xa0", max_size=20), max_size=9))
def test_texts_that_are_read_together_have_the_words_of_each(texts):
    found = encoded_words_and_letters(texts)

    found = [word.decode() for word in found if word not in SINGLE_LETTERS - {BREAK}]
    assert found == [word for text in texts for word in (*words(text), BREAK.decode())]


def test_nearly_every_letter_of_latin_1_has_its_place():
    assert LATIN.others.decode("latin-1") == "µ¼½¾Ææ"
