"""Anthropic's `/v1/messages`. The worked example of docs/adding-a-provider.md."""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from core.json_text import dump_loose_json
from providers.connectors.anthropic.declaration import DECLARATION
from providers.connectors.anthropic.requests import chat_body, redacted_block
from providers.connectors.base import Connector
from providers.connectors.shared.budget import max_tokens_for
from providers.connectors.shared.model_facts import first_positive
from providers.connectors.shared.schema_rules import ANTHROPIC
from providers.connectors.shared.signatures import sign_payload
from providers.connectors.shared.speech import Speech
from providers.connectors.shared.stream_parsing import EventParser, cut_off_error, event_payload, read_events
from providers.connectors.shared.tool_calls import arguments_text, settle_calls
from providers.connectors.shared.values import count_from, mapping_from, mappings_from, text_from
from providers.errors import ProviderError
from providers.tokens import TokenCounter
from providers.types import (
    Capability,
    ChatRequest,
    Done,
    Finish,
    ModelInfo,
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
from providers.wire.transport import LIST_TIMEOUT, HttpSession

DEFAULT_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"

_FINISH: Mapping[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class AnthropicConnector(Connector, TokenCounter):
    provider = DECLARATION.provider
    schema_rules = ANTHROPIC

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        key = server.key.reveal()
        headers = {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}
        self._http = HttpSession(server, DECLARATION.api_root(server.base_url) or DEFAULT_URL, headers)
        self._models: dict[str, ModelInfo] = {}

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        max_tokens = max_tokens_for(request, self._models.get(request.model))
        answer = await self._http.open("POST", "/v1/messages", chat_body(request, max_tokens))
        try:
            async with aclosing(read_events(answer, _AnswerParser(self.server, request))) as events:
                async for event in events:
                    yield event
        finally:
            answer.close()

    async def list_models(self) -> Sequence[ModelInfo]:
        async with self._http.reading(LIST_TIMEOUT):
            payload = await self._http.fetch("GET", "/v1/models?limit=1000")
            models = [self._info(row) for row in payload.get("data") or () if row.get("id")]
        self._models = {model.id: model for model in models}
        return models

    async def count_tokens(self, request: ChatRequest) -> int:
        body = chat_body(request, max_tokens=1)
        counted = {name: body[name] for name in ("model", "messages", "system", "tools") if name in body}
        payload = await self._http.fetch("POST", "/v1/messages/count_tokens", counted)
        count = payload.get("input_tokens") if isinstance(payload, Mapping) else None
        if not isinstance(count, int):
            raise ProviderError("bad_response", "no count", server=self.server.name, model=request.model)
        return count

    async def aclose(self) -> None:
        await self._http.aclose()

    def _info(self, row: Mapping[str, Any]) -> ModelInfo:
        told = row.get("capabilities") if isinstance(row.get("capabilities"), Mapping) else {}
        capabilities: set[Capability] = {"chat", "tools"}
        if _supports(told, "image_input", default=True):
            capabilities.add("vision")
        if _supports(told, "thinking", default=not re.match(r"claude-(2|3-[05]|3-(opus|haiku))", row["id"])):
            capabilities.add("thinking")
        return ModelInfo(
            id=row["id"],
            name=row.get("display_name") or row["id"],
            provider=self.provider,
            server=self.server.name,
            context_length=first_positive(row.get("max_input_tokens"), 200_000),
            max_tokens=first_positive(row.get("max_tokens")),
            capabilities=frozenset(capabilities),
            metadata={"created_at": row["created_at"]} if row.get("created_at") else {},
        )


class _AnswerParser(EventParser):
    """`finish` is set once the model has said how it ended; `done` at `message_stop`."""

    def __init__(self, server: ServerConfig, request: ChatRequest) -> None:
        self._server = server
        self._request = request
        self._speech = Speech()
        self._usage: dict[str, Any] = {}
        self._model: str | None = None
        self._call: Mapping[str, Any] | None = None
        self._arguments = ""
        self._signature = ""
        self._calls: list[ToolCall] = []

    def parse_item(self, item: Event) -> Sequence[StreamEvent]:
        payload = event_payload(item)
        if error := error_of(self._server, payload):
            raise error
        if not isinstance(payload, Mapping):
            return ()
        match payload.get("type"):
            case "content_block_delta":
                return self._delta(mapping_from(payload.get("delta")))
            case "content_block_start":
                return self._start(mapping_from(payload.get("content_block")))
            case "content_block_stop":
                return self._stop()
            case "message_start":
                message = mapping_from(payload.get("message"))
                self._head(message)
                return [usage_of(self._usage), *self._blocks(message)]
            case "message_delta":
                self._head({"usage": payload.get("usage"), **mapping_from(payload.get("delta"))})
            case "message_stop":
                self.done = True
            case "message":
                return self._again(payload)
        return ()

    def parse_whole(self, message: Any) -> Iterator[StreamEvent]:
        if error := error_of(self._server, message):
            raise error
        if not isinstance(message, Mapping) or not isinstance(message.get("content"), list | str):
            raise ProviderError("bad_response", "an answer in an unknown shape")
        self._head(message)
        self.done = True
        yield from self._blocks(message)
        yield from self.end()

    def end(self) -> Iterator[StreamEvent]:
        yield from self._speech.finish()
        if self.failure or (self.finish is None and not self.done):
            raise self.failure or cut_off_error()
        yield from self._stop()
        yield from map(ToolCallDelta, settle_calls(self._calls, self._request.tools))
        usage = usage_of(self._usage)
        yield Done(self.finish or "other", usage, self._model)

    def _head(self, message: Mapping[str, Any]) -> None:
        self._model = text_from(message.get("model")) or self._model
        self._usage |= {k: v for k, v in mapping_from(message.get("usage")).items() if v is not None}
        if reason := message.get("stop_reason"):
            self.finish = _FINISH.get(text_from(reason), "other")

    def _again(self, message: Mapping[str, Any]) -> list[StreamEvent]:
        """A whole message among the events, which may follow its own pieces."""
        self._head(message)
        if not self._speech.has_text and not self._calls:
            return self._blocks(message)
        blocks = mappings_from(message.get("content"))
        return self._speech.add_whole_text("".join(text_from(block.get("text")) for block in blocks))

    def _blocks(self, message: Mapping[str, Any]) -> list[StreamEvent]:
        content = message.get("content")
        events: list[StreamEvent] = self._speech.add_text(text_from(content))
        for block in mappings_from(content):
            events += [*self._start(block), *self._stop()]
        return events

    def _start(self, block: Mapping[str, Any]) -> list[StreamEvent]:
        events = self._stop()
        if block.get("type") == "tool_use":
            self._call = block
        elif block.get("type") == "redacted_thinking":
            self._signature = dump_loose_json(redacted_block(text_from(block.get("data")))).decode()
        else:
            self._signature = text_from(block.get("signature"))
        events += self._speech.add_thought(text_from(block.get("thinking")))
        return events + self._speech.add_text(text_from(block.get("text")))

    def _delta(self, delta: Mapping[str, Any]) -> Sequence[StreamEvent]:
        match delta.get("type"):
            case "text_delta":
                return self._text(text_from(delta.get("text")))
            case "thinking_delta":
                return self._speech.add_thought(text_from(delta.get("thinking")))
            case "signature_delta":
                self._signature += text_from(delta.get("signature"))
            case "input_json_delta":
                self._arguments += text_from(delta.get("partial_json"))
        return ()

    def _text(self, piece: str) -> Sequence[StreamEvent]:
        if not self._speech.settled:
            return self._speech.add_text(piece)
        self._speech.record_text(piece)
        return (TextDelta(piece),)

    def _stop(self) -> list[StreamEvent]:
        """Ends the block. A signature, which may come in pieces, belongs to all of its thought."""
        call, self._call = self._call, None
        pieces, self._arguments = self._arguments, ""
        signature, self._signature = self._signature, ""
        if call is not None:
            arguments = arguments_text(pieces.strip() or call.get("input"))
            self._calls.append(ToolCall(text_from(call.get("id")), text_from(call.get("name")), arguments))
        if not signature:
            return []
        return [ReasoningDelta("", sign_payload("anthropic", self._request.model, signature))]


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts what came from its cache, and what went into it, beside the input."""
    cached, stored = (count_from(usage.get(f"cache_{what}_input_tokens")) for what in ("read", "creation"))
    read = count_from(usage.get("input_tokens"))
    if read is not None:
        read += (cached or 0) + (stored or 0)
    return Usage(input=read or None, output=first_positive(usage.get("output_tokens")), cached=cached)


def _supports(told: Any, name: str, *, default: bool) -> bool:
    said = told.get(name) if isinstance(told, Mapping) else None
    return bool(said.get("supported")) if isinstance(said, Mapping) else default
