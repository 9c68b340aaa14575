"""JSON Schemas of tools as services take them.

Tools bring whatever schema their makers wrote, and a service refuses a whole request for one word of it that
it does not know. So a schema is written anew from the words that the service takes (schema_rules.py):
references are put in their places, what is said in other words is said in these, and what cannot be said is
left out, or told in the description.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from core.json_text import dump_loose_json, parse_loose_json
from providers.connectors.shared.schema_rules import SchemaRules
from providers.connectors.shared.schema_writing import SchemaWriter
from providers.types import ToolDefinition

LONGEST = 64_000
"""Bytes of a schema as it comes."""
LONGEST_WRITTEN = 128_000
"""Bytes of a schema as it is sent: references repeat what they refer to."""


def tool_schema(parameters: Mapping[str, Any], rules: SchemaRules) -> dict[str, Any] | None:
    """The schema of a tool's arguments as a service with these rules takes it: of an object, with
    `properties`. None where there is none: it describes no object, a property that has to be given has a name
    that the service does not take, or it is too large. The same schema is written once; change no result."""
    try:
        raw = dump_loose_json(parameters)
    except (TypeError, ValueError, RecursionError):
        return None
    return _written(raw, rules) if len(raw) <= LONGEST else None


def tools_with_schemas(
    tools: Sequence[ToolDefinition], rules: SchemaRules
) -> Iterator[tuple[ToolDefinition, dict[str, Any]]]:
    """Those that the service can be told of; the others were set aside before (providers/learning)."""
    for tool in tools:
        if (schema := tool_schema(tool.parameters, rules)) is not None:
            yield tool, schema


def function_tools(
    tools: Sequence[ToolDefinition], rules: SchemaRules, *, strict: bool = False
) -> list[dict[str, Any]]:
    """In OpenAI's form, which Ollama has too. `strict`: where a schema lets a service hold its model to it,
    that is asked for."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description[: rules.description],
                "parameters": schema,
                **({"strict": True} if strict and is_strict(schema) else {}),
            },
        }
        for tool, schema in tools_with_schemas(tools, rules)
    ]


@lru_cache(maxsize=512)
def _written(raw: bytes, rules: SchemaRules) -> dict[str, Any] | None:
    try:
        root = parse_loose_json(raw)
    except ValueError:
        return None
    schema = SchemaWriter(root, rules).write_arguments()
    return None if schema is None or len(dump_loose_json(schema)) > LONGEST_WRITTEN else schema


STRICT_WORDS = frozenset({"type", "properties", "required", "items", "enum", "description", "anyOf", "title"})
_STRICT_DEPTH = 5


def is_strict(schema: Any, depth: int = 0) -> bool:
    """Whether OpenAI can hold a model to it word for word: each object names all that it has and wants it."""
    if not isinstance(schema, Mapping) or depth > _STRICT_DEPTH:
        return False
    if "type" not in schema and "anyOf" not in schema:
        return False
    if schema.keys() - STRICT_WORDS - {"additionalProperties"}:
        return False
    properties = schema.get("properties", {})
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties)
    ):
        return False
    inner = [*properties.values(), *schema.get("anyOf", ())]
    inner += [schema["items"]] if "items" in schema else []
    return all(is_strict(one, depth + 1) for one in inner)
