"""Anthropic's `/v1/messages`. The worked example of docs/adding-a-provider.md."""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from providers.connectors.anthropic_requests import chat_body
from providers.connectors.base import Connector
from providers.connectors.budget import history_notice, max_tokens_for
from providers.connectors.folding import EventFold, cut, event_payload, read_events
from providers.connectors.model_facts import positive
from providers.connectors.signatures import sign
from providers.errors import ProviderError
from providers.json_text import dump_json, parse_json
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
    provider = "anthropic"

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        key = server.key.reveal()
        headers = {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}
        url = (server.base_url or DEFAULT_URL).rstrip("/").removesuffix("/v1")
        self._http = HttpSession(server, url, headers)
        self._models: dict[str, ModelInfo] = {}

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        max_tokens = max_tokens_for(request, self._models.get(request.model))
        answer = await self._http.open("POST", "/v1/messages", chat_body(request, max_tokens))
        try:
            async with aclosing(read_events(answer, _Answer(self.server, request))) as events:
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
            context_length=positive(row.get("max_input_tokens"), 200_000),
            max_tokens=positive(row.get("max_tokens")),
            capabilities=frozenset(capabilities),
            metadata={"created_at": row["created_at"]} if row.get("created_at") else {},
        )


class _Answer(EventFold):
    """`finish` is set once the model has said how it ended; `done` at `message_stop`."""

    def __init__(self, server: ServerConfig, request: ChatRequest) -> None:
        self._server = server
        self._request = request
        self._usage: dict[str, Any] = {}
        self._model: str | None = None
        self._call: dict[str, Any] | None = None
        self._arguments = ""

    def feed(self, item: Event) -> Sequence[StreamEvent]:
        payload = event_payload(item)
        if error := error_of(self._server, payload):
            raise error
        if not isinstance(payload, Mapping):
            return ()
        match payload.get("type"):
            case "content_block_delta":
                return self._delta(payload.get("delta") or {})
            case "content_block_start":
                return self._start(payload.get("content_block") or {})
            case "content_block_stop":
                return self._stop()
            case "message_start":
                self._head(payload.get("message") or {})
                return [usage_of(self._usage)]
            case "message_delta":
                self._head({"usage": payload.get("usage"), **(payload.get("delta") or {})})
            case "message_stop":
                self.done = True
        return ()

    def whole(self, message: Any) -> Iterator[StreamEvent]:
        if error := error_of(self._server, message):
            raise error
        if not isinstance(message, Mapping) or not isinstance(message.get("content"), list):
            raise ProviderError("bad_response", "an answer in an unknown shape")
        self._head(message)
        self.done = True
        for block in message["content"]:
            yield from self._start(block)
            yield from self._stop()
        yield from self.end()

    def end(self) -> Iterator[StreamEvent]:
        if self.failure or (self.finish is None and not self.done):
            raise self.failure or cut()
        usage = usage_of(self._usage)
        if notice := history_notice(self._request, usage):
            yield notice
        yield Done(self.finish or "other", usage, self._model)

    def _head(self, message: Mapping[str, Any]) -> None:
        self._model = message.get("model") or self._model
        self._usage |= {k: v for k, v in (message.get("usage") or {}).items() if v is not None}
        if reason := message.get("stop_reason"):
            self.finish = _FINISH.get(reason, "other")

    def _start(self, block: Mapping[str, Any]) -> Sequence[StreamEvent]:
        if block.get("type") == "tool_use":
            self._call = dict(block)
            self._arguments = ""
        events = self._delta({"type": "text_delta", "text": block.get("text")}) if block.get("text") else []
        if block.get("thinking"):
            events = [ReasoningDelta(block["thinking"])]
        return [*events, *self._signed(block.get("signature"))]

    def _delta(self, delta: Mapping[str, Any]) -> list[StreamEvent]:
        match delta.get("type"):
            case "text_delta":
                return [TextDelta(delta.get("text") or "")]
            case "thinking_delta":
                return [ReasoningDelta(delta.get("thinking") or "")]
            case "signature_delta":
                return self._signed(delta.get("signature"))
            case "input_json_delta":
                self._arguments += delta.get("partial_json") or ""
        return []

    def _signed(self, signature: str | None) -> list[StreamEvent]:
        if not signature:
            return []
        return [ReasoningDelta("", sign("anthropic", self._request.model, signature))]

    def _stop(self) -> list[StreamEvent]:
        call, self._call = self._call, None
        if call is None or self.finish == "length":
            return []
        arguments = self._arguments.strip() or dump_json(call.get("input") or {}).decode()
        try:
            parse_json(arguments.encode())
        except ValueError:
            raise ProviderError(
                "bad_response", f"the model called {call.get('name')!r} with malformed arguments"
            ) from None
        return [ToolCallDelta(ToolCall(str(call.get("id") or ""), str(call.get("name") or ""), arguments))]


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts what came from its cache, and what went into it, beside the input."""
    beside = [usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens")]
    cached = beside[0] if isinstance(beside[0], int) else None
    read = None
    if isinstance(usage.get("input_tokens"), int):
        read = usage["input_tokens"] + sum(positive(count) or 0 for count in beside)
    return Usage(input=read or None, output=positive(usage.get("output_tokens")), cached=cached)


def _supports(told: Any, name: str, *, default: bool) -> bool:
    said = told.get(name) if isinstance(told, Mapping) else None
    return bool(said.get("supported")) if isinstance(said, Mapping) else default
