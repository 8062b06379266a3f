"""A glance against MLflow's own client on SQLite, and against servers that answer all sorts."""

import json
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.factories import a_submission

from rakuten_mlops.errors import RegistryUnavailable, UnknownVersion
from rakuten_mlops.registry.glance import Glance
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.mlflow_rest import OTHER_WAYS, Unclear
from rakuten_mlops.registry.model_registry import MODEL_NAME, PRODUCTION, STAGING

ABSENT = (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"})
BASIC = "Basic YW5uYTpzw6ljcmV0"  # anna:sécret


@pytest.fixture(autouse=True)
def nothing_else_is_set(monkeypatch):
    for name in (*OTHER_WAYS, "USERNAME", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(name if name in OTHER_WAYS else f"MLFLOW_TRACKING_{name}", False)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store whose tables MLflow has made."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        registry = MlflowRegistry(f"sqlite:///{folder / 'mlflow.db'}")
        assert registry.versions() == []
        yield folder / "mlflow.db"


def test_a_glance_says_what_mlflow_says(store):
    url = f"sqlite:///{store}"
    registry = MlflowRegistry(url)

    assert Glance(url).aliased(PRODUCTION) is None
    for _ in range(2):
        registry.register(a_submission())
    assert Glance(url).aliased(PRODUCTION) is None
    for alias, version in ((PRODUCTION, "1"), (STAGING, "2"), (PRODUCTION, "2")):
        registry.move_alias(alias, version, by="test", why="a test")
        for each in (PRODUCTION, STAGING):
            assert Glance(url).aliased(each) == registry.aliased(each)


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(Unclear):
        Glance(f"sqlite:///{tmp_path / 'mlflow.db'}").aliased(PRODUCTION)

    assert list(tmp_path.iterdir()) == []


def test_a_store_without_the_table_is_unclear(tmp_path):
    sqlite3.connect(tmp_path / "mlflow.db").close()

    with pytest.raises(Unclear):
        Glance(f"sqlite:///{tmp_path / 'mlflow.db'}").aliased(PRODUCTION)


def test_an_alias_in_two_workspaces_is_unclear(tmp_path):
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as made:
        made.execute("CREATE TABLE registered_model_aliases (workspace, name, alias, version)")
        rows = [(each, MODEL_NAME, PRODUCTION, 1) for each in ("default", "other")]
        made.executemany("INSERT INTO registered_model_aliases VALUES (?, ?, ?, ?)", rows)
        made.commit()

    with pytest.raises(Unclear):
        Glance(f"sqlite:///{tmp_path / 'mlflow.db'}").aliased(PRODUCTION)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://mlflow@db/mlflow",
        "databricks",
        "./mlruns",
        "sqlite://",
        "sqlite:///a%20name.db",
        "sqlite:///mlflow.db?timeout=5",
        "http://anna:secret@localhost:5000",
    ],
)
def test_a_store_of_another_kind_is_unclear(url):
    with pytest.raises(Unclear):
        Glance(url).aliased(PRODUCTION)


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_where_mlflow_would_ask_otherwise_it_is_unclear(name, monkeypatch, store):
    monkeypatch.setenv(name, "something")

    with pytest.raises(Unclear):
        Glance(f"sqlite:///{store}").aliased(PRODUCTION)


class Server:
    """An address that answers paths, or any path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str | None]] = []


Answer = tuple[int, object]


@contextmanager
def answering(anything: Answer = ABSENT, paths: Mapping[str, Answer] = {}, **headers: str):
    found = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers["Authorization"]))
            status, body = paths.get(self.path.removeprefix("/api/2.0/"), anything)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()


def a_model(**aliases: str) -> dict[str, object]:
    """What MLflow's REST API says of the model."""
    held = [{"alias": alias, "version": version} for alias, version in aliases.items()]
    return {"registered_model": {"name": MODEL_NAME, **({"aliases": held} if held else {})}}


@pytest.mark.parametrize(
    ("status", "body", "version"),
    [
        (200, a_model(Staging="4", Production="3"), "3"),
        (200, a_model(Staging="4"), None),
        (200, a_model(), None),
        (*ABSENT, None),
    ],
)
def test_a_server_is_asked_with_one_request(status, body, version):
    with answering((status, body)) as server:
        assert Glance(f"{server.url}/").aliased(PRODUCTION) == version

    path = f"/api/2.0/mlflow/registered-models/get?name={MODEL_NAME}"
    assert server.asked == [(path, None)]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {}),
        (403, {"error_code": "PERMISSION_DENIED"}),
        (404, b"<h1>Not Found</h1>"),
        (404, {"error_code": "ENDPOINT_NOT_FOUND"}),
        (200, b"<h1>Welcome</h1>"),
        (200, {"models": []}),
        (200, []),
        (200, {"registered_model": {"aliases": [{"version": "3"}]}}),
    ],
)
def test_an_answer_that_is_none_of_these_is_unclear(status, body):
    with answering((status, body)) as server, pytest.raises(Unclear):
        Glance(server.url).aliased(PRODUCTION)


