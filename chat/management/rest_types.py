"""TypeScript of the REST API, from the document that the API gives of itself."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

HEADER = """\
// Made by `manage.py client_types` from the OpenAPI document of /api/. Change the schemas of its operations,
// run it again, and commit both.
"""
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def rest_types(document: Json) -> str:
    """One interface for each schema, and one of all operations by method and path."""
    schemas = document["components"]["schemas"]
    parts = [declare_shape(name, schema) for name, schema in sorted(schemas.items())]
    operations = [
        f"  '{method.upper()} {path}': {operation_type(operation)}"
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    ]
    return "\n".join([HEADER, *parts, "export interface Rest {", *operations, "}", ""])


def declare_shape(name: str, schema: Json) -> str:
    if "properties" not in schema:
        return f"export type {name} = {spell(schema)}\n"
    return "\n".join([f"export interface {name} {{", *fields(schema, "  "), "}", ""])


def fields(schema: Json, indent: str) -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        yield f"{indent}{quote_key(name)}{'' if name in required else '?'}: {spell(field)}"


def quote_key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def spell(schema: Json | bool) -> str:
    """Whatever the document leaves open is `unknown`, so that nobody uses it unchecked."""
    if isinstance(schema, bool):
        return "unknown"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(map(spell, schema[union])))
    if "allOf" in schema:
        return " & ".join(map(spell, schema["allOf"]))
    return spell_type(schema)


def spell_type(schema: Json) -> str:
    kind = schema.get("type")
    if kind == "array":
        return spell_array(schema)
    if kind == "object":
        if "properties" in schema:
            return f"{{ {'; '.join(fields(schema, ''))} }}"
        return f"{{ [key: string]: {spell(schema.get('additionalProperties', True))} }}"
    return SCALARS.get(str(kind), "unknown")


def spell_array(schema: Json) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(map(spell, schema['prefixItems']))}]"
    item = spell(schema.get("items", True))
    return f"({item})[]" if " | " in item or " & " in item else f"{item}[]"


def operation_type(operation: Json) -> str:
    given = [
        *parameters(operation, "path"),
        *parameters(operation, "query"),
        *body_type(operation),
        f"answer: {answer_type(operation)}",
    ]
    return f"{{ {'; '.join(given)} }}"


def parameters(operation: Json, place: str) -> Iterator[str]:
    found = [one for one in operation.get("parameters", ()) if one["in"] == place]
    if not found:
        return
    each = (
        f"{quote_key(one['name'])}{'' if one.get('required') else '?'}: {spell(one['schema'])}"
        for one in found
    )
    optional = "" if any(one.get("required") for one in found) else "?"
    yield f"{place}{optional}: {{ {'; '.join(each)} }}"


def body_type(operation: Json) -> Iterator[str]:
    body = operation.get("requestBody", {})
    schema = body.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        yield f"body{'' if body.get('required') else '?'}: {spell(schema)}"


def answer_type(operation: Json) -> str:
    """Of all that it may answer with where it succeeds."""
    contents = [
        response.get("content", {})
        for status, response in operation["responses"].items()
        if str(status).startswith("2")
    ]
    schemas = [
        content["application/json"].get("schema", True)
        for content in contents
        if "application/json" in content
    ]
    return " | ".join(dict.fromkeys(map(spell, schemas))) or "null"
