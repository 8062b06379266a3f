"""What the API says of itself: who may ask, what for, with which examples, and every refusal.

Taken from the routes, so that a new one is described like the others: its docstring's first line
names it, and its dependencies say which role it needs.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from rakuten_mlops.api import refusals
from rakuten_mlops.api.auth import Requires
from rakuten_mlops.api.edge import OPEN
from rakuten_mlops.api.examples import EXAMPLES

REF = "#/components/schemas/"
MEDIA = {
    "{picture}": "image/png",
    ".csv": "text/csv",
    ".html": "text/html",
    "/metrics": "text/plain",
}
TAGS = [
    {"name": "prediction", "description": "From a listing to its category."},
    {"name": "catalog", "description": "What there is to learn from, and files into it."},
    {"name": "training", "description": "Retrainings, one at a time, and what became of them."},
    {
        "name": "catalog",
        "description": "What is learnt from: looked up, its history, and files into it.",
    },
    {"name": "models", "description": "Versions, their verdicts, promotion and rollback."},
    {"name": "review", "description": "What people say of listings, and what follows from it."},
    {"name": "monitoring", "description": "What was served, and how traffic changes."},
    {"name": "system", "description": "Whether everything is well."},
]

Page = dict[str, Any]


def described(app: FastAPI, routers: Iterable[APIRouter]) -> Callable[[], Page]:
    """A replacement of `app.openapi` that adds to FastAPI's page what clients want to know."""
    plain = app.openapi
    routes = [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
    known = {(route.path, verb): route for route in routes for verb in route.methods or ()}

    @cache
    def openapi() -> Page:
        page = plain()
        for path, verb, operation in operations(page):
            _name(operation)
            _say_role(operation, known.get((path, verb)))
            _say_media(path, operation)
            _say_success(operation, page["components"]["schemas"])
            if path not in OPEN:
                _add_refusals(path, verb, operation)
        _add_schemas(page["components"]["schemas"])
        used = {tag for _, _, operation in operations(page) for tag in operation["tags"]}
        page["tags"] = [tag for tag in TAGS if tag["name"] in used]
        return page

    return openapi


def operations(page: Page) -> Iterator[tuple[str, str, Page]]:
    """Path, verb in capitals, and description of every operation."""
    for path, verbs in page["paths"].items():
        for verb, operation in verbs.items():
            yield path, verb.upper(), operation


def role(route: APIRoute | None) -> str | None:
    """The least role that a route lets pass; None if any user may."""
    if route is None:
        return None
    calls = [each.call for each in route.dependant.dependencies]
    return next((call.role for call in calls if isinstance(call, Requires)), None)


def _name(operation: Page) -> None:
    """The first line of the docstring, up to a semicolon, is the name."""
    first = operation.get("description", operation["summary"]).splitlines()[0]
    operation["summary"] = first.split(";")[0].rstrip(".")


def _say_role(operation: Page, route: APIRoute | None) -> None:
    needed = role(route)
    if needed:
        operation["description"] += f"\n\nNeeds the role `{needed}`."
        operation["x-role"] = needed


def _say_media(path: str, operation: Page) -> None:
    """What is no JSON: FastAPI leaves that empty."""
    content = operation["responses"].get("200", {}).setdefault("content", {})
    for end, media in MEDIA.items():
        if path.endswith(end) and "application/json" not in content:
            content[media] = {"schema": {"type": "string"} if media.startswith("text/") else {}}


def _say_success(operation: Page, schemas: Page) -> None:
    """What comes back, in the words of its schema."""
    for answer in operation["responses"].values():
        if answer["description"] == "Successful Response":
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            said = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
            answer["description"] = said.get("description", "Done.").splitlines()[0]


def _add_refusals(path: str, verb: str, operation: Page) -> None:
    answers = operation["responses"]
    takes = operation.get("requestBody") or operation.get("parameters")
    for refusal in refusals.of(path, verb, role=operation.get("x-role"), takes=bool(takes)):
        answers.setdefault(str(refusal.status), _answer(refusal))
    if "422" in answers:
        answers["422"] = _answer(refusals.UNREADABLE)
    operation["responses"] = dict(sorted(answers.items()))


def _answer(refusal: refusals.Refusal) -> Page:
    examples = {
        f"example {place}": {"value": value} for place, value in enumerate(refusal.examples, 1)
    }
    content = {"schema": {"$ref": f"{REF}{refusal.schema.__name__}"}, "examples": examples}
    answer: Page = {"description": refusal.when, "content": {"application/json": content}}
    if refusal.headers:
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in refusal.headers.items()
        }
    return answer


def _add_schemas(schemas: Page) -> None:
    mode: JsonSchemaMode = "serialization"
    kinds = [(schema, mode) for schema in refusals.SCHEMAS]
    _, found = models_json_schema(kinds, ref_template=REF + "{model}")
    schemas.update(found["$defs"])
    # FastAPI's own, which say more than this API does.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for name, example in EXAMPLES.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
