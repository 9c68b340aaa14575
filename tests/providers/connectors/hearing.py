"""Asking a connector, and what came of it."""

from contextlib import aclosing
from dataclasses import dataclass, field

from providers.connectors.base import Connector
from providers.errors import ProviderError
from providers.streaming import RetryPolicy, stream_chat
from providers.types import (
    ChatRequest,
    Done,
    Message,
    Notice,
    Params,
    ReasoningDelta,
    StreamEvent,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolDefinition,
    Usage,
)

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
ONCE = RetryPolicy(attempts=1)


@dataclass
class Heard:
    """`counted`: what was said of the usage on the way, apart from the events that a reader sees."""

    events: list[StreamEvent] = field(default_factory=list)
    counted: list[Usage] = field(default_factory=list)
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def signatures(self) -> list[str]:
        return [e.signature for e in self.events if isinstance(e, ReasoningDelta) and e.signature]

    @property
    def calls(self) -> list[ToolCall]:
        return [event.call for event in self.events if isinstance(event, ToolCallDelta)]

    @property
    def notices(self) -> list[Notice]:
        return [event for event in self.events if isinstance(event, Notice)]

    @property
    def done(self) -> Done | None:
        ends = [event for event in self.events if isinstance(event, Done)]
        assert len(ends) <= 1
        assert not ends or self.events[-1] is ends[0]
        return ends[0] if ends else None

    @property
    def code(self) -> str | None:
        return self.error.code if self.error else None


def asking(
    model: str,
    *messages: Message | str,
    system: str = "",
    tools: tuple[ToolDefinition, ...] = (),
    stop: tuple[str, ...] = (),
    **params: object,
) -> ChatRequest:
    """A string is what the person says."""
    spoken = [m if isinstance(m, Message) else user(m) for m in messages or ("Hi",)]
    return ChatRequest(model, spoken, system, Params(**params), tools, stop)  # type: ignore[arg-type]


def user(*parts: object) -> Message:
    return _message("user", parts)


def model(*parts: object) -> Message:
    return _message("assistant", parts)


async def hear(connector: Connector, request: ChatRequest | None = None, policy: RetryPolicy = ONCE) -> Heard:
    heard = Heard()
    try:
        async with aclosing(stream_chat(connector, request or asking("test-model"), policy=policy)) as stream:
            async for event in stream:
                if isinstance(event, Usage):
                    heard.counted.append(event)
                else:
                    heard.events.append(event)
    except ProviderError as error:
        heard.error = error
    return heard


def _message(role: str, parts: tuple[object, ...]) -> Message:
    made = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    return Message(role, made)  # type: ignore[arg-type]
