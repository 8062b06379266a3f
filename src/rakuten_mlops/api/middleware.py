"""What surrounds every request: its size is limited, its time and outcome are counted."""

import json
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rakuten_mlops.api.metrics import LATENCY, REQUESTS


class BodyTooLarge(Exception):
    """A body grew past the limit while it was read."""


class LimitBody:
    """Refuses bodies above a size: at once if they announce it, else while they are read."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._max_body:
            return await self._refuse(send)
        try:
            await self._app(scope, self._counting(receive), send)
        except BodyTooLarge:
            await self._refuse(send)

    def _counting(self, receive: Receive) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                raise BodyTooLarge
            return message

        return counted

    async def _refuse(self, send: Send) -> None:
        detail = f"The body is larger than {self._max_body} bytes; send fewer listings at a time"
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        body = json.dumps({"detail": detail}).encode()
        await send({"type": "http.response.body", "body": body})


class CountRequests:
    """Counts answers by method, route and status, and measures how long they took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # The route's pattern, never the path: labels must stay few.
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            LATENCY.labels(route).observe(time.perf_counter() - start)
