"""The client can ask whatever the API answers."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from rakuten_mlops.api.app import create_app
from rakuten_mlops.api.openapi import operations
from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.settings import Settings

ROUTES = [
    (verb, path)
    for path, verb, _ in operations(create_app(Settings(home=Path("var"))).inner.openapi())
]
# What a method asks for may hang on these; any value will do for the others.
ARGUMENTS: dict[str, Any] = {
    "listings": [{"designation": "Lampe"}],
    "listing": {"designation": "Lampe"},
    "corrections": [],
    "parameters": {},
    "content": b"",
    "files": {},
    "commit": False,
}


class Anything(dict):
    """An answer that has whatever is looked for."""

    text, content = "", b""

    def __missing__(self, _: str) -> list:
        return []


class Notebook:
    """A connection that sends nothing and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: set[tuple[str, str]] = set()

    def send(self, method: str, path: str, **_: Any) -> Anything:
        self.asked.add((method, path))
        return Anything(ready=True)

    ask = send

    def json(self, answer: Anything) -> Anything:
        return answer


def call(method: Any) -> None:
    """Call a method with what its parameters may be; a generator is read to its end."""
    needed = [
        each for each in inspect.signature(method).parameters.values() if each.default is each.empty
    ]
    given = {each.name: ARGUMENTS.get(each.name, "7") for each in needed}
    answer = method(**given)
    if inspect.isgenerator(answer):
        list(answer)


@pytest.fixture(scope="module")
def asked() -> set[tuple[str, str]]:
    client, notebook = ApiClient("http://nobody", name="carl", password="carl-password"), Notebook()
    client._api = notebook  # noqa: SLF001 - a client takes no connection from outside
    for name, method in inspect.getmembers(client, inspect.ismethod):
        if not name.startswith("_"):
            call(method)
    return notebook.asked


@pytest.mark.parametrize(("verb", "path"), ROUTES, ids=lambda part: part)
def test_the_client_has_a_method_for(verb, path, asked):
    pattern = re.compile(re.sub(r"{\w+}", "[^/]+", path))

    assert any(verb == method and pattern.fullmatch(where) for method, where in asked)
