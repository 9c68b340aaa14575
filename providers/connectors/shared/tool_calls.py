"""Tool calls put together from their pieces. Arguments are kept as the model wrote them: whether they are
JSON is for whoever runs the tool, and no reason to lose an answer.
"""

from collections.abc import Mapping
from typing import Any

from core.json_text import dump_loose_json, parse_loose_json
from providers.connectors.shared.values import count, mapping, mappings, text
from providers.types import ToolCall


class CallPieces:
    """The calls of one answer of OpenAI's kind."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, pieces: Any) -> None:
        """A list of pieces, or one."""
        for piece in mappings([pieces] if isinstance(pieces, Mapping) else pieces):
            self._take(piece)

    def calls(self) -> list[ToolCall]:
        said = [call for _, call in sorted(self._calls.items()) if call.id or call.name or call.arguments]
        return [
            ToolCall(call.id or f"call_{number}", call.name, call.arguments.strip() or "{}")
            for number, call in enumerate(said)
        ]

    def _take(self, piece: Mapping[str, Any]) -> None:
        index = count(piece.get("index"))
        if index is None:
            index = self._index_without_one(text(piece.get("id")))
        function = mapping(piece.get("function"))
        call = self._calls.setdefault(index, _Call())
        call.id = call.id or text(piece.get("id"))
        call.name = call.name or text(function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call.arguments += arguments
        elif arguments is not None:
            call.arguments = dump_loose_json(arguments).decode()

    def _index_without_one(self, name: str) -> int:
        """A server that numbers nothing names each new call, and leaves its pieces without a name."""
        for index, call in self._calls.items():
            if name and call.id == name:
                return index
        last = max(self._calls, default=-1)
        return last + 1 if name else max(last, 0)


class _Call:
    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = ""


def arguments_text(arguments: Any) -> str:
    """Of a service that gives an object, or its text."""
    return (
        arguments.strip() or "{}" if isinstance(arguments, str) else dump_loose_json(arguments or {}).decode()
    )


def arguments_object(call: ToolCall) -> dict[str, Any]:
    """For a service that wants an object back, also where the model wrote none."""
    try:
        arguments = parse_loose_json(call.arguments.encode("utf-8", "replace") or b"{}")
    except ValueError:
        arguments = None
    return arguments if isinstance(arguments, dict) else {"arguments": call.arguments}
