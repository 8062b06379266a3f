"""Every generated page by its path in the repository."""

import json
from pathlib import Path
from typing import Any

from rakuten_mlops.api.app import create_app
from rakuten_mlops.settings import Settings
from reference import commands, decisions, figures, measured, routes, settings

NOTICE = "<!-- Written by `make docs` from the code; change that. -->\n\n"


def pages() -> dict[str, str]:
    """The text of each page, made anew from the code."""
    described = openapi()
    texts = {
        "commands": commands.page(),
        "settings": settings.page(),
        "http": routes.page(described),
        "metrics": figures.page(),
    }
    written = {f"docs/reference/{name}.md": NOTICE + text for name, text in texts.items()}
    return written | {
        "README.md": measured.readme(),
        "docs/adr/index.md": NOTICE + decisions.page(),
        "docs/openapi.json": json.dumps(described, ensure_ascii=False, indent=2) + "\n",
    }


def openapi() -> dict[str, Any]:
    """The API's description of itself, which no setting changes."""
    # It is not started, so that the folder is never touched.
    return create_app(Settings(home=Path("var"))).inner.openapi()
