"""The page of routes, from the API's own description."""

import json
from typing import Any

from rakuten_mlops.api.openapi import operations
from reference.tables import table

Page = dict[str, Any]
HEAD = """\
# HTTP

The API describes itself at `/docs`, where every route can be tried; what it says there is also in
[openapi.json](../openapi.json), for programs that make clients. Python programs have
[one](../guides/api-client.md).

"""


def page(openapi: Page) -> str:
    """Every route with its role, parameters, examples and refusals."""
    rows = [
        (f"[`{verb} {path}`](#{each['operationId']})", _who(each), each["summary"])
        for path, verb, each in operations(openapi)
    ]
    parts = [HEAD, table(("route", "who", "what"), rows)]
    for tag in openapi["tags"]:
        parts.append(f"\n## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        parts += [
            _section(openapi, path, verb, each)
            for path, verb, each in operations(openapi)
            if tag["name"] in each["tags"]
        ]
    return "".join(parts)


def _who(operation: Page) -> str:
    return operation.get("x-role", "any user") if "security" in operation else "anybody"


def _section(openapi: Page, path: str, verb: str, operation: Page) -> str:
    text = f"\n### {verb} {path} {{ #{operation['operationId']} }}\n\n{operation['description']}\n"
    return text + "".join(
        (
            _parameters(operation),
            _body(openapi, operation),
            _answer(openapi, operation),
            _refusals(operation),
        )
    )


def _parameters(operation: Page) -> str:
    rows = [
        (
            f"`{each['name']}`",
            each["in"],
            _kind(each["schema"]),
            each.get("description", ""),
        )
        for each in operation.get("parameters", ())
    ]
    return "\n" + table(("parameter", "in", "takes", "meaning"), rows) if rows else ""


def _kind(schema: Page) -> str:
    """What a value may be, in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    said = [schema.get("type", "anything"), *_bounds(schema)]
    if schema.get("default") is not None:
        said.append(f"default `{json.dumps(schema['default'])}`")
    return ", ".join(said)


def _bounds(schema: Page) -> list[str]:
    words = {
        "minimum": "from {}",
        "exclusiveMinimum": "above {}",
        "maximum": "to {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
    }
    return [word.format(schema[name]) for name, word in words.items() if name in schema]


def _body(openapi: Page, operation: Page) -> str:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(openapi, content["schema"])
        if media != "application/json":
            return f"\nThe body is `{media}`.\n"
        rows = [
            (f"`{name}`", _kind(field), field.get("description", ""))
            for name, field in schema["properties"].items()
        ]
        return (
            "\n" + table(("field", "takes", "meaning"), rows) + _example("Body", schema["examples"])
        )
    return ""


def _answer(openapi: Page, operation: Page) -> str:
    status, answer = next(iter(operation["responses"].items()))
    for media, content in answer.get("content", {}).items():
        if media != "application/json":
            return f"\nAnswer {status}: `{media}`.\n"
        examples = _resolved(openapi, content["schema"]).get("examples")
        return _example(f"Answer {status}", examples) if examples else ""
    return f"\nAnswer {status}, without a body.\n"


def _resolved(openapi: Page, schema: Page) -> Page:
    """The schema that is meant: that of the name, also where it may be left out."""
    if "anyOf" in schema:
        return _resolved(openapi, schema["anyOf"][0])
    if "$ref" in schema:
        return openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _example(title: str, examples: list[Any]) -> str:
    written = json.dumps(examples[0], ensure_ascii=False, indent=2)
    inside = "".join(f"    {line}\n" for line in ["```json", *written.splitlines(), "```"])
    return f'\n??? example "{title}"\n\n{inside}'


def _refusals(operation: Page) -> str:
    rows = [
        (status, answer["description"])
        for status, answer in operation["responses"].items()
        if status.startswith(("4", "5"))
    ]
    return "\n" + table(("refused", "when"), rows) if rows else ""
