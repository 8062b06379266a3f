"""What surrounds every request: its user is known, its size is limited, its outcome is counted."""

import time

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rakuten_mlops.api.metrics import count_answer

OPEN = {"/healthz"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Authenticate:
    """Lets a request pass when its user is known, who then is `request.user`.

    It stands before the routes: a new one is closed until somebody opens it, and no body of a
    stranger is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            return await self._app(scope, receive, send)
        headers = (value for name, value in scope["headers"] if name == b"authorization")
        header = next(headers, b"").decode("latin-1")
        client = scope["client"][0] if scope["client"] else "unknown"
        authenticator = scope["app"].state.services.authenticator
        try:
            scope["user"] = await authenticator.authenticate(header, client)
        except HTTPException as refusal:
            return await _answer(refusal)(scope, receive, send)
        return await self._app(scope, receive, send)


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
            return await _answer(self._refusal())(scope, receive, send)
        return await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                # FastAPI lets an HTTPException through; of any other it makes a 400.
                raise self._refusal()
            return message

        return counted

    def _refusal(self) -> HTTPException:
        detail = f"The body is larger than {self._max_body} bytes; send fewer listings at a time"
        return HTTPException(413, detail, headers={"Connection": "close"})


def _answer(refusal: HTTPException) -> JSONResponse:
    return JSONResponse({"detail": refusal.detail}, refusal.status_code, refusal.headers)


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
            # The route's pattern, never the path, and no invented method: labels must stay few.
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            count_answer(method, route, status, time.perf_counter() - start)
