"""The API in traces: a span for each request, and one for the prediction in it."""

from collections.abc import Mapping
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from rakuten_mlops import request_ids
from rakuten_mlops.api.edge import METHODS, Edge, FastLane, route_of
from rakuten_mlops.traces import PARENT, REQUEST, traces


class TracedEdge(Edge):
    """An edge whose requests are spans; only made where traces are on."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer within a span, which goes on with its caller's trace if there is one."""
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        headers = dict(scope["headers"])
        carrier = {PARENT: headers.get(PARENT.encode(), b"").decode("latin-1")}
        method = scope["method"] if scope["method"] in METHODS else "other"
        with traces.entered(method, carrier, "SERVER") as span:
            try:
                await super().__call__(scope, receive, noted)
            finally:
                self._describe(span, method, route_of(scope), status)

    def _describe(self, span: Any, method: str, route: str, status: int) -> None:
        span.update_name(f"{method} {route}")
        span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                REQUEST: request_ids.current(),
            }
        )
        if status >= 500:
            from opentelemetry.trace import StatusCode

            span.set_status(StatusCode.ERROR)


def traced_lanes(lanes: Mapping[str, FastLane]) -> dict[str, FastLane]:
    """Fast lanes whose predictions are spans."""
    return {path: _traced(lane) for path, lane in lanes.items()}


def _traced(lane: FastLane) -> FastLane:
    async def traced(services: Any, body: bytes) -> bytes | None:
        with traces.span("predict"):
            return await lane(services, body)

    return traced
