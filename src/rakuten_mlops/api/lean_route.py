"""A route for bodies that come by the thousand: validated once, serialised once."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json


class LeanRoute(APIRoute):
    """Answers a plain JSON body without FastAPI's machinery of dependencies.

    The endpoint takes `body`, `services` and `user`, and what has a default; it returns what
    `answer_json` made. With a query, another content type or a body that is not valid, FastAPI
    itself does the work, so that its documentation and its errors stay those of any route.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        by_fastapi = super().get_route_handler()
        if self.body_field is None:
            return by_fastapi
        body_type: Any = self.body_field.field_info.annotation
        validate = TypeAdapter(body_type).validator.validate_json
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint

        async def handle(request: Request) -> Response:
            plain = request.headers.get("content-type", "").startswith("application/json")
            if request.scope["query_string"] or not plain:
                return await by_fastapi(request)
            try:
                body = validate(await request.body())
            except ValidationError:
                return await by_fastapi(request)
            return await endpoint(body, request.app.state.services, request.user)

        return handle


def answer_json(content: Any) -> Response:
    """Return a JSON response."""
    return Response(to_json(content), media_type="application/json")
