"""What TypeScript the REST API's document becomes."""

from typing import Any

import pytest

from chat.management.commands.client_types import REST_TARGET, rest_typescript
from chat.management.rest_types import operation_type, rest_types, spell
from tests.services.processes import ROOT


@pytest.mark.parametrize(
    ("schema", "spelled"),
    [
        ({"type": "string", "format": "date-time"}, "string"),
        ({"type": "integer"}, "number"),
        ({"enum": ["all", 'a"b', 3]}, '"all" | "a\\"b" | 3'),
        ({"const": "approve"}, '"approve"'),
        ({"anyOf": [{"type": "number"}, {"type": "integer"}, {"type": "null"}]}, "number | null"),
        ({"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}, "A & B"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Row"}}, "Row[]"),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "(string | null)[]"),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]}, "[string, number]"),
        ({"type": "array"}, "unknown[]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "{ [key: string]: number }"),
        ({"type": "object", "additionalProperties": True}, "{ [key: string]: unknown }"),
        ({"type": "object", "properties": {"a-b": {"type": "null"}}}, '{ "a-b"?: null }'),
        ({}, "unknown"),
        ({"type": "novel"}, "unknown"),
        (True, "unknown"),
    ],
)
def test_a_schema_is_spelled(schema: Any, spelled: str) -> None:
    assert spell(schema) == spelled


def test_an_operation_says_what_it_is_given_and_what_it_answers() -> None:
    number, text = {"type": "integer"}, {"type": "string"}
    operation = {
        "parameters": [
            {"in": "path", "name": "line", "required": True, "schema": number},
            {"in": "query", "name": "since", "schema": text},
            {"in": "header", "name": "X", "schema": text},
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": text}}},
        "responses": {
            200: {"content": {"application/json": {"schema": number}}},
            "201": {"content": {"application/json": {"schema": text}}},
            404: {"content": {"application/json": {"schema": {"type": "boolean"}}}},
        },
    }
    said = "{ path: { line: number }; query?: { since?: string }; body: string; answer: number | string }"
    assert operation_type(operation) == said
    assert operation_type({"responses": {204: {}}}) == "{ answer: null }"


def test_every_operation_of_the_api_is_there() -> None:
    document = {
        "components": {"schemas": {"Row": {"properties": {"id": {"type": "integer"}}, "required": ["id"]}}},
        "paths": {"/api/rows": {"get": {"responses": {200: {}}}, "delete": {"responses": {204: {}}}}},
    }
    made = rest_types(document)
    assert "export interface Row {\n  id: number\n}" in made
    assert "  'GET /api/rows': { answer: null }\n  'DELETE /api/rows': { answer: null }" in made


def test_the_page_has_them_as_they_are_now() -> None:
    assert (ROOT / REST_TARGET).read_text() == rest_typescript()
