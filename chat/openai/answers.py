"""From our stream to OpenAI's answers, streamed or whole."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson

from chat.openai.errors import upstream_body
from conversations.ids import random_id
from providers.errors import ProviderError
from providers.types import (
    Done,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

FINISH = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter"}
Events = AsyncGenerator[StreamEvent]


class Answer:
    """`model` is the ref that was asked for: what a client sends back is what it was told."""

    def __init__(self, model: str) -> None:
        self.id = f"chatcmpl-{random_id(24)}"
        self.model = model
        self.created = int(time.time())

    def body(self, kind: str, **more: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, **more}


async def whole(answer: Answer, events: Events) -> dict[str, Any]:
    """Raises ProviderError."""
    text: list[str] = []
    reasoning: list[str] = []
    calls: list[ToolCall] = []
    done = Done("other")
    async with aclosing(events) as stream:
        async for event in stream:
            match event:
                case TextDelta():
                    text.append(event.text)
                case ReasoningDelta():
                    reasoning.append(event.text)
                case ToolCallDelta():
                    calls.append(event.call)
                case Done():
                    done = event
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or None}
    if reasoning:
        message["reasoning_content"] = "".join(reasoning)
    if calls:
        message["tool_calls"] = [call_body(number, call) for number, call in enumerate(calls)]
    choice = {"index": 0, "message": message, "finish_reason": FINISH.get(done.finish, "stop")}
    return answer.body("chat.completion", choices=[choice], usage=usage_body(done.usage))


async def chunks(
    answer: Answer, first: StreamEvent, events: Events, *, include_usage: bool
) -> AsyncIterator[bytes]:
    """Server-sent chunks. An error after the first event is a chunk too: the status has been sent."""
    try:
        async with aclosing(events) as stream:
            yield chunk(answer, {"role": "assistant", "content": ""})
            calls = 0
            event: StreamEvent | None = first
            while event is not None:
                if isinstance(event, Done):
                    yield chunk(answer, {}, FINISH.get(event.finish, "stop"))
                    if include_usage:
                        yield usage_chunk(answer, event.usage)
                elif delta := delta_of(event, calls):
                    calls += isinstance(event, ToolCallDelta)
                    yield chunk(answer, delta)
                event = await anext(stream, None)
        yield b"data: [DONE]\n\n"
    except ProviderError as error:
        yield line(upstream_body(error, answer.model))


def delta_of(event: StreamEvent, calls: int) -> dict[str, Any] | None:
    if isinstance(event, TextDelta):
        return {"content": event.text}
    if isinstance(event, ReasoningDelta):
        return {"reasoning_content": event.text}
    if isinstance(event, ToolCallDelta):
        return {"tool_calls": [call_body(calls, event.call)]}
    return None


def chunk(answer: Answer, delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return line(answer.body("chat.completion.chunk", choices=[choice]))


def usage_chunk(answer: Answer, usage: Usage) -> bytes:
    return line(answer.body("chat.completion.chunk", choices=[], usage=usage_body(usage)))


def line(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def call_body(number: int, call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"index": number, "id": call.id, "type": "function", "function": function}


def usage_body(usage: Usage) -> dict[str, Any] | None:
    """None where the service did not say: no zero is made up."""
    if usage.input is None or usage.output is None:
        return None
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached or 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
    }
