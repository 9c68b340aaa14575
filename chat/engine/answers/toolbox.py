"""What the engine asks of the tools of one answer. It knows no tool: chat/tools/ implements this."""

from collections.abc import Sequence
from typing import Literal, Protocol

from conversations.records import ToolCallPart, ToolResultPart
from providers import types

Decision = Literal["allow", "ask", "deny"]


class Toolbox(Protocol):
    def offered(self) -> Sequence[types.Tool]:
        """What its model may call, as it is told of it."""
        ...

    def describe_call(self, call: types.ToolCall) -> ToolCallPart:
        """The part that stands in the answer."""
        ...

    async def decide(self, call: ToolCallPart) -> Decision:
        """Whether it may run: what the person or the administrator said of the tool, or of an equal call in
        this turn."""
        ...

    async def run(self, call: ToolCallPart) -> ToolResultPart:
        """What fails is a result with `is_error`; raises nothing but cancellation. Equal calls of tools
        that only read run once in a turn."""
        ...
