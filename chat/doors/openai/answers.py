"""From our stream to OpenAI's answers, streamed or whole."""

import base64
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from typing import Any

import orjson

from chat.doors.openai.errors import upstream_body
from conversations.attachments import detect_type
from conversations.ids import random_id
from providers.errors import ProviderError
from providers.suggestions.auto import ModelChoice
from providers.types import (
    Done,
    Notice,
    PictureDelta,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

FINISH = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter"}
Events = AsyncGenerator[StreamEvent]


class Completion:
    """`model` is the ref that was asked for: what a client sends back is what it was told. `choice`: where
    Auto chose it, why."""

    def __init__(self, model: str, choice: ModelChoice | None = None) -> None:
        self.id = f"chatcmpl-{random_id(24)}"
        self.model = model
        self.created = int(time.time())
        self.choice = {} if choice is None else {"choice": {"rule": choice.rule, "reason": choice.reason}}

    def body(self, kind: str, **more: Any) -> dict[str, Any]:
        head = {"id": self.id, "object": kind, "created": self.created, "model": self.model}
        return {**head, **self.choice, **more}


async def whole_body(answer: Completion, streams: Iterable[Events]) -> dict[str, Any]:
    """The body of an answer that is not streamed: a choice of each stream, one after the other. Raises
    ProviderError."""
    choices, usages = [], []
    for number, events in enumerate(streams):
        made, usage = await read_choice(number, events)
        choices.append(made)
        usages.append(usage)
    return answer.body("chat.completion", choices=choices, usage=usage_body(usages))


async def read_choice(number: int, events: Events) -> tuple[dict[str, Any], Usage]:
    text: list[str] = []
    reasoning: list[str] = []
    calls: list[ToolCall] = []
    pictures: list[dict[str, Any]] = []
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
                case PictureDelta():
                    pictures.append(picture_body(event))
                case Done():
                    done = event
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or None}
    if reasoning:
        message["reasoning_content"] = "".join(reasoning)
    if calls:
        message["tool_calls"] = [call_body(place, call) for place, call in enumerate(calls)]
    if pictures:
        message["images"] = pictures
    made = {"index": number, "message": message, "finish_reason": FINISH.get(done.finish, "stop")}
    return made, done.usage


async def first_word(events: Events) -> StreamEvent:
    """The first event that has a place in OpenAI's form. Raises ProviderError."""
    async for event in events:
        if not isinstance(event, Notice | Usage):
            return event
    raise ProviderError("bad_response", "the stream had no end")


async def stream_chunks(
    answer: Completion, first: StreamEvent, streams: Iterable[Events], *, include_usage: bool
) -> AsyncIterator[bytes]:
    """Server-sent chunks of each stream in turn; `first` was taken from the first. An error after it is a
    chunk too: the status has been sent."""
    # Where usage is asked for, every chunk has the field.
    more: dict[str, Any] = {"usage": None} if include_usage else {}
    usages: list[Usage] = []
    try:
        for number, events in enumerate(streams):
            async with aclosing(read_deltas(events, None if number else first)) as said:
                async for delta, done in said:
                    finish = None if done is None else FINISH.get(done.finish, "stop")
                    choices = [{"index": number, "delta": delta, "finish_reason": finish}]
                    yield event_line(answer.body("chat.completion.chunk", choices=choices, **more))
                    usages += [] if done is None else [done.usage]
        if include_usage:
            yield event_line(answer.body("chat.completion.chunk", choices=[], usage=usage_body(usages)))
        yield b"data: [DONE]\n\n"
    except ProviderError as error:
        yield event_line(upstream_body(error, answer.model))


async def read_deltas(
    events: Events, first: StreamEvent | None
) -> AsyncGenerator[tuple[dict[str, Any], Done | None]]:
    """`first`: what has been taken from `events` already."""
    async with aclosing(events) as stream:
        yield {"role": "assistant", "content": ""}, None
        calls = 0
        event = await anext(stream, None) if first is None else first
        while event is not None:
            if isinstance(event, Done):
                yield {}, event
            elif delta := delta_of(event, calls):
                calls += isinstance(event, ToolCallDelta)
                yield delta, None
            event = await anext(stream, None)


def delta_of(event: StreamEvent, calls: int) -> dict[str, Any] | None:
    if isinstance(event, TextDelta):
        return {"content": event.text}
    if isinstance(event, ReasoningDelta):
        return {"reasoning_content": event.text}
    if isinstance(event, ToolCallDelta):
        return {"tool_calls": [call_body(calls, event.call)]}
    if isinstance(event, PictureDelta):
        return {"images": [picture_body(event)]}
    return None


def picture_body(picture: PictureDelta) -> dict[str, Any]:
    """As OpenRouter has it. What is no picture is called bytes."""
    data = base64.b64encode(picture.data).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{detect_type(picture.data)};base64,{data}"}}


def event_line(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def call_body(number: int, call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"index": number, "id": call.id, "type": "function", "function": function}


def usage_body(usages: Sequence[Usage]) -> dict[str, Any] | None:
    """The sum over all choices of a response. None where a service did not say how many tokens one of them
    took: no zero is made up."""
    read, written = [usage.input for usage in usages], [usage.output for usage in usages]
    if not usages or None in read or None in written:
        return None
    prompt, completion = sum(filter(None, read)), sum(filter(None, written))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": sum(usage.cached or 0 for usage in usages)},
        "completion_tokens_details": {"reasoning_tokens": sum(usage.reasoning or 0 for usage in usages)},
    }
