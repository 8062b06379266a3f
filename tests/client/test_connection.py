"""Connections that break, and programs that keep them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import parse_headers

import pytest

from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.errors import ApiError

ME = b'{"name": "carl", "role": "client"}'


class Shaky:
    """Hangs up on the first requests, then answers every one with the same body."""

    def __init__(self, *, hang_ups: int, body: bytes = ME) -> None:
        self._hang_ups = hang_ups
        self._answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self.requests: list[str] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as received:
            while request := received.readline():
                self.requests.append(request.decode().strip())
                # A body may come in a packet of its own: it belongs to its request.
                received.read(int(parse_headers(received)["Content-Length"] or 0))
                if len(self.requests) <= self._hang_ups:
                    return
                connection.sendall(self._answer)

    def close(self) -> None:
        # An `accept` that waits does not notice a mere close.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def shaky(**details) -> Iterator[Shaky]:
    api = Shaky(**details)
    thread = threading.Thread(target=api.run)
    thread.start()
    yield api
    api.close()
    thread.join()


def a_client(api: Shaky) -> ApiClient:
    return ApiClient(api.url, name="carl", password="carl-password")


def test_what_only_reads_is_asked_again_when_the_connection_breaks():
    with shaky(hang_ups=2) as api:
        assert a_client(api).me() == {"name": "carl", "role": "client"}

    assert api.requests == ["GET /me HTTP/1.1"] * 3


def test_a_prediction_may_be_asked_for_twice():
    with shaky(hang_ups=1, body=b'{"prdtypecode": 2583}') as api:
        answer = a_client(api).predict({"designation": "Piscine hors sol"})

    assert answer == {"prdtypecode": 2583}
    assert len(api.requests) == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.start_training({}),
        lambda client: client.promote("3", why="better on books"),
        lambda client: client.roll_back(None, why="complaints about books"),
    ],
    ids=["training", "promotion", "rollback"],
)
def test_what_must_not_happen_twice_is_sent_once(act):
    with shaky(hang_ups=1) as api, pytest.raises(ApiError, match="does not answer"):
        act(a_client(api))

    assert len(api.requests) == 1


def test_an_api_that_hangs_up_every_time_is_given_up():
    with shaky(hang_ups=99) as api, pytest.raises(ApiError, match="does not answer") as refusal:
        a_client(api).me()

    assert refusal.value.status is None
    assert len(api.requests) == 3


def test_a_session_that_just_ends_leaves_no_connection_open():
    with shaky(hang_ups=0) as api:
        client = a_client(api)
        client.me()
        client.me()

    assert api.connections == 2


def test_a_program_that_says_when_it_ends_keeps_its_connection():
    with shaky(hang_ups=0) as api, a_client(api) as client:
        client.me()
        client.me()

    assert api.connections == 1


def test_a_client_still_answers_after_its_with():
    with shaky(hang_ups=0) as api:
        with a_client(api) as client:
            client.me()

        assert client.me()["name"] == "carl"
