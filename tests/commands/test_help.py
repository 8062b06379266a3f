import pytest
import typer
from typer.testing import CliRunner

from rakuten_mlops.cli import app


def commands(command, path=()):
    """Every command by its words, groups included."""
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands(part, (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_says_what_it_does(path):
    result = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})

    first_line = ALL[path].help.strip().splitlines()[0]
    assert result.exit_code == 0
    assert first_line in result.output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_and_argument_says_what_it_is(path):
    silent = [each.name for each in ALL[path].params if not getattr(each, "help", None)]

    assert set(silent) <= {"install_completion", "show_completion"}


def test_without_a_command_the_help_is_shown():
    result = CliRunner().invoke(app, [], env={"COLUMNS": "200"})

    assert "Usage" in result.output
    for path in ALL:
        assert not path or path[0] in result.output


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(app, ["retrian"]).exit_code == 2
