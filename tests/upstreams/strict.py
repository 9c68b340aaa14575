"""What the real services refuse of a request with tools, each in its own words. A fake that is `strict`
answers with it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator, SchemaError

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
GOOGLE_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,63}")
ANTHROPIC_ID = re.compile(r"[a-zA-Z0-9_-]+")
ANTHROPIC_PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
MISTRAL_ID = re.compile(r"[a-zA-Z0-9]{9}")
GOOGLE_WORDS = {"type", "properties", "required", "items", "enum", "description", "title", "anyOf", "format"}
GOOGLE_WORDS |= {"minItems", "maxItems", "minimum", "maximum"}
TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}


def complaint_about(wire: str, body: Mapping[str, Any], model: str) -> str:
    """Empty where the service would answer."""
    found = {"anthropic": _anthropic, "gemini": _gemini, "ollama": _ollama}.get(wire, _openai)
    return next(found(body, model), "")


def _openai(body: Mapping[str, Any], model: str) -> Iterator[str]:
    for place, tool in enumerate(body.get("tools", ())):
        function = tool["function"]
        if not NAME.fullmatch(function["name"]):
            yield f"Invalid 'tools[{place}].function.name': string does not match pattern"
        for fault in schema_faults(function["parameters"]):
            yield f"Invalid schema for function '{function['name']}': {fault}"
    waiting: list[str] = []
    seen: set[str] = set()
    last = ""
    for message in body["messages"]:
        yield from _openai_order(message, waiting, last, model)
        for call in message.get("tool_calls", ()):
            waiting.append(call["id"])
            yield from _openai_call(call, seen, model)
        last = message["role"]
    if waiting:
        yield f"tool_call_ids did not have response messages: {waiting}"


def _openai_order(message: Mapping[str, Any], waiting: list[str], last: str, model: str) -> Iterator[str]:
    role = message["role"]
    if role == "tool" and message["tool_call_id"] in waiting:
        waiting.remove(message["tool_call_id"])
    elif role == "tool":
        yield "messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
    elif waiting:
        yield f"tool_call_ids did not have response messages: {waiting}"
    if "mistral" in model and role == "user" and last == "tool":
        yield "Unexpected role 'user' after role 'tool'"
    if role in ("user", "system") and not message["content"]:
        yield "content must not be empty"


def _openai_call(call: Mapping[str, Any], seen: set[str], model: str) -> Iterator[str]:
    if call["id"] in seen or not call["id"] or len(call["id"]) > 40:
        yield f"invalid or repeated tool call id {call['id']!r}"
    if "mistral" in model and not MISTRAL_ID.fullmatch(call["id"]):
        yield f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
    seen.add(call["id"])
    if not NAME.fullmatch(call["function"]["name"]):
        yield "tool_calls.function.name: string does not match pattern"
    if not _is_object_text(call["function"]["arguments"]):
        yield "Failed to parse tool call arguments as JSON"


def _anthropic(body: Mapping[str, Any], model: str) -> Iterator[str]:
    for place, tool in enumerate(body.get("tools", ())):
        yield from (f"tools.{place}.custom.{fault}" for fault in _anthropic_tool(tool))
    open_ids: list[str] = []
    seen: set[str] = set()
    contents = [_blocks_of(message) for message in body["messages"]]
    for place, (message, blocks) in enumerate(zip(body["messages"], contents, strict=True)):
        if message["role"] != ("user", "assistant")[place % 2]:
            yield "roles must alternate"
        faults = _anthropic_blocks(blocks, open_ids, seen, has_tools=bool(body.get("tools")))
        yield from (f"messages.{place}: {fault}" for fault in faults)
        open_ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
        seen.update(open_ids)
    if open_ids:
        yield "`tool_use` ids were found without `tool_result` blocks immediately after"
    is_thinking = body.get("thinking", {}).get("type") == "enabled"
    if is_thinking and contents[-1][0]["type"] == "tool_result":
        first = contents[-2][0]["type"]
        if first not in ("thinking", "redacted_thinking"):
            yield f"Expected `thinking` or `redacted_thinking`, but found `{first}`"


def _anthropic_tool(tool: Mapping[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(tool["name"]):
        yield "name: String should match pattern"
    for fault in schema_faults(tool["input_schema"], needs_properties=False):
        yield f"input_schema: {fault}"
    for name in property_names(tool["input_schema"]):
        if not ANTHROPIC_PROPERTY.fullmatch(name):
            yield "input_schema.properties: Property keys should match pattern"


def _anthropic_blocks(
    blocks: list[Any], open_ids: list[str], seen: set[str], *, has_tools: bool
) -> Iterator[str]:
    kinds = [block["type"] for block in blocks]
    if {"tool_use", "tool_result"} & set(kinds) and not has_tools:
        yield "Requests which include `tool_use` or `tool_result` blocks must define tools"
    results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    if kinds != sorted(kinds, key=lambda kind: kind != "tool_result"):
        yield "tool_result blocks must come first"
    if sorted(results) != sorted(open_ids):
        yield f"unexpected or missing `tool_result` for {open_ids}: {results}"
    for block in blocks:
        match block["type"]:
            case "text" if not block["text"].strip():
                yield "text content blocks must contain non-whitespace text"
            case "thinking" if not block.get("signature"):
                yield "thinking.signature: Field required"
            case "tool_use" if not ANTHROPIC_ID.fullmatch(block["id"]) or block["id"] in seen:
                yield f"tool_use.id: {block['id']!r} should match pattern, once"
            case "tool_use" if not NAME.fullmatch(block["name"]) or not isinstance(block["input"], dict):
                yield "tool_use: invalid"


def _blocks_of(message: Mapping[str, Any]) -> list[Any]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _gemini(body: Mapping[str, Any], model: str) -> Iterator[str]:
    declared = [one for tool in body.get("tools", ()) for one in tool["functionDeclarations"]]
    for place, function in enumerate(declared):
        where = f"GenerateContentRequest.tools[0].function_declarations[{place}]"
        if not GOOGLE_NAME.fullmatch(function["name"]):
            yield f"{where}.name: Invalid function name."
        for fault in google_faults(function.get("parametersJsonSchema")):
            yield f"* {where}.parameters{fault}"
    waiting: list[str] = []
    for place, content in enumerate(body["contents"]):
        parts = content["parts"]
        responses = [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]
        if responses != waiting or (responses and len(parts) != len(responses)):
            yield (
                "Please ensure that the number of function response parts is equal to the number of function "
                "call parts of the function call turn."
            )
        waiting = [part["functionCall"]["name"] for part in parts if "functionCall" in part]
        if waiting and (place == 0 or content["role"] != "model"):
            yield "Please ensure that function call turn comes immediately after a user turn"
        yield from _google_parts(parts, model)
    if waiting:
        yield "Please ensure that function response turn comes immediately after a function call turn."


def _google_parts(parts: list[Any], model: str) -> Iterator[str]:
    calls = [part for part in parts if "functionCall" in part]
    if calls and "gemini-3" in model and "thoughtSignature" not in calls[0]:
        yield "Function call is missing a thought_signature in functionCall parts"
    if any(part.get("text") == "" for part in parts) or not parts:
        yield "contents.parts must not be empty."
    if any(not GOOGLE_NAME.fullmatch(part["functionCall"]["name"]) for part in calls):
        yield "Invalid function name."


def _ollama(body: Mapping[str, Any], model: str) -> Iterator[str]:
    for tool in body.get("tools", ()):
        parameters = tool["function"]["parameters"]
        for fault in schema_faults(parameters):
            yield f"invalid tool schema for {tool['function']['name']}: {fault}"
        if any(not isinstance(part.get("type", ""), str) for part in parts_of(parameters)):
            yield "json: cannot unmarshal array into Go struct field .tools.function.parameters.type"
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] != "tool" and waiting:
            yield "a call without a result"
        elif message["role"] == "tool" and (not waiting or message["tool_name"] != waiting.pop(0)):
            yield "a tool message that answers no call"
        for call in message.get("tool_calls", ()):
            waiting.append(call["function"]["name"])
            if not isinstance(call["function"]["arguments"], dict):
                yield "json: cannot unmarshal string into Go struct field .arguments of type object"
    if waiting:
        yield "a call without a result"


def schema_faults(schema: Any, *, needs_properties: bool = True) -> Iterator[str]:
    """Of JSON Schema as OpenAI and Anthropic read it."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield 'schema must be of type "object"'
        return
    if needs_properties and "properties" not in schema:
        yield "object schema missing properties"
    if {"anyOf", "oneOf", "allOf", "enum", "not"} & schema.keys():
        yield "schema must not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield f"{error}"[:300]
    for part in parts_of(schema):
        if part.get("type") == "array" and "items" not in part:
            yield "array schema missing items"
        if "$ref" in part:
            yield "reference that cannot be resolved"


