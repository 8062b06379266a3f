"""Pictures of every page of the running dashboard, light and dark, for the documents.

`make screenshots` while `make up` runs. Another system: the settings `RAKUTEN_HOME` and
`RAKUTEN_DASHBOARD_PORT`. `--language fr`, `--only PAGE` and `--folder` are for looking closer.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from rakuten_mlops.settings import Settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
IMAGES = Path(__file__).with_name("images")
PAGES = (
    "overview",
    "presentation",
    "predict",
    "review",
    "catalogue",
    "training",
    "models",
    "monitoring",
)
SIZE: ViewportSize = {"width": 1400, "height": 900}
WHOLE: ViewportSize = {"width": 1400, "height": 2400}
LISTING = "Pompe de filtration à sable pour piscine hors-sol"


def main() -> None:
    """Take all pictures that were asked for, and name them."""
    asked = _arguments()
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"None of {', '.join(BROWSERS)} is installed: no picture was taken")
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        for theme in ("light", "dark"):
            for name, page in _opened(browser, asked, theme):
                file = asked.folder / f"{name}{asked.suffix}-{theme}.png"
                page.screenshot(path=file)
                sys.stdout.write(f"{file}\n")
        browser.close()


def _arguments() -> argparse.Namespace:
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=f"http://127.0.0.1:{settings.dashboard_port}")
    parser.add_argument("--password", default=None, help="of admin; default: the home's file")
    parser.add_argument("--language", choices=("en", "fr"), default="en")
    parser.add_argument("--only", choices=PAGES, default=None)
    parser.add_argument("--folder", type=Path, default=IMAGES)
    parser.add_argument("--whole", action="store_true", help="a window as high as a page is long")
    asked = parser.parse_args()
    if asked.password is None:
        asked.password = (settings.home / "admin-password").read_text().strip()
    asked.suffix = "" if asked.language == "en" else f"-{asked.language}"
    return asked


def _opened(browser: Browser, asked: argparse.Namespace, theme: str) -> Iterator[tuple[str, Page]]:
    """Each page in its turn, as a person opens it: log in once, then the menu."""
    locale = {"en": "en-GB", "fr": "fr-FR"}[asked.language]
    scheme = "light" if theme == "light" else "dark"
    page = browser.new_page(
        viewport=WHOLE if asked.whole else SIZE, color_scheme=scheme, locale=locale
    )
    page.goto(asked.url)
    page.locator("input[autocomplete=username]").fill("admin")
    page.locator("input[autocomplete=current-password]").fill(asked.password)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.get_by_test_id("stMetric").first.wait_for(timeout=60_000)
    for name in PAGES if asked.only is None else (asked.only,):
        path = "" if name == "overview" else name
        page.locator(f'[data-testid="stSidebarNav"] a[href$="/{path}"]').first.click()
        if name == "predict":
            page.get_by_test_id("stTextInput").locator("input").first.fill(LISTING)
        _settle(page)
        yield name, page
    page.close()


def _settle(page: Page) -> None:
    """Wait until nothing runs and nothing is drawn any more."""
    page.wait_for_timeout(700)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(1_200)


if __name__ == "__main__":
    main()
