"""The dashboard's fake API, and the client that speaks to it."""

from tests.dashboard.conftest import client, everlasting, fake, url

__all__ = ["client", "everlasting", "fake", "url"]
