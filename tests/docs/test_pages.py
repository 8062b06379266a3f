"""What the documents say is held against the code, so that a stale line fails here."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from rakuten_mlops.cli import app
from rakuten_mlops.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "deploy")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for each in FOLDERS for page in (ROOT / each).rglob("*.md"))]
)
REFERENCE = ROOT / "docs/reference"
PROGRAM = "rakuten-mlops"
# Typer shows this class only as the parent of another.
USAGE_ERROR = typer.BadParameter.__base__


def fenced(text: str) -> str:
    """The text of all fenced blocks, continued lines joined."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join(blocks).replace("\\\n", " ")


def commands() -> list[str]:
    """What follows the program's name wherever a page calls it: in a block or between ticks."""
    # Generated pages show how a command is called, with brackets, not calls of it.
    texts = [page.read_text(encoding="utf-8") for page in PAGES if page.parent != REFERENCE]
    lines = [line for text in texts for line in fenced(text).splitlines()]
    lines += [code for text in texts for code in re.findall(r"`([^`\n]+)`", text)]
    calls = (re.search(rf"(?:^|\s){PROGRAM} (.+)", line) for line in lines)
    return sorted({call[1].strip() for call in calls if call})


def parse(line: str) -> None:
    """Find the command of a line and hand it the rest, as a shell would, without running it."""
    words = shlex.split(line, comments=True)
    command = typer.main.get_command(app)
    context = command.make_context(PROGRAM, ["status"])
    while isinstance(command, TyperGroup):
        name, command, words = command.resolve_command(context, words)
        context = type(context)(command, info_name=name, parent=context)
    # Not `make_context`: it would ask for the passwords that a line leaves out.
    given, left_over, _ = command.make_parser(context).parse_args(args=words)
    assert left_over == [], f"{line!r} has words too many"
    for parameter in command.params:
        value = given.get(parameter.name)
        if value is not None or not getattr(parameter, "prompt", None):
            parameter.process_value(context, value)


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_documents_is_one_that_the_command_line_takes(line):
    parse(line)


@pytest.mark.parametrize(
    "line",
    [
        "trian",
        "models demote 2",
        "predict listings.csv",
        "predict listings.csv --output answers.csv --quickly",
        "train --revision newest",
        "users add carl --role emperor",
        "models list 2",
    ],
)
def test_a_command_that_is_wrong_would_be_found_out(line):
    with pytest.raises((AssertionError, USAGE_ERROR)):
        parse(line)


def test_every_verb_that_the_documents_name_is_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))

    named = {
        verb
        for page in PAGES
        for verb in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), flags=re.MULTILINE)
    }

    assert {"up", "test"} <= named
    assert named <= verbs


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_no_setting_that_there_is_not(page):
    known = {f"RAKUTEN_{name.upper()}" for name in Settings.model_fields}

    assert set(re.findall(r"RAKUTEN_[A-Z_]*[A-Z]", page.read_text())) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page):
    targets = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]

    missing = [target for target in local if not (page.parent / target).exists()]

    assert missing == []


def test_the_picture_of_the_flow_holds_every_stage_in_order():
    flow = (ROOT / "docs/flow.svg").read_text(encoding="utf-8")

    stages = re.findall(r'class="stage"[^>]*>([A-Z]+)<', flow)

    assert " -> ".join(stages) == (
        "DATA -> TRAINING -> VERSIONING -> DEPLOYMENT -> MONITORING -> PRESENTATION"
    )
