"""A home with users, a catalogue and a champion, and the API over it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.factories import a_submission

from rakuten_mlops.api.app import create_app
from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.registry.model_registry import PRODUCTION, STAGING, InMemoryRegistry
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.settings import Settings
from rakuten_mlops.users import Users

ROLES = {"admin": "admin", "rita": "reviewer", "carl": "client"}
SINCE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
# Two pictures' worth of bytes are enough to tell that they arrived.
PICTURE = b"\x89PNG\r\n\x1a\n"

Start = Callable[..., TestClient]


class Caller:
    """Somebody who sends requests, with credentials or without."""

    def __init__(self, client: TestClient, name: str | None = None) -> None:
        self._client = client
        self._auth = name and (name, f"{name}-password")

    def get(self, path: str, **details: Any):
        return self._client.get(path, auth=self._auth, **details)

    def post(self, path: str, json: Any = None, **details: Any):
        return self._client.post(path, json=json, auth=self._auth, **details)


def take_away(home: Path) -> None:
    """Put a folder where the database was: nothing can open it."""
    for file in home.glob("catalog.db*"):
        file.unlink()
    (home / "catalog.db").mkdir()


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory, candidate) -> Path:
    """Hashing passwords and compiling a scorer take longer than copying the outcome."""
    home = tmp_path_factory.mktemp("furnished")
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    migrate(engine)
    for name, role in ROLES.items():
        Users(engine, home).add(name, role, f"{name}-password")
    Catalog(engine).write(synthesize(100, seed=1), kind="synthetic", source="test", author="test")
    engine.dispose()
    names = {category.prdtypecode: category.name_fr for category in RAKUTEN}
    scorer = save(compile_pipeline(candidate.pipeline, names), home / "scorer")
    champions = ChampionStore(home)
    champions.folder.mkdir()
    champions.adopt(scorer, Current("2", SINCE))
    return home


@pytest.fixture
def home(tmp_path: Path, furnished_home: Path) -> Path:
    return shutil.copytree(furnished_home, tmp_path / "home")


@pytest.fixture
def registry(tmp_path: Path) -> InMemoryRegistry:
    """Versions 1 to 3, of which 1 was served, 2 is, and 3 is the challenger."""
    report = tmp_path / "report"
    report.mkdir()
    for picture in ("confusion.png", "reliability.png"):
        (report / picture).write_bytes(PICTURE)
    (report / "categories.csv").write_text("prdtypecode")
    registry = InMemoryRegistry()
    for _ in range(3):
        version = registry.register(a_submission("a pipeline", report=report))
        registry.add_file(version, "model_card.md", f"# Version {version}")
    registry.move_alias(PRODUCTION, "1", by="scheduler", why="there is no champion yet")
    registry.move_alias(PRODUCTION, "2", by="scheduler", why="better beyond noise")
    registry.move_alias(STAGING, "3", by="scheduler", why="newest challenger")
    return registry


@pytest.fixture
def start(home: Path, registry: InMemoryRegistry) -> Iterator[Start]:
    """Start the API; keywords change its settings, or its registry."""
    with ExitStack() as running:

        def start(registry: Any = registry, **changes: Any) -> TestClient:
            settings = Settings(home=home, mlflow_url="http://127.0.0.1:9", **changes)
            app = create_app(settings, open_registry=lambda _: registry)
            return running.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start


@pytest.fixture
def api(start: Start) -> TestClient:
    return start()


@pytest.fixture
def stranger(api: TestClient) -> Caller:
    return Caller(api)


@pytest.fixture
def carl(api: TestClient) -> Caller:
    """A client."""
    return Caller(api, "carl")


@pytest.fixture
def rita(api: TestClient) -> Caller:
    """A reviewer."""
    return Caller(api, "rita")


@pytest.fixture
def admin(api: TestClient) -> Caller:
    return Caller(api, "admin")
