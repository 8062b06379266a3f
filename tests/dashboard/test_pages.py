"""The pages as a user meets them, against an API that answers over HTTP."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rakuten_mlops.dashboard import app as dashboard
from rakuten_mlops.dashboard import session

APP = Path(dashboard.__file__)


@pytest.fixture
def page(url, monkeypatch) -> AppTest:
    monkeypatch.setenv("RAKUTEN_API_URL", url)
    return AppTest.from_file(APP, default_timeout=10).run()


def log_in(page: AppTest, name: str, password: str | None = None) -> AppTest:
    page.text_input[0].input(name)
    page.text_input[1].input(password or f"{name}-password")
    page.button[0].click().run()
    return page


def opened(page: AppTest, name: str) -> AppTest:
    page.switch_page(f"views/{name}.py").run()
    assert not page.exception
    return page


def button(page: AppTest, label: str):
    return next(one for one in page.button if one.label == label)


def on_tab(page: AppTest, name: str) -> AppTest:
    page.session_state["predict tabs"] = name
    page.run()
    assert not page.exception
    return page


def the_selectbox(page: AppTest, label: str):
    return next(one for one in page.selectbox if one.label == label)


def texts(page: AppTest) -> str:
    kinds = (
        page.success,
        page.markdown,
        page.caption,
        page.html,
        page.text,
        page.info,
        page.subheader,
    )
    return "\n".join(str(element.proto.body) for kind in kinds for element in kind)


def test_a_stranger_sees_the_login_and_where_the_first_password_is(page):
    assert [field.label for field in page.text_input] == ["User", "Password"]
    assert "var/admin-password" in texts(page)


def test_a_wrong_password_lets_nobody_in(page):
    log_in(page, "admin", "wrong")

    assert page.error[0].value == "The user name or the password is wrong."
    assert [title.value for title in page.title] == ["Rakuten product classifier"]


def test_the_right_password_opens_the_overview(page):
    log_in(page, "admin")

    assert not page.exception
    assert page.title[0].value == "Overview"
    assert "Version 2 answers" in texts(page)


def test_the_password_stays_nowhere_but_in_the_client(page):
    log_in(page, "admin")

    kept = page.session_state.to_dict()
    assert "admin-password" not in repr(kept)


def test_logging_out_forgets_the_user(page):
    log_in(page, "admin")

    button(page, "Log out").click().run()

    assert session.LOGIN not in page.session_state
    assert page.text_input[0].label == "User"


def test_a_login_that_the_api_no_longer_accepts_ends_the_session(page, fake):
    log_in(page, "admin")
    del fake.users["admin"]

    page.run()

    assert page.text_input[0].label == "User"
    assert "no longer valid" in page.info[0].value


def test_a_session_ends_after_its_time(page):
    log_in(page, "admin")
    login = page.session_state[session.LOGIN]
    page.session_state[session.LOGIN] = session.Login(
        login.user, login.api, login.address, since=login.since - session.LONGEST_SESSION - 1
    )

    page.run()

    assert "8 hours" in page.info[0].value


def test_an_api_that_is_away_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setenv("RAKUTEN_API_URL", "http://127.0.0.1:9")
    page = AppTest.from_file(APP, default_timeout=10).run()

    log_in(page, "admin")

    assert "http://127.0.0.1:9" in page.error[0].value
    assert "make up" in page.error[0].value


def test_the_overview_says_that_the_listings_are_synthetic(page):
    log_in(page, "carl")

    assert "**synthetic**" in texts(page)


def test_the_overview_says_who_put_the_model_into_production_and_why(page):
    log_in(page, "carl")

    assert "**scheduler** put version 2 into Production in place of version 1" in texts(page)
    assert "Better beyond noise: macro-F1 +0.0123" in texts(page)


def test_the_overview_warns_of_a_registry_that_is_away(page, fake):
    fake.registry = "away since noon: connection refused"

    log_in(page, "carl")

    assert not page.exception
    assert "away since noon" in page.warning[0].value
    assert "Predictions go on" in page.warning[0].value


def test_an_empty_system_teaches_what_to_do_first(page, fake):
    fake.forget_everything()
    log_in(page, "admin")

    assert "Start a training" in texts(page)
    assert "No training yet" in texts(opened(page, "training"))
    assert "No version yet" in texts(opened(page, "models"))


def test_an_example_is_one_click_from_its_category(page):
    opened(log_in(page, "carl"), "predict")

    button(page, "A pool pump").click().run()

    assert page.subheader[0].value == "Piscine et accessoires"
    assert page.get("progress")[0].proto.text == "Confidence **93.0%**"
    assert "calibrated probability (temperature)" in texts(page)
    assert '<mark class="for">piscine</mark>' in texts(page)


def test_an_outage_in_one_place_leaves_the_rest_of_the_page(page, fake):
    opened(log_in(page, "carl"), "predict")
    fake.aliases.clear()

    button(page, "A pool pump").click().run()

    assert "No version of product-classifier" in page.error[0].value
    assert page.text_input(key="designation").value.startswith("Pompe")


def test_nothing_is_asked_before_the_title_says_something(page):
    opened(log_in(page, "carl"), "predict")

    page.text_input(key="designation").input("ab").run()

    assert "appears here" in page.info[0].value


def test_several_titles_are_pasted_and_answered(page):
    on_tab(opened(log_in(page, "carl"), "predict"), "Several")

    page.text_area[0].input("Piscine ronde\nVieux livre").run()
    button(page, "Find the categories").click().run()

    assert "**2** of 2 rows answered, **1** of them to review." in texts(page)


def test_a_file_comes_back_with_its_doubtful_rows_apart(page):
    on_tab(opened(log_in(page, "carl"), "predict"), "A CSV file")
    content = b"ref;designation\n1;Piscine ronde\n2;Vieux livre\n3;\n"

    page.file_uploader[0].upload("listings.csv", content, "text/csv").run()
    button(page, "Find the categories").click().run()

    assert "**2** of 3 rows answered, **1** of them to review." in texts(page)
    page.segmented_control[0].set_value("review").run()
    assert page.dataframe[0].value["ref"].tolist() == ["2"]


def test_a_file_without_titles_is_refused_with_the_columns_name(page):
    on_tab(opened(log_in(page, "carl"), "predict"), "A CSV file")

    page.file_uploader[0].upload("listings.csv", b"titre\nLivre\n", "text/csv").run()

    assert "The column `designation` is missing" in page.error[0].value


def test_a_client_sees_the_trainings_but_cannot_start_one(page):
    opened(log_in(page, "carl"), "training")

    assert button(page, "Start").disabled
    assert "Only an administrator" in page.info[0].value
    assert page.dataframe[0].value["Result"].tolist() == ["rejected", "promoted", "promoted"]


def test_a_training_starts_with_what_was_filled_in_only(page, fake):
    opened(log_in(page, "admin"), "training")

    page.number_input[0].set_value(0.25)
    button(page, "Start").click().run()

    assert fake.started == [{"force": False, "c": 0.25}]
    assert "**Job 4** is running" in texts(page)


def test_a_second_training_is_refused_politely(page):
    opened(log_in(page, "admin"), "training")

    button(page, "Start").click().run()
    button(page, "Start").click().run()

    assert not page.error
    assert "Training job 4 is running" in page.info[0].value


def test_a_promotion_asks_for_a_reason(page, fake):
    opened(log_in(page, "admin"), "models")
    page.session_state["versions"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()

    button(page, "Promote version 3 …").click().run()
    button(page, "Put version 3 into production").click().run()

    assert "Write the reason" in page.error[0].value
    assert fake.aliases["Production"] == "2"


def test_a_promotion_with_a_reason_is_made_and_told(page, fake):
    opened(log_in(page, "admin"), "models")
    page.session_state["versions"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()

    button(page, "Promote version 3 …").click().run()
    page.text_area[0].input("the gate was too careful")
    button(page, "Put version 3 into production").click().run()

    assert fake.aliases["Production"] == "3"
    assert fake.moves[0]["why"] == "the gate was too careful"
    assert "Version 3 is in production" in page.success[0].value


def test_a_rollback_offers_only_versions_that_were_served(page, fake):
    opened(log_in(page, "admin"), "models")

    button(page, "Roll back …").click().run()
    assert the_selectbox(page, "Go back to version").options == ["1"]
    page.text_area[0].input("complaints about books")
    button(page, "Roll back").click().run()

    assert fake.aliases["Production"] == "1"


def test_a_client_cannot_move_an_alias(page):
    opened(log_in(page, "carl"), "models")

    assert button(page, "Roll back …").disabled
    assert button(page, "Promote version 2 …").disabled


def test_disputes_of_the_challenger_are_shown_before_anyone_promotes(page):
    opened(log_in(page, "carl"), "models")

    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Version 3 agrees with version 2"] == "99.0%"
    assert shown["Disputed"] == "4"
    table = next(each.value for each in page.dataframe if "Challenger says" in each.value)
    assert table["Listing"].tolist() == [f"Pompe de piscine {number}" for number in range(4)]


def test_a_challenger_that_compared_nothing_is_explained(page, fake):
    del fake.aliases["Staging"]

    opened(log_in(page, "carl"), "models")

    assert "Nothing was compared yet" in texts(page)
