"""Which tools a refusal is about. One odd schema costs a service's whole answer, so the tool that it names is
set aside for its model; where none is named, those with the oddest schemas are, and then all."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from core.json_text import dump_loose_json
from providers.errors import ProviderError
from providers.learning.facts import Fact
from providers.types import ChatRequest, ToolDefinition

SET_ASIDE = "tool="
"""Begins the field of a refused tool, before its fingerprint."""
MOST_LOOKED_AT = 2000
"""Parts of a schema."""

_PLACES = (
    re.compile(r"function_?declarations?[\[.( ]{1,2}(\d{1,4})", re.IGNORECASE),
    re.compile(r"\b(?:tools|functions)[\[.( ]{1,2}(\d{1,4})", re.IGNORECASE),
)
"""The first that is there counts: Google names the list that all its functions stand in, and then each."""
_SPEAKS_OF_TOOLS = re.compile(
    r"\b(?:tools?|functions?|function_?declarations?|input_?schema|json schema|schema|grammar)\b",
    re.IGNORECASE,
)
_SPEAKS_OF_SCHEMA = re.compile(
    r"input_?schema|\b(?:json )?schemas?\b|\bgrammars?\b|function[ _](?:parameters|declarations?|definition)"
    r"|tools?[ _.](?:parameters|definitions?|function)|invalid (?:tool|function)s?\b|\$ref\b|\$defs\b"
    r"|additionalProperties|(?:invalid|parse) [^.]{0,20}tools?\b",
    re.IGNORECASE,
)
_OF_THE_ANSWER = re.compile(
    r"response_?(?:format|schema|json)|output_?(?:format|schema|config)", re.IGNORECASE
)
_PLAIN = frozenset({"type", "properties", "required", "description", "title", "items", "enum", "default"})


def fingerprint_of(tool: ToolDefinition) -> str:
    """The same for the same name and schema."""
    try:
        schema = dump_loose_json(tool.parameters)
    except (TypeError, ValueError, RecursionError):
        schema = b""
    return sha256(tool.name.encode("utf-8", "replace") + b"\n" + schema).hexdigest()[:16]


def is_set_aside(tool: ToolDefinition, refused: frozenset[str]) -> bool:
    return f"{SET_ASIDE}{fingerprint_of(tool)}" in refused


def of_named_tools(error: ProviderError, sent: ChatRequest, reason: str) -> list[Fact]:
    """The tools that are named, or told by their place."""
    if not sent.tools:
        return []
    text = " ".join([error.detail, *(f"{field} {complaint}" for field, complaint in error.named)])
    named = [*_named_in(text, sent.tools)] or [*_placed_in(text, sent.tools)]
    return [_set_aside(tool, reason) for tool in named]


def of_odd_tools(error: ProviderError, sent: ChatRequest, reason: str) -> list[Fact]:
    """Where a schema is refused and nothing tells whose: the tools that are not plain; all where all are."""
    if not sent.tools or not _SPEAKS_OF_SCHEMA.search(error.detail):
        return []
    if sent.params.json and _OF_THE_ANSWER.search(error.detail):
        return []
    odd = [tool for tool in sent.tools if not is_plain(tool.parameters)]
    return [_set_aside(tool, reason) for tool in odd or sent.tools]


def is_plain(schema: Any) -> bool:
    """Whether it says no more than what every service understands."""
    waiting, seen = [schema], 0
    while waiting:
        found = waiting.pop()
        seen += 1
        if seen > MOST_LOOKED_AT or not isinstance(found, Mapping) or found.keys() - _PLAIN:
            return False
        if not isinstance(found.get("type", ""), str) or not isinstance(found.get("properties", {}), Mapping):
            return False
        waiting += found.get("properties", {}).values()
        waiting += [found["items"]] if "items" in found else []
    return True


def _set_aside(tool: ToolDefinition, reason: str) -> Fact:
    return Fact("refused", f"{SET_ASIDE}{fingerprint_of(tool)}", reason=f"{tool.name}: {reason}")


def _named_in(text: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolDefinition]:
    if not _SPEAKS_OF_TOOLS.search(text):
        return
    for tool in tools:
        name = re.escape(tool.name)
        quoted = rf"[`'\"“‘(<\[]{name}[`'\"”’)>\]]"
        told = rf"\b(?:tool|function|name|declaration)s?:? {name}(?![\w-])"
        if re.search(rf"{quoted}|{told}", text) or ("_" in tool.name and _has_word(text, name)):
            yield tool


def _has_word(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){name}(?![\w-])", text) is not None


def _placed_in(text: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolDefinition]:
    for pattern in _PLACES:
        if places := sorted({int(place) for place in pattern.findall(text)}):
            yield from (tools[place] for place in places if place < len(tools))
            return
