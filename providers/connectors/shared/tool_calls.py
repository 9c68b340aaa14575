"""Tool calls put together from their pieces. Arguments are kept as the model wrote them: whether they are
JSON is for whoever runs the tool, and no reason to lose an answer.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from secrets import token_hex
from typing import Any

import orjson

from core.json_text import dump_loose_json, parse_json, parse_loose_json
from providers.connectors.shared.values import count_from, mapping_from, mappings_from, text_from
from providers.types import ToolCall, ToolDefinition, ToolResult

MOST_CALLS = 256
"""Of one answer."""


class CallPieces:
    """The calls of one answer of OpenAI's kind."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._places: dict[int, int] = {}
        """Of a server's indexes, the keys of `_calls` that they stand for now."""

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, pieces: Any) -> None:
        """Adds a list of pieces, or one."""
        for piece in mappings_from([pieces] if isinstance(pieces, Mapping) else pieces):
            self._take(piece)

    def calls(self) -> list[ToolCall]:
        said = [call for _, call in sorted(self._calls.items()) if call.id or call.name or call.arguments]
        return [ToolCall(call.id, call.name, call.arguments.strip() or "{}") for call in said]

    def _take(self, piece: Mapping[str, Any]) -> None:
        function = mapping_from(piece.get("function"))
        call_id, name = text_from(piece.get("id")), text_from(function.get("name"))
        key = self._key_of(count_from(piece.get("index")), call_id, name)
        if key not in self._calls and len(self._calls) == MOST_CALLS:
            return
        call = self._calls.setdefault(key, _Call())
        call.id = call.id or call_id
        call.name = call.name or name
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call.arguments += arguments
        elif arguments is not None:
            call.arguments = dump_loose_json(arguments).decode()

    def _key_of(self, index: int | None, call_id: str, name: str) -> int:
        """Where the call is kept that a piece belongs to. Servers leave out indexes, or ids, or give all
        their calls one index."""
        if index is None and call_id:
            known = (key for key, call in self._calls.items() if call.id == call_id)
            return next(known, self._next)
        key = max(self._next - 1, 0) if index is None else self._places.get(index, index)
        if key in self._calls and self._calls[key].is_another(call_id, name):
            key = self._next
        if index is not None:
            self._places[index] = key
        return key

    @property
    def _next(self) -> int:
        return max(self._calls, default=-1) + 1


class _Call:
    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = ""

    def is_another(self, call_id: str, name: str) -> bool:
        """Whether a piece with these, either of which may be missing, begins a new call."""
        if not name or not self.name or (call_id and call_id == self.id):
            return False
        if call_id and self.id:
            return True
        return name != self.name or _is_json(self.arguments)


def _is_json(text: str) -> bool:
    try:
        parse_json(text.encode("utf-8", "replace"))
    except ValueError:
        return False
    return True


def arguments_text(arguments: Any) -> str:
    """Of a service that gives an object, or its text."""
    return (
        arguments.strip() or "{}" if isinstance(arguments, str) else dump_loose_json(arguments or {}).decode()
    )


def settle_calls(calls: Iterable[ToolCall], tools: Sequence[ToolDefinition]) -> Iterator[ToolCall]:
    """The calls of one answer, by the names of the tools that were offered. What has no id, or that of
    another, gets one that no other round has either."""
    seen = {""}
    for call in join_names(calls, {tool.name for tool in tools}):
        call_id = new_call_id() if call.id in seen else call.id
        seen.add(call_id)
        yield replace(call, id=call_id, name=offered_name(call.name, tools))


def join_names(calls: Iterable[ToolCall], offered: Collection[str]) -> Iterator[ToolCall]:
    """A few servers give the name of a call in pieces, which look like calls without arguments, then like one
    without an id: together they are one, where their names make one that was offered."""
    begun: list[ToolCall] = []
    for call in calls:
        joined = "".join(piece.name for piece in (*begun, call))
        continues = bool(begun) and not call.id and begun[-1].arguments == "{}"
        if continues and joined in offered:
            yield replace(call, id=begun[0].id, name=joined)
            begun = []
        elif call.name not in offered and (continues or not begun):
            begun.append(call)
        else:
            yield from begun
            begun = []
            yield call
    yield from begun


def offered_name(name: str, tools: Sequence[ToolDefinition]) -> str:
    """The tool's own name, of one that a model wrote as `functions.NAME` or `default_api:NAME`, or that a
    service wants to begin with `_`."""
    offered = {tool.name for tool in tools}
    spellings = (name, name.strip(), *(re.split(r"[.:/]", name, maxsplit=1)[1:]), name.removeprefix("_"))
    return next((spelling for spelling in spellings if spelling in offered), name)


def new_call_id() -> str:
    """Nine letters and digits, which every service takes."""
    return f"c{token_hex(4)}"


def arguments_object(call: ToolCall) -> dict[str, Any]:
    """For a service that wants an object back, also where the model wrote none."""
    try:
        arguments = parse_loose_json(call.arguments.encode("utf-8", "replace") or b"{}")
    except ValueError:
        arguments = None
    return arguments if isinstance(arguments, dict) else {"arguments": call.arguments}


def arguments_json(call: ToolCall) -> str:
    """The text of that object: as the model wrote it where it wrote one. Servers that hand it to a template
    parse it first, some of them to the letter, and refuse the whole request over what is no JSON."""
    try:
        is_object = isinstance(orjson.loads(call.arguments.encode("utf-8", "replace")), dict)
    except orjson.JSONDecodeError:
        is_object = False
    return call.arguments if is_object else dump_loose_json(arguments_object(call)).decode()


def result_text(result: ToolResult) -> str:
    """For a service that has no field for failures."""
    is_told = not result.is_error or result.content[:5].lower() == "error"
    return result.content if is_told else f"Error: {result.content}"
