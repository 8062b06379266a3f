"""The list of decisions, from the pages that record them."""

from pathlib import Path

from reference.tables import table

FOLDER = Path(__file__).parents[1] / "docs/adr"
HEAD = """\
# Decisions

Why things are as they are, one page each: what the question was, what was decided, what follows.
A decision that changes one of them comes with a page of its own.

"""


def page(folder: Path = FOLDER) -> str:
    """Every decision by its number."""
    found = sorted(folder.glob("[0-9]*.md"))
    titles = [each.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for each in found]
    rows = [
        (number, f"[{title}]({each.name})")
        for each, (number, title) in zip(
            found, (title.split(" ", 1) for title in titles), strict=True
        )
    ]
    return HEAD + table(("number", "decision"), rows)
