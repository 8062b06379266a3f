"""What the API says of itself, held against what it does."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from rakuten_mlops.api import (
    catalog_schemas,
    drift_schemas,
    refusals,
    review_schemas,
    schemas,
    traffic_schemas,
)
from rakuten_mlops.api.app import create_app
from rakuten_mlops.api.examples import EXAMPLES
from rakuten_mlops.api.openapi import operations
from rakuten_mlops.settings import Settings

from .conftest import Caller

SCHEMAS = (schemas, catalog_schemas, drift_schemas, review_schemas, traffic_schemas)


@pytest.fixture(scope="session")
def page(tmp_path_factory) -> dict[str, Any]:
    return create_app(Settings(home=tmp_path_factory.mktemp("home"))).inner.openapi()


def answers(page: dict[str, Any], path: str, verb: str = "post") -> set[int]:
    """The statuses that an operation is said to have."""
    return {int(status) for status in page["paths"][path][verb]["responses"]}


def named_schemas(page: dict[str, Any]) -> set[str]:
    """The schemas of whole bodies and answers in JSON; a form's fields describe themselves."""
    contents = [
        content["schema"]
        for _, _, operation in operations(page)
        for each in (operation.get("requestBody", {}), *operation["responses"].values())
        for kind, content in each.get("content", {}).items()
        if kind != "multipart/form-data"
    ]
    chosen = [one for schema in contents for one in (schema, *schema.get("anyOf", ()))]
    return {one["$ref"].rpartition("/")[2] for one in chosen if "$ref" in one}


def test_every_body_and_answer_has_an_example(page):
    told_elsewhere = {schema.__name__ for schema in refusals.SCHEMAS}

    without = named_schemas(page) - set(EXAMPLES) - told_elsewhere

    assert without == set(), "give them one in api/examples.py"


def test_no_example_is_left_over(page):
    assert set(EXAMPLES) <= set(page["components"]["schemas"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_its_schema_describes(name):
    schema = next(getattr(each, name) for each in SCHEMAS if hasattr(each, name))

    read = schema.model_validate(EXAMPLES[name])

    assert set(EXAMPLES[name]) <= set(schema.model_fields)
    assert read.model_dump(mode="json", exclude_unset=True) == EXAMPLES[name]


def test_an_example_with_a_wrong_field_would_be_found_out():
    with pytest.raises(ValidationError):
        schemas.ListingBody.model_validate(EXAMPLES["ListingBody"] | {"title": "Piscine"})


def test_every_operation_has_a_name_of_its_own_that_reads_as_one(page):
    described = [operation for _, _, operation in operations(page)]
    names = [operation["operationId"] for operation in described]

    assert len(set(names)) == len(names)
    assert all("_" not in operation["summary"] for operation in described)
    assert all(operation["description"] for operation in described)


def test_every_refusal_says_when_it_comes_and_shows_itself(page):
    refused = [
        answer
        for _, _, operation in operations(page)
        for status, answer in operation["responses"].items()
        if status in ("401", "403", "404", "409", "413", "422", "429")
    ]

    assert refused
    assert all(answer["description"].endswith(".") for answer in refused)
    assert all(answer["content"]["application/json"]["examples"] for answer in refused)


def test_every_reference_leads_somewhere(page):
    text = json.dumps(page)

    targets = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert targets <= set(page["components"]["schemas"])


def test_the_roles_that_are_described_are_those_that_are_asked_for(page, carl):
    for path, verb, operation in operations(page):
        refused = carl.call(verb, path).status_code == 403

        assert refused == ("403" in operation["responses"]), f"{verb} {path}"


@pytest.mark.parametrize(
    ("path", "called", "body", "status"),
    [
        ("/predict", "/predict", {"designation": ""}, 422),
        ("/predict", "/predict", {"designation": "x" * 1_001}, 422),
        ("/models/{version}/promote", "/models/99/promote", {"why": "because"}, 404),
        ("/models/rollback", "/models/rollback", {"why": "because", "version": "3"}, 409),
        ("/review/{item_id}", "/review/99", {"answer": "confirm"}, 404),
    ],
)
def test_a_refusal_looks_as_it_is_described(page, admin, path, called, body, status):
    answer = admin.post(called, json=body)

    assert answer.status_code == status
    assert status in answers(page, path)
    shape = refusals.Unreadable if status == 422 else refusals.Detail
    assert shape.model_validate(answer.json()).model_dump(mode="json") == answer.json()


def test_a_stranger_is_challenged_as_it_is_described(page, stranger: Caller):
    answer = stranger.post("/predict", json={"designation": "Piscine"})

    headers = page["paths"]["/predict"]["post"]["responses"]["401"]["headers"]
    assert set(headers) == {"WWW-Authenticate"}
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert refusals.Detail.model_validate(answer.json())
