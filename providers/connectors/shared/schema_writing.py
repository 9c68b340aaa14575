"""Writes a JSON Schema of any draft anew, in the words that a service takes."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.json_text import dump_loose_json
from providers.connectors.shared.schema_rules import SchemaRules
from providers.connectors.shared.values import count_from

MOST_NODES = 1000
DEEPEST = 12
_TOLD = 300
"""Characters of what is told of a value in a description."""

_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_SPELLINGS = {"int": "integer", "float": "number", "double": "number", "str": "string", "text": "string"}
_SPELLINGS |= {"bool": "boolean", "dict": "object", "map": "object", "list": "array", "none": "null"}
_ANY: tuple[dict[str, Any], ...] = tuple({"type": name} for name in ("string", "number", "boolean", "object"))
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_LOOKAROUND = re.compile(r"\(\?[=!<]")
_OF_TYPE = {
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": _NUMBERS,
    "integer": _NUMBERS,
}
"""What says something of values of that type alone."""

Schema = dict[str, Any]


class SchemaWriter:
    """Writes one schema, and is used once."""

    def __init__(self, root: Any, rules: SchemaRules) -> None:
        self._root = root
        self._rules = rules
        self._nodes = MOST_NODES

    def write_arguments(self) -> Schema | None:
        """None where it is no schema of an object, or of one that the service cannot be told of."""
        given = self._resolved(self._root, ())[0]
        if (types := _types_in(given)) and "object" not in types:
            return None
        branches = [self._resolved(branch, ())[0] for branch in _branches_in(given)]
        objects = [branch for branch in branches if "object" in (_types_in(branch) or ["object"])]
        if branches and not objects:
            return None
        made = self._object(_joined(given, objects), (), 0)
        if made is None:
            return None
        written = {"type": "object", "properties": {}, **made}
        return {**written, **self._described(given, [])}

    def _write(self, value: Any, refs: tuple[str, ...], depth: int) -> Schema | None:
        """Of one value. None where no value is right, or none can be told of."""
        if value is False:
            return None
        given, refs = self._resolved(value, refs)
        self._nodes -= 1
        types = _types_in(given)
        if self._nodes < 0 or depth > DEEPEST:
            return self._typed({**self._described(given, [])}, types[:1])
        branches = _branches_in(given)
        if branches:
            return self._either(given, branches, refs, depth)
        if len(types) > 1 and not self._rules.types:
            one_each = [{**_without(given, "description", "nullable"), "type": name} for name in types]
            return self._either({"description": given.get("description")}, one_each, refs, depth)
        return self._one(given, types, refs, depth)

    def _one(self, given: Schema, types: list[str], refs: tuple[str, ...], depth: int) -> Schema | None:
        told: list[str] = []
        made: Schema = {}
        if "object" in types:
            found = self._object(given, refs, depth)
            if found is None:
                return None
            made |= found
        if "array" in types:
            made["items"] = self._items(given, refs, depth)
        made |= self._values(given, types, told)
        made |= dict(self._limits(given, types, told))
        return self._typed({**made, **self._described(given, told)}, types)

    def _either(self, given: Schema, branches: list[Any], refs: tuple[str, ...], depth: int) -> Schema | None:
        """`anyOf`; what stands beside it holds for each branch."""
        if given.get("nullable") is True:
            branches = [*branches, {"type": "null"}]
        beside = _without(given, "anyOf", "oneOf", "description", "title", "default", "nullable")
        found: list[Schema] = []
        for branch in branches:
            own, branch_refs = self._resolved(branch, refs)
            made = self._write(_joined(beside, [own]) if beside else own, branch_refs, depth + 1)
            if made is not None and made not in found:
                found.append(made)
        if not found:
            return None
        described = self._described(given, [])
        if len(found) == 1:
            return {**found[0], **described}
        if self._rules.any_of_alone:
            return {"anyOf": [{**found[0], **described}, *found[1:]]}
        return {"anyOf": found, **described}

    def _object(self, given: Schema, refs: tuple[str, ...], depth: int) -> Schema | None:
        """None where a property that has to be there cannot be told of."""
        required = [name for name in _list(given.get("required")) if isinstance(name, str)]
        properties: Schema = {}
        for name, value in _mapping(given.get("properties")).items():
            made = self._write(value, refs, depth + 1) if self._takes_name(name) else None
            if made is not None:
                properties[name] = made
            elif name in required:
                return None
        result: Schema = {"properties": properties} if properties else {}
        if wanted := [name for name in dict.fromkeys(required) if name in properties]:
            result["required"] = wanted
        if "additionalProperties" in self._rules.words and "additionalProperties" in given:
            others = given["additionalProperties"]
            written = others if isinstance(others, bool) else self._write(others, refs, depth + 1)
            result["additionalProperties"] = False if written is None else written
        return result

    def _takes_name(self, name: str) -> bool:
        return self._rules.property_names.fullmatch(name) is not None

    def _items(self, given: Schema, refs: tuple[str, ...], depth: int) -> Schema:
        """Of a tuple: each item is one of its kinds. Services want to be told of the items of every array."""
        items = given.get("items")
        places = [*_list(given.get("prefixItems")), *_list(items)]
        if isinstance(items, Mapping) and not places:
            return self._write(items, refs, depth + 1) or self._typed({}, [])
        return (self._either({}, places, refs, depth + 1) if places else None) or self._typed({}, [])

    def _values(self, given: Schema, types: list[str], told: list[str]) -> Schema:
        """`enum`, `const`, `default`, `examples`."""
        result: Schema = {}
        values = _list(given.get("enum")) or ([given["const"]] if "const" in given else [])
        values = [value for place, value in enumerate(values) if value not in values[:place]]
        if types:
            values = [value for value in values if any(_is_of(value, name) for name in types)]
        texts_alone = all(isinstance(value, str) and value for value in values)
        if values and (self._rules.enums or (texts_alone and types in ([], ["string"]))):
            is_const = "const" in given and "const" in self._rules.words and "enum" not in given
            result = {"const": values[0]} if is_const else {"enum": values}
        elif values:
            told.append(f"One of: {', '.join(_shown(value) for value in values)}"[:_TOLD])
        if "default" in given and "default" in self._rules.words:
            result["default"] = given["default"]
        elif given.get("default") is not None:
            told.append(f"Default: {_shown(given['default'])}"[:_TOLD])
        if "examples" in self._rules.words and isinstance(given.get("examples"), list):
            result["examples"] = given["examples"]
        return result

    def _limits(self, given: Schema, types: list[str], told: list[str]) -> Iterator[tuple[str, Any]]:
        taken = {word for name in types for word in _OF_TYPE.get(name, ())} if types else set(given)
        for word, value in _limits_in(given):
            if word not in taken or (word in _COUNTS and self._rules.most and value > self._rules.most):
                continue
            if word in self._rules.words:
                if word != "format" or self._rules.formats is None or value in self._rules.formats:
                    yield word, value
            elif word in ("exclusiveMinimum", "exclusiveMaximum"):
                step = 0 if types != ["integer"] else 1 if word == "exclusiveMinimum" else -1
                yield word.replace("exclusiveM", "m"), value + step
            elif word in ("pattern", "format"):
                told.append(f"{word.capitalize()}: {value}"[:_TOLD])

    def _described(self, given: Schema, told: list[str]) -> Schema:
        result: Schema = {}
        if isinstance(given.get("title"), str):
            result["title"] = given["title"]
        words = given["description"] if isinstance(given.get("description"), str) else ""
        if words or told:
            result["description"] = " ".join([*([words] if words else []), *told])
        return result

    def _typed(self, made: Schema, types: list[str]) -> Schema:
        if not types and self._rules.untyped:
            return made
        if not types:
            return {"anyOf": [{**_ANY[0], **made}, *_ANY[1:]]}
        if "array" in types and "items" not in made:
            made["items"] = self._typed({}, [])
        return {"type": types[0] if len(types) == 1 else types, **made}

    def _resolved(self, value: Any, refs: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
        """Without `$ref` and `allOf`. A reference to what it stands in, or to what is not there, says
        nothing. `refs`: those that led here."""
        given = dict(value) if isinstance(value, Mapping) else {}
        for _ in range(DEEPEST):
            ref = given.pop("$ref", None)
            if not isinstance(ref, str):
                break
            found = _mapping(_at(self._root, ref))
            if ref in refs:
                given = {"type": found.get("type"), **given}
                break
            refs = (*refs, ref)
            given = {**found, **given}
        given.pop("$ref", None)
        parts = _list(given.pop("allOf", None))
        for part in parts if len(refs) < DEEPEST else ():
            self._nodes -= 1
            if self._nodes < 0:
                break
            found, refs = self._resolved(part, refs)
            given = _both(given, found)
        return given, refs


def _at(root: Any, ref: str) -> Any:
    """What a reference within the schema points to."""
    if not ref.startswith("#"):
        return None
    found = root
    for step in ref[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name[:6]) < len(found):
            found = found[int(name[:6])]
        else:
            return None
    return found


def _types_in(given: Schema) -> list[str]:
    """Those that are said, or that the other words let one think of."""
    told = given.get("type")
    names = [told] if isinstance(told, str) else _list(told)
    found = [_SPELLINGS.get(name.lower(), name.lower()) for name in names if isinstance(name, str)]
    known = [name for name in dict.fromkeys(found) if name in _TYPES]
    if given.get("nullable") is True and known and "null" not in known:
        known.append("null")
    if known or _branches_in(given):
        return known
    if isinstance(given.get("properties"), Mapping) or isinstance(given.get("additionalProperties"), Mapping):
        return ["object"]
    if "items" in given or "prefixItems" in given:
        return ["array"]
    values = _list(given.get("enum")) or ([given["const"]] if "const" in given else [])
    kinds = ("string", "integer", "number", "boolean")
    return next(([kind] for kind in kinds if values and all(_is_of(value, kind) for value in values)), [])


def _branches_in(given: Schema) -> list[Any]:
    return _list(given.get("anyOf")) or _list(given.get("oneOf"))


def _both(one: Schema, other: Schema) -> Schema:
    """What satisfies both, as far as that can be said by putting them together."""
    result = {**other, **one}
    if "properties" in one and "properties" in other:
        result["properties"] = {**_mapping(other["properties"]), **_mapping(one["properties"])}
    if "required" in one and "required" in other:
        result["required"] = [*_list(one["required"]), *_list(other["required"])]
    return result


def _joined(given: Schema, objects: Sequence[Schema]) -> Schema:
    """One object for several kinds of it: it may have what any of them has, and must have what all must."""
    joined = _without(given, "anyOf", "oneOf")
    if len(objects) == 1:
        return _both(joined, _without(objects[0], "anyOf", "oneOf")) | _kept_branches(objects[0])
    properties: Schema = {}
    for branch in objects:
        for name, value in _mapping(branch.get("properties")).items():
            known = properties.get(name)
            properties[name] = value if known in (None, value) else {"anyOf": [known, value]}
    wanted = [{name for name in _list(branch.get("required")) if isinstance(name, str)} for branch in objects]
    shared = sorted(set.intersection(*wanted)) if wanted else []
    return _both(joined, {"properties": properties, "required": shared})


def _kept_branches(schema: Schema) -> Schema:
    return {name: schema[name] for name in ("anyOf", "oneOf") if name in schema}


def _limits_in(given: Schema) -> Iterator[tuple[str, Any]]:
    """Those that make sense; limits of draft 4, which says of a minimum that it is exclusive, as of today."""
    for word in _NUMBERS:
        value: Any = given.get(word)
        beyond = f"exclusive{word[:1].upper()}{word[1:]}"
        if _is_number(value) and (word != "multipleOf" or value > 0):
            yield beyond if given.get(beyond) is True else word, value
    for word in _COUNTS:
        if (number := count_from(given.get(word))) is not None and not isinstance(given[word], str):
            yield word, number
    if isinstance(given.get("uniqueItems"), bool):
        yield "uniqueItems", given["uniqueItems"]
    if isinstance(given.get("format"), str):
        yield "format", given["format"]
    if isinstance(given.get("pattern"), str) and _is_pattern(given["pattern"]):
        yield "pattern", given["pattern"]


def _is_pattern(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return not _LOOKAROUND.search(pattern)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_of(value: Any, name: str) -> bool:
    match name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "object":
            return isinstance(value, Mapping)
        case "array":
            return isinstance(value, list)
        case "integer":
            return _is_number(value) and value == int(value)
    return _is_number(value)


def _shown(value: Any) -> str:
    return dump_loose_json(value).decode()


def _without(given: Mapping[str, Any], *names: str) -> Schema:
    return {name: value for name, value in given.items() if name not in names}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
