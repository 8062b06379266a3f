"""A fake API that answers over HTTP, and the client that speaks to it."""

from collections.abc import Iterator

import pytest

from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.dashboard import recent

from .fake_api import FakeApi, create_app, served


@pytest.fixture(scope="session")
def everlasting() -> Iterator[FakeApi]:
    """One server for all tests: starting and stopping it takes longer than most of them."""
    api = FakeApi()
    with served(create_app(api)) as api.url:
        yield api


@pytest.fixture
def fake(everlasting: FakeApi) -> FakeApi:
    """What an earlier test was answered is forgotten."""
    everlasting.reset()
    recent.forget()
    return everlasting


@pytest.fixture
def url(fake: FakeApi) -> str:
    return fake.url


@pytest.fixture
def client(url: str) -> ApiClient:
    return ApiClient(url, name="admin", password="admin-password")
