"""The tour, and the language in which all pages speak."""

import pytest
from streamlit.testing.v1 import AppTest

from rakuten_mlops.dashboard import slides

from .test_pages import APP, button, log_in, opened, texts


@pytest.fixture
def page(url, monkeypatch) -> AppTest:
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    return opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "carl"), "presentation")


def test_the_tour_goes_on_and_back(page):
    assert "Millions of listings" in texts(page)

    button(page, "Next").click().run()
    assert "Every change is a revision" in texts(page)
    button(page, "Back").click().run()

    assert "Millions of listings" in texts(page)
    assert button(page, "Back").disabled


def test_the_tour_is_stepped_through_by_the_arrow_keys(page):
    keys = {one.label: one.proto.shortcut for one in page.button if one.proto.shortcut}

    assert keys == {"Back": "left", "Next": "right"}


def test_the_tour_ends(page):
    for _ in slides.NAMES[1:]:
        button(page, "Next").click().run()

    assert button(page, "Next").disabled
    assert "One command" in texts(page)


def test_all_slides_stand_below_one_another_to_be_printed(page):
    page.toggle[0].set_value(True).run()

    assert texts(page).count('class="slide"') == len(slides.NAMES)


def test_the_figures_are_those_of_the_running_system(page):
    assert "<b>30,000</b><span>listings</span>" in texts(page)


def test_a_system_on_its_first_day_has_slides_too(url, monkeypatch, fake):
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    fake.forget_everything()
    fake.monitoring.absent = True

    page = opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "carl"), "presentation")

    assert "<b>–</b><span>listings</span>" in texts(page)


def test_the_language_is_one_click_away_and_stays_on_every_page(page):
    page.segmented_control(key="language").set_value("fr").run()
    assert "et pas de catégorie fiable" in texts(page)

    opened(page, "overview")

    assert page.title[0].value == "Vue d'ensemble"
    assert "La version 2 répond" in texts(page)


def test_logging_out_keeps_the_language(page):
    page.segmented_control(key="language").set_value("fr").run()

    button(page, "Se déconnecter").click().run()

    assert page.text_input[0].label == "Utilisateur"


@pytest.mark.parametrize(
    "name",
    [
        "overview",
        "presentation",
        "predict",
        "review",
        "catalogue",
        "training",
        "models",
        "monitoring",
    ],
)
def test_every_page_opens_in_french_for_every_role(url, monkeypatch, name):
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    for user in ("admin", "rita", "carl"):
        page = log_in(AppTest.from_file(APP, default_timeout=10).run(), user)
        page.segmented_control(key="language").set_value("fr").run()

        opened(page, name)

        assert not page.error
