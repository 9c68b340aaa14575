"""What the engine asks of the tools of one answer. It knows no tool: chat/tools/ implements this."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from conversations.records import ToolCallPart, ToolResultPart
from providers import types

Decision = Literal["allow", "ask", "deny", "unasked"]
"""`unasked`: it needs a person's word, and there is nobody who could be asked."""
PersonDecision = Literal["allow", "always", "deny"]
"""What a person says of a call."""


class CallOutcome(NamedTuple):
    """`sources`: what the result stands on, as an answer's `sources` have it, without numbers."""

    result: ToolResultPart
    sources: Sequence[Mapping[str, Any]] = ()


class Toolbox(Protocol):
    """Finds, describes and runs what the model of one answer may call."""

    def offered(self, window: int | None) -> Sequence[types.ToolDefinition]:
        """What its model may call now, as it is told of it. `window`: tokens that it reads; None: nobody
        knows."""
        ...

    def describe_call(self, call: types.ToolCall) -> ToolCallPart:
        """Returns the part that stands in the answer for the call."""
        ...

    def changes_something(self, call: ToolCallPart) -> bool:
        """Calls that do are made one after the other, others at once."""
        ...

    async def decide(self, call: ToolCallPart) -> Decision:
        """Whether it may run: what the person or the administrator says of the tool now, or what was said of
        an equal call in this turn."""
        ...

    def note_decision(self, call: ToolCallPart, decided: PersonDecision) -> None:
        """Is told what a person said of this call, or of one for which `is_settled_by` says that it holds
        here too."""
        ...

    def is_settled_by(self, call: ToolCallPart, other: ToolCallPart, decided: PersonDecision) -> bool:
        """Whether what was said of another call of the turn holds for this one too."""
        ...

    async def pictures_of(self, result: ToolResultPart) -> Sequence[types.Image]:
        """Returns the pictures of a result, to be shown to a model that can see them."""
        ...

    async def run(self, call: ToolCallPart) -> CallOutcome:
        """What fails is a result with `is_error`; raises nothing but cancellation. Equal calls of tools
        that only read run once in a turn."""
        ...


OpenToolbox = Callable[[], Awaitable[Toolbox]]
