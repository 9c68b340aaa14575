"""Tools for tests of the engine, which knows none."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from chat.engine.answers.toolbox import CallOutcome, Decision, PersonDecision
from conversations.records import ToolCallPart, ToolResultPart
from providers import types

Run = Callable[[ToolCallPart], Awaitable[CallOutcome]]


def gave(call: ToolCallPart, content: str, *, is_error: bool = False) -> CallOutcome:
    return CallOutcome(
        {
            "type": "tool_result",
            "id": call["id"],
            "name": call["name"],
            "content": content,
            "is_error": is_error,
            "ms": 1,
        }
    )


async def repeat(call: ToolCallPart) -> CallOutcome:
    return gave(call, f"{call['name']} gave {call['arguments']}")


class Box:
    """A toolbox of functions. `asking`: names that a person has to allow; `changing`: those that change
    something."""

    def __init__(
        self,
        tools: Mapping[str, Run] | None = None,
        *,
        asking: Sequence[str] = (),
        changing: Sequence[str] = (),
    ) -> None:
        self.tools = {"repeat": repeat} if tools is None else dict(tools)
        self.asking, self.changing = asking, changing
        self.begun: list[str] = []
        self.settled: list[tuple[str, str]] = []
        self.pictures: dict[str, Sequence[types.Image]] = {}

    async def open(self) -> "Box":
        return self

    def offered(self, window: int | None) -> Sequence[types.ToolDefinition]:
        return [types.ToolDefinition(name, name, {"type": "object"}) for name in self.tools]

    def describe_call(self, call: types.ToolCall) -> ToolCallPart:
        return {
            "type": "tool_call",
            "id": call.id,
            "name": call.name,
            "arguments": call.arguments,
            "source": "builtin",
        }

    def changes_something(self, call: ToolCallPart) -> bool:
        return call["name"] in self.changing

    async def decide(self, call: ToolCallPart) -> Decision:
        return "ask" if call["name"] in self.asking else "allow"

    def note_decision(self, call: ToolCallPart, decided: PersonDecision) -> None:
        self.settled.append((call["id"], decided))

    def is_settled_by(self, call: ToolCallPart, other: ToolCallPart, decided: PersonDecision) -> bool:
        same = (call["name"], call["arguments"]) == (other["name"], other["arguments"])
        return same and call["name"] not in self.changing

    async def pictures_of(self, result: ToolResultPart) -> Sequence[types.Image]:
        return self.pictures.get(result["id"], ())

    async def run(self, call: ToolCallPart) -> CallOutcome:
        self.begun.append(call["id"])
        return await self.tools[call["name"]](call)


class Held:
    """A tool that runs until it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.cancelled = False

    async def __call__(self, call: ToolCallPart) -> CallOutcome:
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return gave(call, "at last")
