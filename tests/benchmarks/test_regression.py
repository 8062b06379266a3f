"""What answering and training cost, in calls instead of seconds: a busy machine changes nothing.

The bounds are what was counted when they were written, and some room. Whoever makes it cheaper
lowers them; whoever must raise one says why in the commit.
"""

import asyncio
import json
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from rakuten_mlops.api.app import create_app
from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.pipeline import Parameters, model_input
from rakuten_mlops.training.trainer import train
from rakuten_mlops.users import Users

CALLS_A_REQUEST = 255
CALLS_A_LISTING_OF_A_SMALL_BATCH = 58
CALLS_A_LISTING_OF_A_LARGE_BATCH = 51
CALLS_A_TOKEN = 0.2
CALLS_A_TRAINING_ROW = 55

HEAVY = {
    *("mlflow", "pandas", "sklearn", "skops", "matplotlib"),
    *("polars", "alembic", "psycopg", "sqlalchemy.dialects.postgresql", "httpx2", "websockets"),
}
# A large batch is one sparse product; a single answer does without.
FOR_BATCHES = {"scipy"}
PASSWORD = "a-password-of-tests"


class Calls:
    """Counts calls of functions, Python's and C's, in this thread and in those that it starts."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Calls":
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _note(self, _frame: object, event: str, _argument: object) -> None:
        self.count += event in ("call", "c_call")


class Api:
    """The application without a server: requests go in as the server would hand them over."""

    def __init__(self, app: Any, calls: Calls) -> None:
        self._app = app
        self._calls = calls

    async def post(self, path: str, body: object) -> Any:
        content, sent = json.dumps(body).encode(), []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(_scope(path, len(content)), receive, send)
        assert sent[0]["status"] == 200
        return json.loads(b"".join(message.get("body", b"") for message in sent[1:]))

    async def calls(self, path: str, body: object) -> int:
        """How many calls an answer takes, the second time: the first fills caches."""
        await self.post(path, body)
        before = self._calls.count
        await self.post(path, body)
        return self._calls.count - before


def _scope(path: str, length: int) -> dict[str, Any]:
    token = b64encode(f"admin:{PASSWORD}".encode())
    headers = {
        b"host": b"test",
        b"authorization": b"Basic " + token,
        b"content-type": b"application/json",
        b"content-length": str(length).encode(),
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": list(headers.items()),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory, candidate):
    """A home with an administrator and a champion."""
    home = tmp_path_factory.mktemp("regression")
    engine = open_database(f"sqlite:///{home / 'catalog.db'}")
    migrate(engine)
    Users(engine, home).add("admin", "admin", PASSWORD)
    engine.dispose()
    names = {category.prdtypecode: category.name_fr for category in RAKUTEN}
    champions = ChampionStore(home)
    champions.folder.mkdir()
    scorer = save(compile_pipeline(candidate.pipeline, names), home / "scorer")
    champions.adopt(scorer, Current("1", datetime.now(UTC)))
    return home


@pytest.fixture
def listings(snapshot):
    rows = snapshot.rows.head(800).select("designation", "description")
    return list(rows.iter_rows(named=True))


def measured(home, count: Callable[[Api], Any]) -> Any:
    """Count on an application that has started, in an event loop of its own."""

    async def run() -> Any:
        app = create_app(Settings(home=home, mlflow_url="http://127.0.0.1:9"))
        async with app.inner.router.lifespan_context(app.inner):
            return await count(Api(app, calls))

    # Threads are counted that start from here on.
    with Calls() as calls, asyncio.Runner() as runner:
        return runner.run(run())


def test_a_request_takes_few_calls(home, listings):
    async def count(api: Api) -> float:
        counted = [await api.calls("/predict", listing) for listing in listings[:40]]
        return sum(counted) / len(counted)

    assert measured(home, count) < CALLS_A_REQUEST


def test_a_longer_listing_costs_a_few_calls_a_token_and_no_more(home):
    words = [f"piscine{i} tubulaire{i}" for i in range(150)]

    async def count(api: Api) -> tuple[int, int]:
        return (
            await api.calls("/predict", {"designation": "Piscine", "description": words[0]}),
            await api.calls("/predict", {"designation": "Piscine", "description": " ".join(words)}),
        )

    short, long = measured(home, count)
    assert (long - short) / 298 < CALLS_A_TOKEN


@pytest.mark.parametrize(
    ("few", "many", "bound"),
    [
        (10, 20, CALLS_A_LISTING_OF_A_SMALL_BATCH),
        (300, 800, CALLS_A_LISTING_OF_A_LARGE_BATCH),
    ],
)
def test_a_listing_of_a_batch_takes_few_calls(home, listings, few, many, bound):
    async def count(api: Api) -> list[int]:
        batches = ({"items": listings[:size]} for size in (few, many))
        return [await api.calls("/predict_batch", batch) for batch in batches]

    small, large = measured(home, count)
    assert (large - small) / (many - few) < bound


def test_an_answer_touches_the_terms_of_its_listing_and_no_other(candidate, snapshot):
    scorer = compile_pipeline(candidate.pipeline, {})
    rows = snapshot.rows.head(50)
    features = candidate.pipeline["features"].transform(model_input(rows))

    touched = [
        len(scorer.explain(*listing).reasons) - 1
        for listing in rows.select("designation", "description").iter_rows()
    ]

    assert touched == features.count_nonzero(axis=1).tolist()


def test_a_training_takes_few_calls_a_row(snapshot):
    with Calls() as calls:
        trained = train(snapshot, Parameters())

    assert calls.count / trained.training_rows < CALLS_A_TRAINING_ROW


SERVED = """
import json, sys, threading, time
from base64 import b64encode
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from rakuten_mlops.cli import PLACES, Commands
Commands(PLACES)["serve"]
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack import server
import uvicorn

