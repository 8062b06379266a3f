"""The dashboard in a real browser, before the real system. The tests tell one story, in order."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.factories import an_offer
from tests.system.conftest import Stack, chromium, until

from rakuten_mlops.catalog.synthetic import arrivals
from rakuten_mlops.database import open_database
from rakuten_mlops.review.offering import Offering

PATIENCE = 60_000
PAGES = {
    "Overview": "",
    "Presentation": "presentation",
    "Predict": "predict",
    "Review": "review",
    "Catalogue": "catalogue",
    "Training": "training",
    "Models": "models",
    "Monitoring": "monitoring",
}
FILE = "ref;designation\nA;Piscine tubulaire ronde avec pompe\nB;Livre de poche d'occasion\n"
# What Streamlit itself draws and no page of it can change: its menu puts headings into a list, its
# tables are canvases, and the points of the small curve in a figure have no name.
NOT_OURS = {"exclude": [["[data-testid=stSidebarNav]"], ["[data-testid=stDataFrame]"]]}
CURVE = ".metric_chart_"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A system of its own, with one version, whose schedule does not fire."""
    made = Stack(tmp_path_factory.mktemp("shown"), schedule="0 0 29 2 *")
    made.up()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


@pytest.fixture(scope="module")
def api(shown):
    with shown.client() as client:
        yield client


