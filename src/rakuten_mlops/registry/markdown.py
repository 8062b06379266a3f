"""Text as Markdown that reads the same in MLflow, in Streamlit and in a terminal.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LONGEST_QUOTE = 80


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; a heading that ends in a colon has its numbers to the right."""
    names = [name.removesuffix(":") for name in head]
    rules = ["---:" if name.endswith(":") else "---" for name in head]
    lines = [names, rules, *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def pairs(values: Mapping[str, Any]) -> str:
    """A table of names and values."""
    return table(("name", "value"), values.items())


def cell(value: Any) -> str:
    """What stands in a cell: on one line, and without the sign that ends it."""
    return " ".join(str(value).split()).replace("|", "\\|")


def quoted(text: str) -> str:
    """What a seller wrote, as code: nothing in it is taken for markup, a formula or an emoji."""
    line = " ".join(text.split()).replace("`", "'")
    short = line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1].rstrip()}…"
    return f"`{short}`" if short else "(no title)"
