"""Whatever schema a tool brings, each service is told of it in its own words, or it is set aside."""

import random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.connectors.openai.dialects import DIALECTS
from providers.connectors.openai.requests import chat_body
from providers.connectors.shared.schema_rules import ANTHROPIC, GEMINI, OPENAI, SERVERS, TEMPLATES
from providers.connectors.shared.tool_schemas import LONGEST, tool_schema
from providers.types import ToolDefinition
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import HELLO
from tests.upstreams.strict import ANTHROPIC_PROPERTY, google_faults, parts_of, property_names, schema_faults
from tests.upstreams.wire import Wire

RULES = {"openai": OPENAI, "anthropic": ANTHROPIC, "gemini": GEMINI, "servers": SERVERS, "ollama": TEMPLATES}

PLAIN = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Where"},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "units": {"type": "string", "enum": ["c", "f"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "place": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]},
    },
    "required": ["city"],
}


def of(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": value}, **more}


LINKED = {"type": "object", "properties": {"value": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}}}
ODD: dict[str, dict[str, Any]] = {
    "references": of({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"type": "string"}}}),
    "references of draft 4": of({"$ref": "#/definitions/A"}, definitions={"A": {"type": "string"}}),
    "nested references": of(
        {"$ref": "#/$defs/A"}, **{"$defs": {"A": of({"$ref": "#/$defs/B"}), "B": {"type": "integer"}}}
    ),
    "recursion": of({"$ref": "#/$defs/Node"}, **{"$defs": {"Node": LINKED}}),
    "recursion to the root": of({"$ref": "#"}),
    "a reference to nothing": of({"$ref": "#/$defs/Missing"}),
    "a reference elsewhere": of({"$ref": "https://example.org/schema.json"}),
    "a list of types": of({"type": ["string", "null"]}),
    "a list of types with limits": of({"type": ["integer", "string"], "minimum": 1, "maxLength": 3}),
    "any of": of({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "X"}),
    "one of": of({"oneOf": [{"const": "a"}, {"const": "b"}], "description": "Which"}),
    "all of": of({"allOf": [{"type": "string"}, {"minLength": 1}]}),
    "any of with what holds for all": of(
        {
            "type": "object",
            "properties": {"a": {}, "b": {}},
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        }
    ),
    "const": of({"const": "fixed"}),
    "a number as const": of({"const": 3}),
    "an empty enum": of({"type": "string", "enum": []}),
    "an enum with an empty text": of({"type": "string", "enum": ["", "a"]}),
    "an enum of numbers": of({"enum": [1, 2, 3]}),
    "a mixed enum": of({"enum": ["a", 1, None, True]}),
    "exclusive limits": of({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}),
    "exclusive limits of draft 4": of({"type": "number", "minimum": 0, "exclusiveMinimum": True}),
    "a pattern": of({"type": "string", "pattern": "^[a-z]+$"}),
    "a pattern that looks ahead": of({"type": "string", "pattern": "^(?!x).*$"}),
    "a pattern that is none": of({"type": "string", "pattern": "["}),
    "a format": of({"type": "string", "format": "email"}),
    "an array without items": of({"type": "array"}),
    "a tuple": of({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]}),
    "a tuple of draft 4": of({"type": "array", "items": [{"type": "string"}, {"type": "string"}]}),
    "a map": of({"type": "object", "additionalProperties": {"type": "integer"}}),
    "anything": of({}),
    "true": of(True),
    "false": of(False),
    "an empty object": of({"type": "object", "properties": {}}),
    "no properties": {"type": "object"},
    "nothing": {},
    "words of a draft": {"$schema": "http://json-schema.org/draft-07/schema#", "$id": "x", **PLAIN},
    "what is required is not there": of({"type": "string"}, required=["y"]),
    "required in the manner of draft 3": of({"type": "string", "required": True}),
    "kinds at the top": {"anyOf": [of({"type": "string"}), of({"type": "integer"})]},
    "kinds beside properties": {**of({"type": "string"}), "oneOf": [{"required": ["x"]}, {"required": []}]},
    "conditions": {**of({"type": "string"}), "if": {}, "then": {}, "not": {"required": ["y"]}},
    "types of other languages": of({"type": "str"}),
    "no type at all": {"properties": {"x": {"type": "wobble"}}},
    "limits that are none": of({"type": "string", "minLength": -1, "maxLength": "many"}),
    "a length beyond all grammars": of({"type": "string", "maxLength": 1_000_000}),
    "nullable in the manner of OpenAPI": of({"type": "string", "nullable": True}),
    "a description that is none": of({"type": "string", "description": 3}),
    "no schemas where some should be": {"type": "object", "properties": ["x"], "required": "x"},
}


def faults(name: str, schema: dict[str, Any]) -> list[str]:
    if name == "gemini":
        return [*google_faults(schema if schema["properties"] else None)]
    found = [*schema_faults(schema)]
    if name == "anthropic":
        found += [key for key in property_names(schema) if not ANTHROPIC_PROPERTY.fullmatch(key)]
    if name == "ollama":
        found += [str(part) for part in parts_of(schema) if not isinstance(part.get("type", ""), str)]
    if name in ("ollama", "servers"):
        found += ["a pattern" for part in parts_of(schema) if "pattern" in part]
    return found


@pytest.mark.parametrize("name", RULES)
def test_a_plain_schema_is_sent_as_it_is(name: str) -> None:
    assert tool_schema(PLAIN, RULES[name]) == PLAIN


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("case", ODD)
def test_an_odd_schema_is_written_in_the_words_of_the_service(case: str, name: str) -> None:
    schema = tool_schema(ODD[case], RULES[name])
    assert schema is not None
    assert faults(name, schema) == []


