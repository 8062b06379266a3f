import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.dashboard.highlight import listing

OURS = (
    '<div class="listing">',
    '<div class="text">',
    "</div>",
    '<p class="title">',
    "</p>",
    '<mark class="for">',
    "</mark>",
)


def reason(term, for_category=1.0, for_runner_up=0.0):
    return {
        "term": term,
        "field": "text",
        "for_category": for_category,
        "for_runner_up": for_runner_up,
    }


def test_a_word_is_marked_as_the_seller_wrote_it():
    page = listing("PISCINE tubulaire", "une pompe à sable", [reason("piscine"), reason("sable")])

    assert '<mark class="for">PISCINE</mark> tubulaire' in page
    assert '<mark class="for">sable</mark>' in page


@pytest.mark.parametrize(
    ("text", "term"),
    [("Épuisette", "epuisette"), ("Œuvre", "oeuvre"), ("e\u0301te\u0301", "ete")],
)
def test_accents_and_ligatures_do_not_hide_a_word(text, term):
    composed = unicodedata.normalize("NFC", text)

    assert f'<mark class="for">{composed}</mark>' in listing(text, "", [reason(term)])


def test_words_that_spoke_against_it_are_marked_otherwise():
    page = listing("Livre neuf", "", [reason("livre"), reason("neuf", 0.1, 0.9)])

    assert '<mark class="for">Livre</mark> <mark class="against">neuf</mark>' in page


def test_a_term_of_two_words_is_marked_only_where_they_stand_together():
    page = listing("jeu vidéo", "vidéo du jeu", [reason("jeu video")])

    assert page.count("<mark") == 2
    assert '<div class="text">vidéo du jeu</div>' in page


def test_single_letters_do_not_part_a_term():
    page = listing("pompe à sable", "", [reason("pompe sable")])

    assert '<mark class="for">pompe</mark> à <mark class="for">sable</mark>' in page


def test_html_of_a_seller_is_read_as_text_and_runs_nowhere():
    text = "<p>a &amp; b<br>c &lt;img src=x onerror=y&gt;</p>"

    page = listing("<script>alert(1)</script>", text, [])

    assert "<script" not in page
    assert "<img" not in page
    assert "a &amp; b\nc" in page


def test_a_character_of_any_number_is_shown():
    far = "&#" + "1" * 5_000 + ";"

    assert "Piscine \ufffd ronde" in listing(f"Piscine {far} ronde", far, [])


def test_a_word_that_spoke_by_its_characters_is_marked_without_its_signs():
    spelt = {**reason("l'epuisette,"), "field": "characters"}

    page = listing("L'épuisette, neuve", "", [spelt, {**reason("-"), "field": "characters"}])

    assert page.count("<mark") == 1
    assert '<mark class="for">épuisette</mark>, neuve' in page


@given(st.text(max_size=60), st.lists(st.text("abé <&", min_size=1, max_size=6), max_size=4))
def test_nothing_but_our_own_marks_comes_out_of_a_text(text, terms):
    page = listing(text, text, [reason(term) for term in terms])

    body = page.partition("</style>")[2]
    for tag in OURS:
        body = body.replace(tag, "")
    assert "<" not in body
    assert ">" not in body
