"""What a server says of its tools. All of it is a stranger's text: bounded, without signs that hide or turn
lines, and never an instruction to Divan."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.names import name_for_models
from chat.tools.mcp.reasons import Reason

MOST_TOOLS = 300
LONGEST_TITLE = 100
LONGEST_DESCRIPTION = 4_000
LARGEST_SCHEMA = 32_000
DEEPEST_SCHEMA = 30
NOTHING: Mapping[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Definition:
    """`tool` is the server's own name. `reason`: why it is set aside."""

    name: str
    tool: str
    title: str
    description: str
    parameters: Mapping[str, Any] = field(repr=False)
    read_only: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ListedTool:
    """A tool as its server's list has it, whatever the SDK's types are."""

    name: str
    title: str = ""
    description: str = ""
    schema: Any = None
    read_only: bool = False


RAW = "divan.schema"
"""In a tool's `_meta`: what stood where its schema should."""


def mend_tools(tools: Sequence[Any]) -> list[dict[str, Any]]:
    """A server's list as the SDK can read it, which refuses a whole list in which one tool is odd. What is
    not needed is left out, and so is a tool without a name."""
    return [_mended(tool) for tool in tools if isinstance(tool, dict) and _text(tool.get("name"))]


def _mended(tool: Mapping[str, Any]) -> dict[str, Any]:
    said = tool.get("annotations")
    notes = said if isinstance(said, dict) else {}
    schema: Any = tool.get("inputSchema")
    mended: dict[str, Any] = {
        "name": tool["name"],
        "title": _text(tool.get("title")) or _text(notes.get("title")),
        "description": _text(tool.get("description")),
        "annotations": {"readOnlyHint": notes.get("readOnlyHint") is True},
    }
    if find_fault(schema) is None:
        return {**mended, "inputSchema": {**schema, "type": "object"}}
    return {**mended, "inputSchema": NOTHING, "_meta": {RAW: schema}}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def check_definitions(server: str, listed: Iterable[ListedTool]) -> Sequence[Definition]:
    """The tools by their names for models, in the server's order. Of two tools of one name the first is
    taken."""
    found: dict[str, Definition] = {}
    for number, described in enumerate(listed):
        if number >= MOST_TOOLS:
            break
        definition = _definition(server, described)
        found.setdefault(definition.name, definition)
    return tuple(found.values())


def _definition(server: str, described: ListedTool) -> Definition:
    reason = find_fault(described.schema)
    title = one_line(described.title or described.name, LONGEST_TITLE)
    return Definition(
        name=name_for_models(server, described.name),
        tool=described.name,
        title=title,
        description=make_readable(described.description, LONGEST_DESCRIPTION),
        parameters=NOTHING if reason else {**described.schema, "type": "object"},
        read_only=described.read_only,
        reason=reason,
    )


def find_fault(schema: Any) -> Reason | None:
    """Why a schema of arguments cannot be taken; None where it can."""
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return Reason(_("Its arguments are described by something else than a JSON Schema of an object."))
    if not isinstance(schema.get("properties", {}), dict):
        return Reason(_("Its arguments are described by something else than a JSON Schema of an object."))
    try:
        written = json.dumps(schema, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, TypeError, RecursionError):
        return Reason(_("The description of its arguments holds what JSON cannot."))
    if len(written) > LARGEST_SCHEMA or depth_of(schema) > DEEPEST_SCHEMA:
        return Reason(_("The description of its arguments is too long or too deep."))
    return None


def depth_of(value: Any) -> int:
    deepest, open_ones = 0, [(value, 1)]
    while open_ones:
        found, depth = open_ones.pop()
        inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        if inner:
            deepest = max(deepest, depth)
            open_ones.extend((one, depth + 1) for one in inner)
    return deepest


def one_line(text: str, longest: int) -> str:
    return " ".join(make_readable(text, longest * 2).split())[:longest]


def make_readable(text: str, longest: int) -> str:
    """Without control signs, private signs, halves of letters, and what turns the direction of a line."""
    shown = "".join(
        letter for letter in text[: longest * 2] if letter in "\n\t" or unicodedata.category(letter)[0] != "C"
    )
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"
