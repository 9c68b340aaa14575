"""Parses the answers of servers that speak OpenAI's chat completions, in all their dialects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.json_text import dump_loose_json
from providers.connectors.shared.pictures import pictures_in
from providers.connectors.shared.signatures import sign_payload
from providers.connectors.shared.speech import Speech
from providers.connectors.shared.stream_parsing import EventParser, cut_off_error, event_payload
from providers.connectors.shared.tool_calls import CallPieces, settle_calls
from providers.connectors.shared.values import (
    count_from,
    first_text,
    mapping_from,
    mappings_from,
    number_from,
    text_from,
)
from providers.errors import ProviderError
from providers.types import (
    ChatRequest,
    Done,
    Finish,
    ReasoningDelta,
    ServerConfig,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from providers.wire.failures import error_of
from providers.wire.sse import Event

_FINISH: Mapping[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "safety": "content_filter",
}


_NO_FINISH = ("", "null", "none")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
_WITH_THOUGHTS = frozenset({*_THOUGHTS, "reasoning_details"})


class OpenAIAnswerParser(EventParser):
    def __init__(self, server: ServerConfig, request: ChatRequest) -> None:
        self._server = server
        self._request = request
        self._speech = Speech()
        self._usage: dict[str, Any] = {}
        self._calls = CallPieces()
        self._details: list[dict[str, Any]] = []
        self._model: str | None = None
        self._pictures: set[bytes] = set()
        """Hashes of those that have come: some services send them again with the whole answer."""
        self._by_delta = False
        """What is said comes in deltas: a `message` is then the whole answer again."""

    def parse_item(self, item: Event) -> Sequence[StreamEvent]:
        if item.data == b"[DONE]":
            self.done = True
            return ()
        return self.parse_chunk(event_payload(item))

    def parse_chunk(self, chunk: Any) -> Sequence[StreamEvent]:
        """Raises what the chunk carries as an error, which comes with HTTP 200 once a stream has begun."""
        if not isinstance(chunk, dict):
            return ()
        choices = chunk.get("choices")
        if not choices or "error" in chunk or "detail" in chunk or chunk.get("object") == "error":
            self._fail(chunk)
        events: Sequence[StreamEvent] = ()
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and not (choice.get("index") and count_from(choice["index"])):
                events = [*events, *self._choice(choice, chunk)] if events else self._choice(choice, chunk)
        if usage := chunk.get("usage"):
            events = (*events, *self._count(usage))
        if self.failure and not events:
            raise self.failure
        return events

    def parse_whole(self, payload: Any) -> Iterator[StreamEvent]:
        """Reads an answer that was not streamed."""
        events = self.parse_chunk(payload)
        if self.finish is None and not events:
            raise ProviderError("bad_response", "an answer in an unknown shape")
        self.done = True
        yield from events
        yield from self.end()

    def end(self) -> Iterator[StreamEvent]:
        yield from self._speech.finish()
        if self.failure or (self.finish is None and not self.done):
            raise self.failure or cut_off_error()
        if self._details:
            payload = dump_loose_json(self._details).decode()
            yield ReasoningDelta("", sign_payload("openai", self._request.model, payload))
        finish: Finish = self.finish or "other"
        calls = list(settle_calls(self._calls.calls(), self._request.tools))
        yield from map(ToolCallDelta, calls)
        if calls and finish in ("stop", "other"):
            finish = "tool_calls"
        usage = usage_of(self._usage)
        yield Done(finish, usage, self._model)

    def _choice(self, choice: Mapping[str, Any], chunk: Mapping[str, Any]) -> Sequence[StreamEvent]:
        if self._model is None:
            self._model = text_from(chunk.get("model")) or None
        finish = choice.get("finish_reason")
        ends = bool(finish) and self._take_finish(finish, choice)
        delta = choice.get("delta")
        message = choice.get("message") or choice.get("text")
        if not message:
            return self._said(delta, ends=ends, by_delta=True) if delta else ()
        events = [*self._said(delta, ends=ends, by_delta=True)] if delta else []
        if not self._by_delta:
            events += self._said(message, ends=ends)
        elif ends:
            events += self._said_again(mapping_from(message) or {"content": message})
        return events

    def _said(self, said: Any, *, ends: bool, by_delta: bool = False) -> Sequence[StreamEvent]:
        """`said`: a delta, or a message that stands for one; `ends`: the answer, with it."""
        if not isinstance(said, dict):
            said = {"content": said}
        content = said.get("content")
        if self._speech.settled and len(said) == 1 and not ends and content and type(content) is str:
            self._speech.record_text(content)
            return (TextDelta(content),)
        events: list[StreamEvent] = []
        if thought := _thought_in(said):
            events += self._speech.add_thought(thought, last=ends)
        if content:
            events += self._content(content, ends=ends)
        events += self._speech.add_text(text_from(said.get("refusal")), last=ends)
        if images := said.get("images"):
            events += self._new_pictures(images)
        self._by_delta |= by_delta and bool(thought or content or images or said.get("tool_calls"))
        self._take_details(mappings_from(said.get("reasoning_details")))
        self._calls.add(said.get("tool_calls"))
        if legacy := mapping_from(said.get("function_call")):
            self._calls.add({"index": 0, "function": legacy})
        return events

    def _said_again(self, message: Mapping[str, Any]) -> list[StreamEvent]:
        """The whole answer, after its deltas."""
        events = self._speech.add_whole_thought(_thought_in(message))
        content = message.get("content")
        if isinstance(content, str):
            events += self._speech.add_whole_text(content)
        elif not self._speech.has_text:
            events += self._content(content, ends=True)
        if not self._calls:
            self._calls.add(message.get("tool_calls"))
        return [*events, *self._new_pictures(message.get("images"))]

    def _new_pictures(self, said: Any) -> Iterator[StreamEvent]:
        for picture in pictures_in(said):
            known = hashlib.sha256(picture.data).digest()
            if known not in self._pictures:
                self._pictures.add(known)
                yield picture

    def _content(self, content: Any, *, ends: bool) -> list[StreamEvent]:
        """A text, or Mistral's list of parts."""
        if isinstance(content, str):
            return self._speech.add_text(content, last=ends)
        events: list[StreamEvent] = []
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, Mapping) and part.get("type") == "thinking":
                events += self._speech.add_thought(_joined(part.get("thinking")))
            elif isinstance(part, Mapping) and part.get("type") == "image_url":
                events += self._new_pictures(part)
            else:
                events += self._speech.add_text(_joined([part]))
        return events

    def _take_finish(self, finish: Any, choice: Mapping[str, Any]) -> bool:
        """Whether that word means an end at all."""
        word = finish.lower() if isinstance(finish, str) else "other"
        if word in _NO_FINISH:
            return False
        if word == "error":
            self._fail(choice if choice.get("error") else {"error": True})
        self.finish = _FINISH.get(word, "other")
        return True

    def _take_details(self, details: Sequence[Mapping[str, Any]]) -> None:
        """Pieces of one block come under one index; only text grows, the rest is said once."""
        for detail in details:
            last = self._details[-1] if self._details else None
            if last and (last.get("index"), last.get("type")) == (detail.get("index"), detail.get("type")):
                for name in ("text", "summary", "data"):
                    if piece := text_from(detail.get(name)):
                        last[name] = text_from(last.get(name)) + piece
                last.update({k: v for k, v in detail.items() if k in ("signature", "id", "format") and v})
            else:
                self._details.append(dict(detail))

    def _count(self, usage: Any) -> tuple[Usage, ...]:
        counts = {name: value for name, value in mapping_from(usage).items() if value is not None}
        self._usage.update(counts)
        return (usage_of(self._usage),) if counts else ()

    def _fail(self, chunk: Mapping[str, Any]) -> None:
        self.failure = self.failure or error_of(self._server, chunk)


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Zero stands for "not counted" wherever it cannot be true: no prompt and no answer is empty."""
    read = count_from(usage.get("prompt_tokens")) or None
    written = count_from(usage.get("completion_tokens")) or None
    reasoning = count_from(mapping_from(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    cached = count_from(mapping_from(usage.get("prompt_tokens_details")).get("cached_tokens"))
    if cached is None:
        cached = count_from(usage.get("prompt_cache_hit_tokens"))
    total = count_from(usage.get("total_tokens"))
    if written and reasoning and read and total == read + written + reasoning:
        written += reasoning
    return Usage(
        input=read,
        output=written,
        reasoning=reasoning if written is not None else None,
        cached=cached if read is not None else None,
        cost_usd=number_from(usage.get("cost")),
    )


def _thought_in(said: Mapping[str, Any]) -> str:
    if _WITH_THOUGHTS.isdisjoint(said):
        return ""
    if thought := first_text(said, _THOUGHTS):
        return thought
    odd = next((value for name in _THOUGHTS if (value := said.get(name))), None)
    return _joined(odd) or "".join(
        text_from(detail.get("text")) for detail in mappings_from(said.get("reasoning_details"))
    )


def _joined(parts: Any) -> str:
    """The words of a text, of an object that has one, or of a list of these."""
    if isinstance(parts, list):
        return "".join(_joined(part) for part in parts if not isinstance(part, list))
    return first_text(parts, ("text", "content")) if isinstance(parts, Mapping) else text_from(parts)