@pytest.fixture(scope="module")
def page(shown):
    """The dashboard after the login, in English; `errors` are what scripts and the console said."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000}, locale="en-GB")
        page.set_default_timeout(PATIENCE)
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.errors.append(said.text))
        log_in(page, shown, ("User", "Password", "Log in"))
        page.get_by_text("Version 1 is in production").wait_for()
        yield page


def log_in(page, shown, labels):
    user, password, button = labels
    page.goto(f"http://127.0.0.1:{shown.settings.dashboard_port}")
    page.get_by_label(user).fill("admin")
    given = (shown.settings.home / "admin-password").read_text().strip()
    page.get_by_label(password).first.fill(given)
    page.get_by_role("button", name=button).click()


def serious_faults(page):
    """What axe finds in a page, of what is serious."""
    page.wait_for_timeout(1_000)
    found = Axe().run(page, context=NOT_OURS).response["violations"]
    return [
        (fault["id"], node["target"])
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
        if not str(node["target"][0]).startswith(CURVE)
    ]


def go(page, name):
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True)
    link.click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
    settle(page)


def settle(page):
    page.wait_for_timeout(300)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def the_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()
    settle(page)


def test_a_stage_of_the_flow_opens_its_page(page):
    page.locator('[class*="st-key-stage-versioning"]').click()

    page.get_by_role("heading", name="Models", exact=True).wait_for()
    go(page, "Overview")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_there_within_two_seconds_of_a_click(page, name):
    started = page.evaluate("performance.now()")

    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()

    assert page.evaluate("performance.now()") - started < 2_000
    settle(page)


def test_the_answer_follows_while_one_types(page):
    go(page, "Predict")

    page.get_by_label("Title (designation)", exact=True).press_sequentially(
        "Piscine tubulaire ronde, pompe"
    )

    page.get_by_role("heading", name="Piscine et accessoires").wait_for()


def test_a_file_comes_back_with_its_categories(page, tmp_path):
    the_tab(page, "A CSV file")
    source = tmp_path / "mine.csv"
    source.write_text(FILE, encoding="utf-8")

    page.locator("input[type=file]").set_input_files(source)
    page.get_by_role("button", name="Find the categories").click()
    page.get_by_text(re.compile("of 2 rows")).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download 2 rows").click()

    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "mine-categories.csv"
    assert lines[0].startswith("ref;designation;prdtypecode;category;confidence")
    assert ";2583;" in lines[1]


def test_listings_are_looked_up(page):
    go(page, "Catalogue")

    page.get_by_label("Search in titles, or by productid", exact=True).press_sequentially("piscine")

    page.get_by_text(re.compile(r"^\d+ listings, newest first")).wait_for()
    total = int(page.get_by_text(re.compile("newest first")).inner_text().split()[0])
    assert 0 < total < 5_000


def test_a_retraining_is_started_and_followed_to_its_end(page, api):
    go(page, "Training")

    page.get_by_label("C", exact=True).fill("0.05")
    page.get_by_label("C", exact=True).press("Tab")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text(re.compile("Job 2 is (queued|running)")).wait_for()
    page.get_by_test_id("stProgress").first.wait_for()

    page.get_by_role("heading", name=re.compile("Job 2: (registered|rejected|promoted)")).wait_for(
        timeout=4 * PATIENCE
    )
    assert len(api.get("/models").json()["versions"]) == 2


def test_a_version_is_promoted_with_a_reason_and_rolled_back(page, api):
    before = api.get("/models").json()["production"]
    other = {"1": "2", "2": "1"}[before]
    go(page, "Models")
    newest_first = ["2", "1"]
    row = 35 * (1 + newest_first.index(other)) + 17

    # The table is a canvas: its boxes are places, not elements.
    table = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(table["x"] + 18, table["y"] + row)
    settle(page)
    page.get_by_role("button", name=f"Promote version {other} …").click()
    page.get_by_label("Why?").fill("to see that it works")
    page.get_by_role("button", name=f"Put version {other} into production").click()
    page.get_by_text(f"Version {other} is in production.").wait_for()
    assert api.get("/models").json()["production"] == other

    page.get_by_role("button", name="Roll back …").click()
    page.get_by_label("Why?").fill("and back again")
    page.get_by_test_id("stDialog").get_by_role("button", name="Roll back", exact=True).click()
    page.get_by_text(f"Version {before} is in production.").wait_for()

    answer = api.get("/models").json()
    assert answer["production"] == before
    assert [move["why"] for move in answer["moves"][:2]] == [
        "and back again",
        "to see that it works",
    ]


def test_listings_are_reviewed_by_keyboard_alone(shown, page, api):
    engine = open_database(shown.settings.database)
    Offering(engine, limit=10).put([an_offer("Trottinette des mers"), an_offer("Lampe de lune")])
    engine.dispose()
    waiting = sum(kind["answered"] for kind in api.get("/review/summary").json()["kinds"])
    go(page, "Review")
    page.locator(".listing .title").wait_for()

    first = page.locator(".listing .title").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "first => document.querySelector('.listing .title')?.innerText != first", arg=first
    )
    settle(page)
    page.keyboard.press("n")
    settle(page)

    until(
        lambda: (
            sum(kind["answered"] for kind in api.get("/review/summary").json()["kinds"])
            >= waiting + 2
        ),
        "two answers by keyboard",
        patience=20,
    )


def test_what_was_predicted_is_on_the_monitoring_page(page, api):
    for _ in range(5):
        assert api.post("/predict", json={"designation": "Console rétro"}).status_code == 200

    def seen():
        found = api.get("/predictions/summary").json()
        return found["total"]["predictions"] >= 5

    until(seen, "the log of what was predicted", patience=30)
    page.wait_for_timeout(10_500)  # what was asked lately is remembered so long
    go(page, "Monitoring")

    page.get_by_text("99% within").wait_for()


def test_listings_that_changed_are_told_of_in_either_language(page, api):
    before = api.get("/predictions/summary").json()["total"]["predictions"]
    came = [
        {"designation": each.listing.designation, "description": each.listing.description}
        for each in arrivals(1_000, seed=7, batch=30, drift=True)
    ]
    assert api.post("/predict_batch", json={"items": came}).status_code == 200
    until(
        lambda: api.get("/predictions/summary").json()["total"]["predictions"] >= before + 1_000,
        "the log of what arrived",
        patience=60,
    )
    go(page, "Monitoring")
    the_tab(page, "Drift")

    page.get_by_role("button", name="Look now").click()
    until(lambda: api.get("/drift").status_code == 200, "a drift report", patience=60)
    settle(page)

    report = api.get("/drift").json()
    assert report["state"] == "drift"
    assert report["listings"] >= 500
    page.get_by_text(re.compile("^Words that the model does not know: ")).first.wait_for()
    page.get_by_text(re.compile("^The listings have changed: ")).wait_for()
    page.get_by_role("radio", name="Français").click()
    page.get_by_text(re.compile("^Les annonces ont changé : ")).wait_for()
    told = page.get_by_test_id("stMain").inner_text()
    assert "Mots que le modèle ne connaît pas : " in told
    assert not any(finding in told for finding in report["findings"])
    page.get_by_role("radio", name="English").click()
    page.get_by_role("heading", name="Monitoring", exact=True).wait_for()


def test_the_tour_is_stepped_through_by_arrow_keys(page):
    go(page, "Presentation")

    page.keyboard.press("ArrowRight")
    page.get_by_text("2 of 8").wait_for()
    page.keyboard.press("ArrowLeft")

    page.get_by_text("1 of 8").wait_for()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_for_those_who_see_or_move_otherwise(page, name):
    go(page, name)

    assert serious_faults(page) == []


@pytest.fixture(scope="module")
def dark_page(page, shown):
    """The same after a login from a dark screen in France."""
    context = page.context.browser.new_context(
        viewport={"width": 1400, "height": 1000}, locale="fr-FR", color_scheme="dark"
    )
    dark = context.new_page()
    dark.set_default_timeout(PATIENCE)
    log_in(dark, shown, ("Utilisateur", "Mot de passe", "Se connecter"))
    dark.get_by_text(re.compile("est en production")).first.wait_for()
    yield dark
    context.close()


@pytest.mark.parametrize("path", PAGES.values())
def test_nor_has_it_one_in_the_dark_and_in_french(dark_page, path):
    dark_page.get_by_test_id("stSidebarNav").locator(f'a[href$="/{path}"]').first.click()
    settle(dark_page)
    background = dark_page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )

    assert max(map(int, re.findall(r"\d+", background)[:3])) < 80
    assert serious_faults(dark_page) == []


def test_french_is_one_click_away(page):
    page.get_by_role("radio", name="Français").click()
    page.get_by_role("heading", name="Surveillance").wait_for()

    page.get_by_role("radio", name="English").click()
    page.get_by_role("heading", name="Monitoring").wait_for()


def test_no_script_threw_and_the_console_is_silent(page):
    assert page.errors == []
