"""What surrounds every request: an id, a known user, a limit of its size, a count of its outcome.

Bodies that come by the thousand take a fast lane from here: read, validated, answered and
serialised once, without the layers that a framework needs for any request at all.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from rakuten_mlops import request_ids
from rakuten_mlops.api.metrics import count_answer

OPEN = {"/healthz"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

# Answers a JSON body with JSON, or with None what is out of the ordinary: errors above all. The
# route of the same path then does the work, with all that FastAPI knows.
FastLane = Callable[[Any, bytes], Awaitable[bytes | None]]


class Edge:
    """An application behind its door, itself one for any server that speaks ASGI.

    A new route is closed until somebody opens it, and no body of a stranger is read.
    """

    def __init__(self, inner: FastAPI, max_body: int, fast_lanes: Mapping[str, FastLane]) -> None:
        self.inner = inner
        self._max_body = max_body
        self._fast_lanes = fast_lanes
        self._names = request_ids.Names()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.inner(scope, receive, send)
        headers = dict(scope["headers"])
        exchange = _Exchange(time.perf_counter(), self._identify(headers), send)
        try:
            await self._answer(scope, headers, receive, exchange)
        finally:
            # The route's pattern, never the path, and no invented method: labels must stay few.
            method = scope["method"] if scope["method"] in METHODS else "other"
            count_answer(method, route_of(scope), exchange.status, exchange.seconds)

    def _identify(self, headers: dict[bytes, bytes]) -> bytes:
        """Enter the request into this context, under its caller's name for it or one of ours."""
        asked = headers.get(request_ids.HEADER)
        given = request_ids.given(asked.decode("latin-1")) if asked else None
        request_id = given or self._names.new()
        request_ids.enter(request_id)
        return request_id.encode()

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, exchange: "_Exchange"
    ) -> None:
        try:
            if scope["path"] not in OPEN:
                await self._authenticate(scope, headers.get(b"authorization", b""))
            announced = headers.get(b"content-length", b"0")
            if announced.isdigit() and int(announced) > self._max_body:
                raise self._too_large()
            fast_lane = self._fast_lane(scope, headers)
            if fast_lane is None:
                await self.inner(scope, self._limited(receive), exchange.send)
            else:
                await self._answer_fast(fast_lane, scope, receive, exchange)
        except HTTPException as refusal:
            answer = JSONResponse({"detail": refusal.detail}, refusal.status_code, refusal.headers)
            await answer(scope, receive, exchange.send)

    async def _answer_fast(
        self, fast_lane: FastLane, scope: Scope, receive: Receive, exchange: "_Exchange"
    ) -> None:
        body = await self._read(receive)
        if body is None:
            return
        try:
            answered = await fast_lane(self.inner.state.services, body)
        except Exception:
            # The route will meet it again, and answers and logs it as any defect.
            answered = None
        if answered is None:
            await self.inner(scope, _again(body, receive), exchange.send)
            return
        self.inner.state.services.record(body, answered, exchange.seconds)
        scope["fast_lane"] = scope["path"]
        await exchange.send_json(answered)

    async def _authenticate(self, scope: Scope, header: bytes) -> None:
        """Find out whose request it is, who then is `request.user`."""
        client = scope["client"][0] if scope["client"] else "unknown"
        authenticator = self.inner.state.services.authenticator
        scope["user"] = await authenticator.authenticate(header.decode("latin-1"), client)

    def _fast_lane(self, scope: Scope, headers: dict[bytes, bytes]) -> FastLane | None:
        if scope["method"] != "POST" or scope["query_string"]:
            return None
        if not headers.get(b"content-type", b"").startswith(b"application/json"):
            return None
        return self._fast_lanes.get(scope["path"])

    def _limited(self, receive: Receive) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                # FastAPI lets an HTTPException through; of any other it makes a 400.
                raise self._too_large()
            return message

        return counted

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body; None if the client has gone."""
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._max_body:
                raise self._too_large()
            if not message.get("more_body", False):
                return body

    def _too_large(self) -> HTTPException:
        detail = f"The body is larger than {self._max_body} bytes; send fewer listings at a time"
        return HTTPException(413, detail, headers={"Connection": "close"})


class _Exchange:
    """One request: since when it is answered, by what name, and what came of it."""

    __slots__ = ("_send", "_start", "request_id", "status")

    def __init__(self, start: float, request_id: bytes, send: Send) -> None:
        self._start = start
        self._send = send
        self.request_id = request_id
        self.status = 500

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self._start

    async def send(self, message: Message) -> None:
        """Send a message of whoever answers, its head with the request's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (request_ids.HEADER, self.request_id)]
        await self._send(message)

    async def send_json(self, answer: bytes) -> None:
        """Send a whole answer."""
        self.status = 200
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(answer)),
            (request_ids.HEADER, self.request_id),
        ]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": answer})


def route_of(scope: Scope) -> str:
    """The pattern of the route that answered; `none` where nobody did."""
    return getattr(scope.get("route"), "path", scope.get("fast_lane", "none"))


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read to whoever reads next."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