SAID = [
    ("gemini", "const", {"type": "string", "enum": ["fixed"]}),
    ("gemini", "an enum of numbers", {"type": "integer", "description": "One of: 1, 2, 3"}),
    ("gemini", "exclusive limits", {"type": "integer", "minimum": 1, "maximum": 9}),
    ("gemini", "a list of types", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ("gemini", "a pattern", {"type": "string", "description": "Pattern: ^[a-z]+$"}),
    ("gemini", "references", {"type": "string"}),
    ("anthropic", "references", {"type": "string"}),
    ("anthropic", "all of", {"type": "string", "minLength": 1}),
    ("openai", "exclusive limits of draft 4", {"type": "number", "exclusiveMinimum": 0}),
    ("servers", "a length beyond all grammars", {"type": "string"}),
    ("ollama", "nullable in the manner of OpenAPI", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ("openai", "types of other languages", {"type": "string"}),
]


@pytest.mark.parametrize(("name", "case", "said"), SAID)
def test_what_is_said_in_other_words_means_the_same(name: str, case: str, said: dict[str, Any]) -> None:
    schema = tool_schema(ODD[case], RULES[name])
    assert schema is not None
    assert schema["properties"]["x"] == said


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        of({"type": "string", "description": "x" * LONGEST}),
    ],
)
def test_what_is_no_object_or_too_large_is_set_aside(schema: dict[str, Any], name: str) -> None:
    assert tool_schema(schema, RULES[name]) is None


def test_a_property_that_a_service_cannot_name_costs_the_tool_only_where_it_has_to_be_given() -> None:
    schema = {"type": "object", "properties": {"@id": {"type": "string"}, "b": {"type": "string"}}}
    assert tool_schema(schema, ANTHROPIC) == {"type": "object", "properties": {"b": {"type": "string"}}}
    assert tool_schema({**schema, "required": ["@id"]}, ANTHROPIC) is None
    assert tool_schema(schema, OPENAI) == schema


@pytest.mark.parametrize("name", RULES)
def test_references_that_multiply_stay_within_bounds(name: str) -> None:
    links = {f"L{n}": {**of({"$ref": f"#/$defs/L{n + 1}"})} for n in range(40)}
    for level in links.values():
        level["properties"] |= {f"p{n}": level["properties"]["x"] for n in range(6)}
    schema = tool_schema(of({"$ref": "#/$defs/L0"}, **{"$defs": links}), RULES[name])
    assert schema is None or len(orjson.dumps(schema)) < 150_000


WORDS = [
    *("type", "properties", "required", "items", "anyOf", "oneOf", "allOf", "$ref", "$defs", "enum", "const"),
    *("description", "default", "minimum", "exclusiveMinimum", "maxLength", "pattern", "format", "not"),
    *("additionalProperties", "prefixItems", "nullable", "title", "examples", "multipleOf", "uniqueItems"),
]
KINDS = st.sampled_from(["object", "array", "string", "integer", "null", "int", "", "#/$defs/a", "#"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | KINDS | st.text(max_size=5)
NAMES = st.sampled_from(WORDS) | st.text(max_size=4)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6)
)
SCHEMAS = st.dictionaries(NAMES, ANYTHING, max_size=6) | st.builds(
    lambda properties, more: {**more, "type": "object", "properties": properties},
    st.dictionaries(st.text(max_size=6), ANYTHING, max_size=4),
    st.dictionaries(NAMES, ANYTHING, max_size=4),
)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=100, deadline=None)
@given(schema=SCHEMAS)
def test_every_schema_is_accepted_or_set_aside(name: str, schema: dict[str, Any]) -> None:
    written = tool_schema(schema, RULES[name])
    if written is not None:
        assert faults(name, written) == []


@pytest.mark.parametrize("name", RULES)
def test_a_written_schema_is_written_the_same_again(name: str) -> None:
    for case in random.sample(sorted(ODD), len(ODD)):
        once = tool_schema(ODD[case], RULES[name])
        assert once is not None
        assert tool_schema(once, RULES[name]) == once, case


async def test_the_strict_services_take_every_odd_schema(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    tools = tuple(ToolDefinition(f"tool_{place}", case, ODD[case]) for place, case in enumerate(ODD))
    heard = await hear(connect(wire), asking(wire.model, tools=tools))
    assert (heard.text, heard.notices) == (HELLO, [])
    assert all(f"tool_{place}" in str(upstream.chats()[-1].body) for place in range(len(tools)))
    assert len(upstream.chats()) == 1


async def test_a_tool_that_a_service_cannot_be_told_of_is_set_aside_by_name(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    tools = (ToolDefinition("good", "", PLAIN), ToolDefinition("bad", "", {"type": "string"}))
    heard = await hear(connect(wire), asking(wire.model, tools=tools))
    assert heard.text == HELLO
    assert [(note.code, note.values["tools"]) for note in heard.notices] == [("tools_set_aside", "bad")]
    assert '"bad"' not in str(upstream.chats()[-1].body).replace("'", '"')


def test_openai_is_asked_to_hold_its_model_to_a_schema_that_lets_it() -> None:
    closed = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    tools = (ToolDefinition("closed", "", closed), ToolDefinition("open", "", PLAIN))
    body = chat_body(asking("gpt-9", tools=tools), DIALECTS["openai"], 100)
    assert [tool["function"].get("strict") for tool in body["tools"]] == [True, None]
