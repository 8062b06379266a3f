"""The generated pages are as the code has it."""

from pathlib import Path

import pytest

from reference.pages import pages
from reference.routes import page as routes_page

ROOT = Path(__file__).parents[2]
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_has_it(name):
    path = ROOT / name

    assert path.exists(), "write it with `make docs`"
    assert path.read_text(encoding="utf-8") == PAGES[name], "renew it with `make docs`"


def test_a_page_names_every_part_of_what_it_is_about():
    """A page that lists nothing would be as the code has it, too."""
    assert "| `RAKUTEN_MIN_GAIN` | `0.002` |" in PAGES["docs/reference/settings.md"]
    assert "## models rollback\n" in PAGES["docs/reference/commands.md"]
    assert "### POST /models/{version}/promote" in PAGES["docs/reference/http.md"]
    assert "| `rakuten_predictions_total` | counter |" in PAGES["docs/reference/metrics.md"]
    assert "[Aliases, and a gate between them]" in PAGES["docs/adr/index.md"]


def test_the_readmes_figures_are_there():
    _, _, after = PAGES["README.md"].partition("<!-- measured -->\n")
    rows, _, _ = after.partition("<!-- /measured -->")

    assert len(rows.splitlines()) == 2 + 6


def test_a_route_that_takes_and_refuses_nothing_is_described_too():
    operation = {
        "operationId": "alive",
        "summary": "Whether it answers",
        "description": "Whether it answers.",
        "tags": ["system"],
        "responses": {"204": {"description": "Done."}},
    }
    openapi = {
        "paths": {"/healthz": {"get": operation}},
        "tags": [{"name": "system", "description": "Whether everything is well."}],
    }

    written = routes_page(openapi)

    assert "| [`GET /healthz`](#alive) | anybody | Whether it answers |" in written
    assert "refused" not in written
