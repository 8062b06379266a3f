"""Take the pictures of the documents from a running system: `python docs/screenshots.py`."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from rakuten_mlops.settings import Settings

IMAGES = Path(__file__).parent / "images"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def log_in(page: Page, settings: Settings) -> None:
    """Open the dashboard as the administrator that the first start made."""
    page.goto(f"http://127.0.0.1:{settings.dashboard_port}")
    page.get_by_label("User").fill("admin")
    password = (settings.home / "admin-password").read_text().strip()
    page.get_by_label("Password").first.fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("In production").first.wait_for(timeout=60_000)
    page.wait_for_timeout(2_000)


def main() -> None:
    """Write every picture into `docs/images`."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        log_in(page, Settings())
        for name in ("Overview", "Predict", "Review", "Training", "Models"):
            page.get_by_role("link", name=name).click()
            page.get_by_role("heading", name=name).first.wait_for(timeout=60_000)
            page.wait_for_timeout(4_000)
            page.screenshot(path=IMAGES / f"{name.lower()}.png")
        browser.close()


if __name__ == "__main__":
    main()
