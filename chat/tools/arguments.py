"""Arguments as models write them, checked against a tool's schema. What is wrong is said so that the model
can mend it. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from chat.tools.base import ToolError
from core.json_text import parse_json

MOST_FAULTS = 5
DEEPEST = 20
LONGEST = 1_000_000
"""Characters of the arguments of one call."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def read_arguments(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as a model wrote them, checked by the tool's schema. No text at all is no arguments.
    Raises ToolError."""
    if len(text) > LONGEST:
        raise ToolError("The arguments are too long.")
    try:
        given = parse_json(text.encode("utf-8", "replace")) if text.strip() else {}
    except ValueError as error:
        raise ToolError(
            f"The arguments are not valid JSON ({error}). Call again with one JSON object."
        ) from None
    if not isinstance(given, dict):
        raise ToolError("The arguments have to be one JSON object. Call again with one.")
    faults = []
    for fault in faults_in(given, schema):
        faults.append(fault)
        if len(faults) == MOST_FAULTS:
            break
    if faults:
        raise ToolError(f"The arguments do not fit the tool: {'; '.join(faults)}. Call again with others.")
    return given


def canonical_json(given: Any) -> str:
    """Equal for what is equal as JSON, whatever the order of keys and the white space."""
    try:
        return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        # Numbers that need more than 64 bits.
        return json.dumps(given, sort_keys=True, separators=(",", ":"))


def faults_in(value: Any, schema: Any, place: str = "", depth: int = 0) -> Iterator[str]:
    """What of `value` is not as the schema says. Keywords that are not known here are passed over: the tool
    itself is the judge of them."""
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return
    name = f"`{place}`" if place else "the whole"
    if not has_type(value, schema.get("type")):
        yield f"{name} must be of type {type_names(schema['type'])}"
        return
    if (choices := schema.get("enum")) is not None and isinstance(choices, list) and value not in choices:
        yield f"{name} must be one of {canonical_json(choices)[:500]}"
    if "const" in schema and value != schema["const"]:
        yield f"{name} must be {canonical_json(schema['const'])[:200]}"
    yield from wrong_size(value, schema, name)
    if isinstance(value, dict):
        yield from faults_in_object(value, schema, place, depth)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from faults_in(item, schema.get("items"), f"{place}[{number}]", depth + 1)
    for keyword in ("anyOf", "oneOf"):
        options = schema.get(keyword)
        if isinstance(options, list) and options and all(any_fault(value, one, depth) for one in options):
            yield f"{name} is none of what it may be"


def faults_in_object(
    value: dict[str, Any], schema: Mapping[str, Any], place: str, depth: int
) -> Iterator[str]:
    required, properties = schema.get("required"), schema.get("properties")
    known: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    for name in required if isinstance(required, list) else ():
        if isinstance(name, str) and name not in value:
            yield f"`{join_place(place, name)}` is missing"
    for name, item in value.items():
        if name in known:
            yield from faults_in(item, known[name], join_place(place, name), depth + 1)
        elif schema.get("additionalProperties") is False and "patternProperties" not in schema:
            yield f"there is no `{join_place(place, name)[:100]}`"


def any_fault(value: Any, schema: Any, depth: int) -> bool:
    return next(faults_in(value, schema, depth=depth + 1), None) is not None


def has_type(value: Any, wanted: Any) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    known = [name for name in names if isinstance(name, str) and name in TYPES]
    return not known or len(known) < len(names) or any(is_of_type(value, name) for name in known)


def is_of_type(value: Any, name: str) -> bool:
    """True and false are no numbers; a whole number may be written with a fraction of nothing."""
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name])


def type_names(wanted: Any) -> str:
    return wanted if isinstance(wanted, str) else " or ".join(map(str, wanted))


SIZES: Mapping[str, tuple[str, str]] = {
    "minLength": ("string", "shorter than {limit} characters"),
    "maxLength": ("string", "longer than {limit} characters"),
    "minItems": ("array", "of fewer than {limit} items"),
    "maxItems": ("array", "of more than {limit} items"),
    "minimum": ("number", "less than {limit}"),
    "maximum": ("number", "more than {limit}"),
}


def wrong_size(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    for keyword, (kind, told) in SIZES.items():
        limit: Any = schema.get(keyword)
        if not is_of_type(limit, "number") or not is_of_type(value, kind):
            continue
        size = value if kind == "number" else len(value)
        if size < limit if keyword.startswith("min") else size > limit:
            yield f"{name} may not be {told.format(limit=limit)}"


def join_place(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