def test_a_server_that_fails_is_away():
    with answering((503, {})) as server, pytest.raises(RegistryUnavailable, match="failed: 503"):
        Glance(server.url).aliased(PRODUCTION)


def test_a_server_that_is_not_there_is_away():
    with pytest.raises(RegistryUnavailable, match=r"at http://127\.0\.0\.1:9 did not answer"):
        Glance("http://127.0.0.1:9").aliased(PRODUCTION)


def test_a_server_that_shows_no_trusted_certificate_is_unclear():
    """MLflow's client trusts other authorities than Python's own."""
    with answering((200, a_model())) as server, pytest.raises(Unclear):
        Glance(server.url.replace("http:", "https:")).aliased(PRODUCTION)


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({"USERNAME": "anna", "PASSWORD": "sécret"}, BASIC),
        ({"USERNAME": "anna", "PASSWORD": "sécret", "TOKEN": "abc"}, BASIC),
        ({"TOKEN": "abc"}, "Bearer abc"),
        ({"USERNAME": "anna"}, None),
    ],
)
def test_the_credentials_are_those_of_mlflows_client(environment, sent, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)

    with answering() as server:
        Glance(server.url).aliased(PRODUCTION)

    assert [credentials for _, credentials in server.asked] == [sent]


def test_credentials_are_not_sent_on(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")

    with (
        answering((200, a_model(Production="3"))) as other,
        answering((302, b""), Location=other.url) as server,
    ):
        assert Glance(server.url).aliased(PRODUCTION) == "3"

    assert [credentials for _, credentials in other.asked] == [None]


VERSION = f"mlflow/model-versions/get?name={MODEL_NAME}&version=3"
LIST = "mlflow-artifacts/artifacts?path=1%2Fabc%2Fartifacts%2Fscorer"
FILE = "mlflow-artifacts/artifacts/1/abc/artifacts/scorer"


def a_run(artifact_uri: str) -> dict[str, object]:
    return {"run": {"info": {"run_id": "abc", "artifact_uri": artifact_uri}}}


def a_file(path: str, *, is_dir: bool = False) -> dict[str, object]:
    return {"path": path, "is_dir": is_dir, "file_size": "3"}


def a_version(*files: dict[str, object], uri: str = "mlflow-artifacts:/1/abc/artifacts"):
    """What a server answers about version 3, whose run has these files."""
    return {
        VERSION: (200, {"model_version": {"version": "3", "run_id": "abc"}}),
        "mlflow/runs/get?run_id=abc": (200, a_run(uri)),
        LIST: (200, {"files": list(files)}),
        f"{FILE}/words.txt": (200, "é".encode()),
        f"{FILE}/a%20b.npy": (200, b"\x00\x01"),
    }


def test_a_servers_files_are_copied_as_they_are(tmp_path):
    with answering(paths=a_version(a_file("words.txt"), a_file("a b.npy"))) as server:
        folder = Glance(server.url).fetch("3", "scorer", tmp_path / "scorer")

    assert folder == tmp_path / "scorer"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "words.txt": "é".encode(),
        "a b.npy": b"\x00\x01",
    }


def test_a_version_that_is_not_there_is_unknown(tmp_path):
    with answering() as server, pytest.raises(UnknownVersion, match="not found"):
        Glance(server.url).fetch("3", "scorer", tmp_path / "scorer")


@pytest.mark.parametrize(
    "answers",
    [
        a_version(a_file("..")),
        a_version(a_file("")),
        a_version(a_file("../../stolen")),
        a_version(a_file("/etc/passwd")),
        a_version(a_file("inner", is_dir=True)),
        a_version({"path": "words.txt"}),
        a_version(uri="s3://bucket/1/abc/artifacts"),
        a_version(uri="mlflow-artifacts://elsewhere/1/abc/artifacts"),
        a_version(uri="/mlruns/1/abc/artifacts"),
        {**a_version(), VERSION: (200, {"version": "3"})},
    ],
)
def test_files_that_are_kept_otherwise_are_unclear(answers, tmp_path):
    with answering(paths=answers) as server, pytest.raises(Unclear):
        Glance(server.url).fetch("3", "scorer", tmp_path / "scorer")

    assert list(tmp_path.iterdir()) == []


def test_files_of_a_store_without_a_server_are_unclear(store, tmp_path):
    with pytest.raises(Unclear):
        Glance(f"sqlite:///{store}").fetch("1", "scorer", tmp_path / "scorer")
