"""What OpenAI-compatible servers answer, in all their dialects, to Divan's events."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from providers.connectors.budget import history_notice
from providers.connectors.folding import EventFold, cut, deltas, event_payload
from providers.connectors.signatures import sign
from providers.connectors.think_tags import ThinkSplitter
from providers.errors import ProviderError
from providers.json_text import dump_json, parse_json
from providers.types import (
    ChatRequest,
    Done,
    Finish,
    ReasoningDelta,
    ServerConfig,
    StreamEvent,
    TextDelta,
    ToolCall,
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


class OpenAIAnswer(EventFold):
    def __init__(self, server: ServerConfig, request: ChatRequest) -> None:
        self._server = server
        self._request = request
        self._think: ThinkSplitter | None = ThinkSplitter()
        self._usage: Mapping[str, Any] = {}
        self._calls: dict[int, _Call] = {}
        self._details: list[Any] = []
        self._model: str | None = None

    def feed(self, item: Event) -> Sequence[StreamEvent]:
        if item.data == b"[DONE]":
            self.done = True
            return ()
        return self.feed_chunk(event_payload(item))

    def feed_chunk(self, chunk: Any) -> Sequence[StreamEvent]:
        """Raises what the chunk carries as an error, which comes with HTTP 200 once a stream has begun."""
        if not isinstance(chunk, dict):
            return ()
        if "error" in chunk or "detail" in chunk or chunk.get("object") == "error":
            self._raise_error(chunk)
        counted: Sequence[StreamEvent] = ()
        if usage := chunk.get("usage"):
            self._usage = usage
            counted = (usage_of(usage),)
        if not chunk.get("choices"):
            self._raise_error(chunk)
            return counted
        return (*self._choice(chunk), *counted) if counted else self._choice(chunk)

    def _choice(self, chunk: Mapping[str, Any]) -> Sequence[StreamEvent]:
        choices = chunk["choices"]
        choice = choices[0]
        if choice.get("index"):
            return ()
        if self._model is None:
            self._model = chunk.get("model") or None
        finish = choice.get("finish_reason")
        if finish:
            self._take_finish(finish, choice)
        delta = choice.get("delta") or choice.get("message")
        return self._delta(delta) if delta else _text_of(choice)

    def whole(self, payload: Any) -> Iterator[StreamEvent]:
        """An answer that was not streamed."""
        events = self.feed_chunk(payload)
        if self.finish is None and not events:
            raise ProviderError("bad_response", "an answer in an unknown shape")
        self.done = True
        yield from events
        yield from self.end()

    def end(self) -> Iterator[StreamEvent]:
        if self._think is not None:
            yield from deltas(*self._think.finish())
        if self.failure or (self.finish is None and not self.done):
            raise self.failure or cut()
        if self._details:
            payload = dump_json(self._details).decode()
            yield ReasoningDelta("", sign("openai", self._request.model, payload))
        finish: Finish = self.finish or "other"
        if finish != "length":
            calls = [call.complete(number) for number, call in sorted(self._calls.items())]
            yield from map(ToolCallDelta, calls)
            if calls and finish in ("stop", "other"):
                finish = "tool_calls"
        usage = usage_of(self._usage)
        if notice := history_notice(self._request, usage):
            yield notice
        yield Done(finish, usage, self._model)

    def _delta(self, delta: Mapping[str, Any]) -> Sequence[StreamEvent]:
        content = delta.get("content")
        reasoning = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("thinking")
        if len(delta) == 1 and self._think is None and content and type(content) is str:
            return (TextDelta(content),)
        events: list[StreamEvent] = []
        if isinstance(reasoning, str) and reasoning:
            events.append(ReasoningDelta(reasoning))
        if isinstance(content, list):
            events += [event for part in content for event in _part_events(part)]
        elif content:
            events += self._text(content)
        if refusal := delta.get("refusal"):
            events.append(TextDelta(refusal))
        if details := delta.get("reasoning_details"):
            self._take_details(details)
        for call in delta.get("tool_calls") or ():
            self._take_call(call)
        if legacy := delta.get("function_call"):
            self._take_call({"index": 0, "function": legacy})
        return events

    def _text(self, content: str) -> Sequence[StreamEvent]:
        if self._think is None:
            return (TextDelta(content),)
        pieces = self._think.feed(content)
        if self._think.settled:
            self._think = None
        return deltas(*pieces)

    def _take_finish(self, finish: str, choice: Mapping[str, Any]) -> None:
        if finish == "error":
            self._raise_error(choice if choice.get("error") else {"error": "the model failed"})
        self.finish = _FINISH.get(finish, "other")

    def _take_details(self, details: Sequence[Any]) -> None:
        """Pieces of one block come under one index; only text grows, the rest is said once."""
        for detail in details:
            if not isinstance(detail, dict):
                continue
            last = self._details[-1] if self._details else None
            if last and (last.get("index"), last.get("type")) == (detail.get("index"), detail.get("type")):
                for name in ("text", "summary", "data"):
                    if detail.get(name):
                        last[name] = (last.get(name) or "") + detail[name]
                last.update({k: v for k, v in detail.items() if k in ("signature", "id", "format") and v})
            else:
                self._details.append(dict(detail))

    def _take_call(self, piece: Mapping[str, Any]) -> None:
        index = piece.get("index")
        if not isinstance(index, int):
            index = self._index_without_one(piece)
        function = piece.get("function") or {}
        call = self._calls.setdefault(index, _Call())
        call.id = call.id or piece.get("id") or ""
        call.name = call.name or function.get("name") or ""
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call.arguments += arguments
        elif arguments is not None:
            call.arguments = dump_json(arguments).decode()

    def _index_without_one(self, piece: Mapping[str, Any]) -> int:
        """A server that numbers nothing names each new call, and leaves its pieces without a name."""
        if (name := piece.get("id")) and all(call.id != name for call in self._calls.values()):
            return len(self._calls)
        return max(len(self._calls) - 1, 0)

    def _raise_error(self, chunk: Mapping[str, Any]) -> None:
        if error := error_of(self._server, chunk):
            raise error


class _Call:
    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = ""

    def complete(self, number: int) -> ToolCall:
        arguments = self.arguments.strip() or "{}"
        try:
            is_object = isinstance(parse_json(arguments.encode("utf-8", "replace")), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise ProviderError("bad_response", f"the model called {self.name!r} with malformed arguments")
        return ToolCall(self.id or f"call_{number}", self.name, arguments)


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Zero stands for "not counted" wherever it cannot be true: no prompt and no answer is empty."""
    read = _count(usage.get("prompt_tokens")) or None
    written = _count(usage.get("completion_tokens")) or None
    details = usage.get("completion_tokens_details")
    reasoning = _count(details.get("reasoning_tokens")) if isinstance(details, Mapping) else None
    cached_in = usage.get("prompt_tokens_details")
    cached = _count(cached_in.get("cached_tokens")) if isinstance(cached_in, Mapping) else None
    if cached is None:
        cached = _count(usage.get("prompt_cache_hit_tokens"))
    total = _count(usage.get("total_tokens"))
    if written and reasoning and read and total == read + written + reasoning:
        written += reasoning
    cost = usage.get("cost")
    return Usage(
        input=read,
        output=written,
        reasoning=reasoning if written is not None else None,
        cached=cached if read is not None else None,
        cost_usd=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _part_events(part: Any) -> list[StreamEvent]:
    """Mistral's lists of content parts."""
    if not isinstance(part, Mapping):
        return []
    if part.get("type") == "thinking":
        thinking = part.get("thinking") or []
        pieces = thinking if isinstance(thinking, list) else [{"text": thinking}]
        return deltas("".join(p.get("text") or "" for p in pieces if isinstance(p, Mapping)), "")
    return deltas("", part.get("text") or "")


def _text_of(choice: Mapping[str, Any]) -> Sequence[StreamEvent]:
    text = choice.get("text")
    return (TextDelta(text),) if isinstance(text, str) and text else ()