watched, password = json.loads(sys.argv[1]), sys.argv[2]
server.prepare(Settings())
application = "rakuten_mlops.stack.worker:application"
api = uvicorn.Server(uvicorn.Config(application, factory=True, port=0, ws="none", log_config=None))
answering = threading.Thread(target=api.run)
answering.start()
while not api.started:
    time.sleep(0.01)
port = api.servers[0].sockets[0].getsockname()[1]
login = "Basic " + b64encode(f"admin:{password}".encode()).decode()

def heavy_after(path, body=None):
    headers = {"Authorization": login, "Content-Type": "application/json"}
    content = body and json.dumps(body).encode()
    try:
        urlopen(Request(f"http://127.0.0.1:{port}{path}", content, headers)).close()
    except HTTPError as error:
        # The registry is away; who asked for it got as far as that.
        error.close()
        assert error.code == 503, path
    return sorted(sys.modules.keys() & set(watched))

listing = {"designation": "piscine"}
pages = ("/readyz", "/catalog", "/training", "/metrics", "/models", "/models/1")
print(json.dumps({
    "one": heavy_after("/predict", listing),
    "pages": [heavy_after(path) for path in pages],
    "many": heavy_after("/predict_batch", {"items": [listing] * 500}),
}))
# A thread that the interpreter's end meets in a library's code may die of a signal.
api.should_exit = True
answering.join()
"""


def test_an_api_that_answers_has_imported_nothing_heavy(home):
    """From the command line on, as `serve` does."""
    ran = subprocess.run(
        [sys.executable, "-c", SERVED, json.dumps(sorted(HEAVY | FOR_BATCHES)), PASSWORD],
        env={"RAKUTEN_HOME": str(home), "RAKUTEN_MLFLOW_URL": "http://127.0.0.1:9"},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )

    imported = json.loads(ran.stdout)
    assert imported["one"] == []
    assert imported["pages"] == [[]] * 6
    assert set(imported["many"]) <= FOR_BATCHES
