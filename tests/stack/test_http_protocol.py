"""uvicorn over our transport, on a real socket: whole answers, as few packets as may be."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn

from rakuten_mlops.stack.http_protocol import HEAD, JoiningProtocol, JoiningTransport

LARGE = b"x" * 3_000_000


async def application(scope, receive, send):
    """Answer at once, in parts with pauses, or with the head long before the body."""
    if scope["type"] != "http":
        return
    path = scope["path"]
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if path == "/late":
        await application.may_go_on.wait()
    parts = {"/parts": [b"a", b"b", b"c"], "/large": [LARGE]}.get(path, [b"whole"])
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def served():
    application.may_go_on = asyncio.Event()
    config = uvicorn.Config(application, port=0, http=JoiningProtocol, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def ask(port: int, path: str):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    return reader, writer


async def body_of(reader: asyncio.StreamReader) -> bytes:
    head, _, chunks = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    found = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        found, chunks = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return found


@pytest.mark.parametrize(
    ("path", "body"),
    [("/", b"whole"), ("/parts", b"abc"), ("/large", LARGE)],
    ids=["whole", "parts", "large"],
)
def test_an_answer_arrives_whole(path, body):
    async def fetch():
        async with served() as port:
            reader, writer = await ask(port, path)
            found = await body_of(reader)
            writer.close()
            return found

    assert asyncio.run(fetch()) == body


def test_a_head_does_not_wait_for_a_body_that_comes_late():
    async def fetch():
        async with served() as port:
            reader, writer = await ask(port, "/late")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            application.may_go_on.set()
            await reader.read()
            writer.close()
            return head

    assert asyncio.run(fetch()).startswith(HEAD)


class Recording:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(b"closed")


def test_the_head_and_the_first_of_the_body_are_one_packet():
    async def write():
        inner = Recording()
        transport = JoiningTransport(inner, asyncio.get_running_loop())
        for part in (HEAD + b"200 OK\r\n\r\n", b"whole", b"more"):
            transport.write(part)
        await asyncio.sleep(0)
        return inner.written

    assert asyncio.run(write()) == [HEAD + b"200 OK\r\n\r\nwhole", b"more"]


def test_what_is_held_back_is_written_before_the_end():
    async def write():
        inner = Recording()
        transport = JoiningTransport(inner, asyncio.get_running_loop())
        transport.write(HEAD + b"204 No Content\r\n\r\n")
        transport.close()
        await asyncio.sleep(0)
        return inner.written

    assert asyncio.run(write()) == [HEAD + b"204 No Content\r\n\r\n", b"closed"]
