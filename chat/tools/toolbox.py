"""The tools of one answer, as the engine asks for them (chat/engine/answers/toolbox.py)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import translation

from chat.engine.answers.toolbox import CallOutcome, Decision, PersonDecision
from chat.tools import tool_finder
from chat.tools.arguments import canonical_json, read_arguments
from chat.tools.base import Tool, ToolError, ToolOutcome
from chat.tools.pictures import pictures_of
from chat.tools.results import result_part
from chat.tools.tool_finder import ToolFinder
from chat.tools.turn import Key, TimedOutcome, TurnTools, allowed_tools
from conversations.records import ToolCallPart, ToolResultPart
from providers import types

MOST_NAMED = 50
FINDER = Tool(
    tool_finder.NAME,
    "",
    "",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    run=None,  # type: ignore[arg-type]  # Nobody runs it: the toolbox knows the answer.
    read_only=True,
    policy="allow",
)


class LaneTools:
    """The tools of one answer to a turn's message. `wanted`: the lane's or the conversation's `tools`."""

    def __init__(self, turn: TurnTools, wanted: bool | Sequence[str], answer: str) -> None:
        self._turn = turn
        self._wanted = wanted
        self._answer = answer
        self._tools: Mapping[str, Tool] = {}
        self._finder = ToolFinder((), None)
        self._window: int | None = None

    async def open(self) -> "LaneTools":
        await self._turn.open()
        self._tools = allowed_tools(self._turn.tools, self._wanted)
        self._finder = self._find_within(None)
        return self

    def _find_within(self, window: int | None) -> ToolFinder:
        self._window = window
        return ToolFinder([definition_of(tool) for tool in self._tools.values()], window)

    def offered(self, window: int | None) -> Sequence[types.ToolDefinition]:
        if window != self._window:
            self._finder = self._find_within(window)
        return self._finder.offered() if self._tools else ()

    def describe_call(self, call: types.ToolCall) -> ToolCallPart:
        part: ToolCallPart = {
            "type": "tool_call",
            "id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }
        tool = self._find(call.name)
        if tool is not None:
            part["source"] = tool.source
            with translation.override(self._turn.language):
                if title := str(tool.title):
                    part["title"] = title
        if call.signature:
            part["signature"] = call.signature
        return part

    def changes_something(self, call: ToolCallPart) -> bool:
        tool = self._find(call["name"])
        return tool is not None and not tool.read_only

    async def decide(self, call: ToolCallPart) -> Decision:
        """Asks for permission where it is needed. What cannot run needs none: its result says why."""
        try:
            tool, key, _arguments = self._read(call)
        except ToolError:
            return "allow"
        policy = await self._turn.policy_of(tool)
        if policy != "ask":
            return policy
        if (said := self._turn.decision_on(key)) is not None:
            return "deny" if said == "deny" else "allow"
        return "ask" if self._turn.attended else "unasked"

    def note_decision(self, call: ToolCallPart, decided: PersonDecision) -> None:
        tool, key, _arguments = self._read(call)
        if tool.read_only:
            self._turn.note_decision(key, decided)

    def is_settled_by(self, call: ToolCallPart, other: ToolCallPart, decided: PersonDecision) -> bool:
        if decided == "always":
            return call["name"] == other["name"]
        if self.changes_something(call) or call["name"] != other["name"]:
            return False
        try:
            return self._read(call)[1] == self._read(other)[1]
        except ToolError:
            return False

    async def pictures_of(self, result: ToolResultPart) -> Sequence[types.Image]:
        return await asyncio.to_thread(pictures_of, result) if "attachments" in result else ()

    async def run(self, call: ToolCallPart) -> CallOutcome:
        try:
            tool, key, arguments = self._read(call)
        except ToolError as error:
            timed = TimedOutcome(ToolOutcome(str(error), is_error=True), 0)
        else:
            if tool is FINDER:
                timed = TimedOutcome(ToolOutcome(self._finder.find(str(arguments["query"]))), 0)
            else:
                timed = await self._turn.run(tool, key, arguments, self._answer)
        return CallOutcome(await result_part(self._turn.room, call, timed), timed.outcome.sources)

    def _read(self, call: ToolCallPart) -> tuple[Tool, Key, dict[str, Any]]:
        """Raises ToolError where there is no such tool, or the arguments are not for it."""
        tool = self._find(call["name"])
        if tool is None:
            raise ToolError(describe_unknown(call["name"], self._tools))
        arguments = read_arguments(call["arguments"], tool.parameters)
        return tool, (tool.name, canonical_json(arguments)), arguments

    def _find(self, name: str) -> Tool | None:
        if name == tool_finder.NAME and self._finder.is_needed:
            return FINDER
        return self._tools.get(name)


def definition_of(tool: Tool) -> types.ToolDefinition:
    return types.ToolDefinition(tool.name, tool.description, tool.parameters)


def describe_unknown(name: str, tools: Iterable[str]) -> str:
    named = list(tools)
    there = ", ".join(named[:MOST_NAMED]) + (", …" if len(named) > MOST_NAMED else "")
    return f"There is no tool {name[:100]!r} that may be called here. There are: {there or 'none'}."