def google_faults(schema: Any) -> Iterator[str]:
    """Of Gemini's subset. No schema at all is a function without parameters."""
    if schema is None:
        return
    if schema.get("type") != "object":
        yield ": only allowed for OBJECT type"
    for part in parts_of(schema):
        yield from _google_type_faults(part)
        yield from _google_word_faults(part)


def _google_type_faults(part: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in part:
        if part.keys() != {"anyOf"} or not part["anyOf"]:
            yield ": When using any_of, it must be the only field set"
    elif part.get("type") not in TYPES:
        yield ".type: schema didn't specify the schema type field"
    if part.get("type") == "array" and "items" not in part:
        yield ".items: missing field."


def _google_word_faults(part: Mapping[str, Any]) -> Iterator[str]:
    for word in part.keys() - GOOGLE_WORDS:
        yield f'.{word}: Unknown name "{word}": Cannot find field.'
    if part.get("properties") == {}:
        yield ".properties: should be non-empty for OBJECT type"
    if set(part.get("required", ())) - set(part.get("properties", ())):
        yield ".required[0]: property is not defined"
    values = part.get("enum")
    if values is not None and (part.get("type") != "string" or not values or not all(values)):
        yield ".enum: only allowed for STRING type, cannot be empty"
    if part.get("format", "enum") not in ("enum", "date-time"):
        yield ".format: only 'enum' and 'date-time' are supported for STRING type"


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for value in schema.get("properties", {}).values():
        yield from parts_of(value)
    for value in schema.get("anyOf", ()):
        yield from parts_of(value)
    yield from parts_of(schema.get("items"))
    yield from parts_of(schema.get("additionalProperties"))


def property_names(schema: Any) -> Iterator[str]:
    for part in parts_of(schema):
        yield from part.get("properties", ())


def _is_object_text(text: Any) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except (orjson.JSONDecodeError, TypeError):
        return False
