"""The catalogue's page as its users meet it."""

import pytest
from streamlit.testing.v1 import AppTest

from .test_pages import APP, button, log_in, opened, texts

GOOD = b",designation,description,productid,imageid\n0,Piscine,,1,1\n1,Livre,,2,2\n"
BAD = b",designation,description,productid,imageid\n0,Piscine,,1,bad\n1,Livre,,2,2\n"


@pytest.fixture
def page(url, monkeypatch) -> AppTest:
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    return opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "admin"), "catalogue")


def on_tab(page: AppTest, name: str) -> AppTest:
    page.session_state["catalogue tabs"] = name
    page.run()
    assert not page.exception
    return page


def test_listings_are_looked_up_by_title(page):
    assert "120 listings" in texts(page)

    page.text_input(key="listing search").input("piscine").run()

    assert "24 listings" in texts(page)
    assert all("Piscine" in title for title in page.dataframe[0].value["Title"])


def test_one_page_of_listings_is_asked_for_at_a_time(page):
    assert len(page.dataframe[0].value) == 50


def test_nothing_found_says_what_to_try(page):
    page.text_input(key="listing search").input("zzz").run()

    assert "Try a shorter word" in page.info[0].value


def test_revisions_are_listed(page):
    on_tab(page, "Revisions")

    assert page.dataframe[0].value["Revision"].tolist() == [5, 4, 3, 2, 1]


def test_an_import_is_previewed_then_stored(page, fake):
    on_tab(page, "Import")
    assert button(page, "See what would change").disabled

    page.file_uploader[0].upload("X.csv", GOOD, "text/csv").run()
    button(page, "See what would change").click().run()
    assert [one["commit"] for one in fake.imports] == [False]
    button(page, "Store as a new revision").click().run()

    assert fake.imports[-1] == {"files": ["X.csv", None], "replace": False, "commit": True}
    assert "Revision 6 is stored" in page.success[0].value


def test_too_many_bad_rows_are_shown_and_cannot_be_stored(page):
    on_tab(page, "Import")

    page.file_uploader[0].upload("X.csv", BAD, "text/csv").run()
    button(page, "See what would change").click().run()

    assert "50.0% of the rows are bad" in page.error[0].value
    assert "1 row: productid is not a whole number" in texts(page)
    assert not [one for one in page.button if one.label == "Store as a new revision"]


def test_only_an_administrator_is_offered_the_import(url, monkeypatch):
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    page = opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "carl"), "catalogue")

    on_tab(page, "Import")

    assert "Only an administrator imports" in page.info[0].value
    assert not page.file_uploader


def test_an_empty_catalogue_says_how_to_begin(url, monkeypatch, fake):
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    fake.forget_everything()

    page = opened(log_in(AppTest.from_file(APP, default_timeout=10).run(), "admin"), "catalogue")

    assert "synthesize" in page.info[0].value
