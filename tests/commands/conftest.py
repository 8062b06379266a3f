"""A terminal in an empty folder, and a champion to put there."""

import shutil
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.cli import app
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import save

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder that the commands work on; nothing of this machine's settings counts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAKUTEN_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("USER", "anna")
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command of `rakuten-mlops`, and leave no context of it; a defect fails the test."""

    def run(*arguments: object, input: str | None = None) -> Result:  # noqa: A002 - click's word
        runner = CliRunner(env={"RAKUTEN_HOME": str(home)})
        words = [str(each) for each in arguments]
        result = copy_context().run(runner.invoke, app, words, input=input)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def engine(home: Path):
    """The database of the home folder."""
    engine: Engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def saved_scorer(tmp_path_factory, candidate) -> Path:
    """The small model's scorer, written."""
    names = {category.prdtypecode: category.name_fr for category in RAKUTEN}
    return save(
        compile_pipeline(candidate.pipeline, names), tmp_path_factory.mktemp("s") / "scorer"
    )


@pytest.fixture
def champion(home: Path, saved_scorer: Path) -> None:
    """Version 7, in the home."""
    champions = ChampionStore(home)
    champions.folder.mkdir(parents=True)
    fetched = shutil.copytree(saved_scorer, home / "fetched")
    champions.adopt(fetched, Current("7", datetime.now(UTC)))
