"""The review page as a reviewer meets it."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from .fake_review import an_item
from .samples import NOW
from .test_pages import APP, button, log_in, opened, texts


@pytest.fixture
def page(url, monkeypatch) -> AppTest:
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    return opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "rita"), "review")


def press(page: AppTest, label: str) -> AppTest:
    button(page, label).click().run()
    assert not page.exception
    return page


def in_a_spreadsheet(page: AppTest) -> None:
    page.session_state["review tabs"] = "In a spreadsheet"
    page.run()


def test_a_listing_is_shown_with_its_text_alternatives_and_reasons(page):
    told = texts(page)

    assert '<p class="title">Le Petit Prince - Saint-Exupéry</p>' in told
    assert '<mark class="for">Édition</mark> de poche' in told
    assert '<mark class="against">jamais</mark> <mark class="against">lue</mark>' in told
    assert "Envoi soigné &amp; suivi." in told
    assert button(page, "Confirm: Livres d'occasion")
    assert button(page, "Livres neufs · 38%")


def test_every_answer_has_its_key(page):
    keys = {one.label: one.proto.shortcut for one in page.button if one.proto.shortcut}

    assert keys["Confirm: Livres d'occasion"] == "enter"
    assert [keys[label] for label in ("Not a product", "Skip", "Back")] == ["n", "s", "b"]
    assert sorted(key for key in keys.values() if key.isdigit()) == list("12345")


def test_confirming_goes_on_to_the_next(page, fake):
    press(page, "Confirm: Livres d'occasion")

    assert fake.review.said == [(1, "confirm", None)]
    assert '<p class="title">Lot de 3 livres</p>' in texts(page)


def test_an_alternative_is_one_click(page, fake):
    press(page, "Livres neufs · 38%")

    assert fake.review.said == [(1, "category", 2705)]


def test_the_first_alternative_confirms(page, fake):
    press(page, "Livres d'occasion · 41%")

    assert fake.review.said == [(1, "confirm", None)]


def test_any_other_category_can_be_searched(page, fake):
    page.selectbox[0].set_value(2583)
    press(page, "Use this category")

    assert fake.review.said == [(1, "category", 2583)]
    assert page.selectbox[0].value is None


def test_skipping_and_no_product(page, fake):
    press(page, "Skip")
    press(page, "Not a product")

    assert fake.review.said == [(1, "skip", None), (2, "not a product", None)]


def test_going_back_shows_what_was_said_and_takes_another_answer(page, fake):
    assert button(page, "Back").disabled
    press(page, "Not a product")

    press(page, "Back")
    assert '<p class="title">Le Petit Prince' in texts(page)
    assert "You said **not a product**" in texts(page)
    press(page, "Livres neufs · 38%")

    assert fake.review.said == [(1, "not a product", None), (1, "category", 2705)]
    assert '<p class="title">Lot de 3 livres</p>' in texts(page)


def test_a_doubted_label_is_said(page):
    press(page, "Skip")
    press(page, "Skip")

    assert "The catalogue says **1560 Mobilier et rangement" in page.warning[0].value


def test_a_colleague_who_was_faster_is_named_and_the_next_is_shown(page, fake):
    fake.review.faster = "rob"

    press(page, "Confirm: Livres d'occasion")

    assert page.toast[0].value == "rob answered item 1 at noon"
    assert '<p class="title">Lot de 3 livres</p>' in texts(page)


def test_what_is_no_longer_held_is_asked_for_anew(page, fake):
    fake.review.items = [an_item(9, "Autre chose", leased_until=NOW - timedelta(seconds=1))]
    for item in page.session_state["review held"]:
        item["leased_until"] = (NOW - timedelta(seconds=1)).isoformat()

    page.run()

    assert '<p class="title">Autre chose</p>' in texts(page)


def test_an_empty_queue_teaches_how_listings_come_here(page, fake):
    for _ in range(3):
        press(page, "Skip")

    assert page.success[0].value == "Nothing waits for you."
    assert "a small random share of all" in texts(page)
    fake.review.items.append(an_item(4, "Table basse"))
    press(page, "Look again")
    assert '<p class="title">Table basse</p>' in texts(page)


def test_live_precision_comes_with_its_interval(page):
    figures = {metric.label: metric.value for metric in page.metric}

    assert figures["All answers"] == "94.0%"
    assert "89.0% to 97.0% at 95% confidence. 47 right of 50 reviewed; 60 were drawn." in texts(
        page
    )


def test_before_the_first_answer_no_figure_is_claimed(page, fake):
    fake.review.precise = (12, 0, 0)

    page.run()

    assert "All answers" not in {metric.label for metric in page.metric}
    assert "Nothing to tell yet" in texts(page)


def test_a_key_answers_nothing_while_the_spreadsheet_is_open(page):
    in_a_spreadsheet(page)

    assert not [one for one in page.button if one.proto.shortcut]


def test_a_sheet_is_taken_and_given_back(page, fake):
    in_a_spreadsheet(page)
    press(page, "Take them into a file")
    assert page.get("download_button")

    page.file_uploader[0].upload("review.csv", b"id,answer\n1,ok\n2,hm\n", "text/csv").run()
    press(page, "Store the answers")

    assert fake.review.sheets == [b"id,answer\n1,ok\n2,hm\n"]
    assert "1 answer stored" in page.success[0].value
    assert "1 line rejected" in page.warning[0].value


def test_a_client_is_told_who_reviews(url, monkeypatch):
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    page = opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "carl"), "review")

    assert "Only reviewers say what listings are; your role is `client`" in page.info[0].value
    assert not page.error


def test_an_answer_that_is_not_the_likeliest_is_explained(fake, request):
    fake.review.items[1]["alternatives"][1]["confidence"] = 0.5
    page = request.getfixturevalue("page")
    assert "scores highest" not in texts(page)

    press(page, "Skip")

    assert "Livres d'occasion scores highest, so it is the answer" in texts(page)
