"""Ollama's own interface. (Its `/v1` hides the window, cut streams and what it drops.)"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

from core.json_text import parse_loose_json
from providers.connectors.base import Connector, Embedder
from providers.connectors.ollama.declaration import DECLARATION
from providers.connectors.ollama.model_lists import HOME_WINDOW, ModelFacts, facts_of, model_of
from providers.connectors.ollama.requests import chat_body
from providers.connectors.shared.budget import history_notice, max_tokens_for
from providers.connectors.shared.calls_in_text import read_calls_in_text
from providers.connectors.shared.model_facts import first_positive
from providers.connectors.shared.schema_rules import TEMPLATES
from providers.connectors.shared.speech import Speech
from providers.connectors.shared.stream_parsing import StreamParser, cut_off_error
from providers.connectors.shared.tool_calls import arguments_text, settle_calls
from providers.connectors.shared.values import mapping_from, mappings_from, text_from
from providers.connectors.shared.vectors import embed_in_batches, vectors_in
from providers.errors import ProviderError
from providers.types import (
    ChatRequest,
    Done,
    Embeddings,
    Finish,
    ModelInfo,
    Params,
    ServerConfig,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from providers.wire.addresses import OLLAMA
from providers.wire.failures import error_of
from providers.wire.transport import LIST_TIMEOUT, HttpSession, LineReader

SHOW_TIMEOUT = 5.0
SHOWN_AT_ONCE = 8
EMBED_BATCH = 32
EMBED_TIMEOUT = 300.0
"""Seconds: the model may have to be loaded first."""

_FINISH: Mapping[str, Finish] = {"stop": "stop", "length": "length"}


class OllamaConnector(Connector, Embedder):
    provider = DECLARATION.provider
    schema_rules = TEMPLATES

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        key = server.key.reveal()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = HttpSession(server, DECLARATION.api_root(server.base_url) or OLLAMA, headers)
        self._facts: dict[str, ModelFacts] = {}

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        return read_calls_in_text(self._answer(request), request.tools)

    async def _answer(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        facts = await self._facts_of(request.model)
        window = facts.window(request.params.context_length)
        room = ModelInfo("", "", self.provider, self.server.name, context_length=window)
        body = chat_body(request, facts, window, max_tokens_for(request, room, default=HOME_WINDOW))
        answer = await self._http.open("POST", "/api/chat", body)
        try:
            await answer.shape()
            parser = _AnswerParser(self.server, request, window)
            lines = LineReader(answer)
            while not parser.is_over and (batch := await lines.next()) is not None:
                for event in parser.parse(batch):
                    yield event
            if parser.done:
                await answer.drain()
            for event in parser.end():
                yield event
        finally:
            answer.close()

    async def list_models(self) -> Sequence[ModelInfo]:
        async with self._http.reading(LIST_TIMEOUT):
            tags, running = await asyncio.gather(self._http.fetch("GET", "/api/tags"), self._running())
            limit = asyncio.Semaphore(SHOWN_AT_ONCE)
            self._facts.clear()

            async def one(row: Mapping[str, Any]) -> ModelInfo:
                name = str(row.get("model") or row.get("name"))
                facts = None
                if not (row.get("capabilities") and (row.get("details") or {}).get("context_length")):
                    async with limit:
                        facts = await self._facts_of(name)
                return model_of(row, facts, None if running is None else running.get(name, {}), self.server)

            return await asyncio.gather(*(one(row) for row in tags["models"] or ()))

    async def model_info(self, model: str) -> ModelInfo | None:
        models = {info.id: info for info in await self.list_models()}
        return models.get(model) or models.get(f"{model}:latest")

    def window(self, info: ModelInfo | None, params: Params) -> int | None:
        """What `stream` will ask for, which is less than most models could take."""
        known = self._facts.get(info.id) if info else None
        longest = info.context_length if info else None
        return (known or ModelFacts(longest=longest)).window(params.context_length)

    async def validate(self) -> None:
        await self._http.fetch("GET", "/api/tags")

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        async def one_batch(batch: Sequence[str]) -> Embeddings:
            body = {"model": model, "input": list(batch), "truncate": True}
            payload = await self._http.fetch("POST", "/api/embed", body, timeout=EMBED_TIMEOUT)
            read = payload.get("prompt_eval_count") if isinstance(payload, dict) else None
            return vectors_in(self.server, model, payload, len(batch), Usage(input=first_positive(read)))

        return await embed_in_batches(model, texts, EMBED_BATCH, one_batch)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _facts_of(self, model: str) -> ModelFacts:
        """Asked once a model. A server that does not tell is asked again the next time; meanwhile the
        request goes out with a window that any machine holds. One that is away shows in the request."""
        if (facts := self._facts.get(model)) is not None:
            return facts
        try:
            shown = await self._http.fetch("POST", "/api/show", {"model": model}, timeout=SHOW_TIMEOUT)
        except ProviderError as error:
            if error.code == "unreachable":
                raise
            return ModelFacts()
        facts = self._facts[model] = facts_of(shown)
        return facts

    async def _running(self) -> dict[str, Mapping[str, Any]] | None:
        try:
            payload = await self._http.fetch("GET", "/api/ps", timeout=SHOW_TIMEOUT)
        except ProviderError:
            return None
        rows = payload.get("models") if isinstance(payload, dict) else None
        return {str(row.get("model") or row.get("name")): row for row in rows or () if isinstance(row, dict)}


class _AnswerParser(StreamParser[bytes]):
    """`window`: the tokens that the model was given room for."""

    def __init__(self, server: ServerConfig, request: ChatRequest, window: int) -> None:
        self._server = server
        self._request = request
        self._window = window
        self._speech = Speech()
        self._calls: list[ToolCall] = []
        self._last: Mapping[str, Any] = {}

    def parse_item(self, item: bytes) -> Sequence[StreamEvent]:
        line = _payload(item)
        message = line.get("message")
        if message is None or "error" in line:
            self.failure = error_of(self._server, line)
        ends = line.get("done") in (True, "true")
        if ends:
            self.done = True
            self._last = line
        events = self._said(message, ends=ends) if isinstance(message, dict) else ()
        if self.failure and not events:
            raise self.failure
        return events

    def _said(self, message: Mapping[str, Any], *, ends: bool) -> Sequence[StreamEvent]:
        content = message.get("content")
        thinking = message.get("thinking")
        plain = self._speech.settled and not (thinking or ends) and "tool_calls" not in message
        if plain and content and type(content) is str:
            self._speech.record_text(content)
            return (TextDelta(content),)
        events = self._speech.add_thought(text_from(thinking), last=ends)
        events += self._speech.add_text(text_from(content), last=ends)
        for call in mappings_from(message.get("tool_calls")):
            self._calls.append(_tool_call(call))
        return events

    def end(self) -> Iterator[StreamEvent]:
        yield from self._speech.finish()
        if self.failure or not self.done:
            raise self.failure or cut_off_error()
        yield from map(ToolCallDelta, settle_calls(self._calls, self._request.tools))
        finish = _FINISH.get(text_from(self._last.get("done_reason")) or "stop", "other")
        if self._calls and finish == "stop":
            finish = "tool_calls"
        usage = Usage(
            input=first_positive(self._last.get("prompt_eval_count")),
            output=first_positive(self._last.get("eval_count")),
        )
        if notice := history_notice(self._request, usage, window=self._window):
            yield notice
        yield Done(finish, usage, text_from(self._last.get("model")) or None)


def _payload(line: bytes) -> dict[str, Any]:
    try:
        payload = parse_loose_json(line)
    except ValueError:
        raise cut_off_error("half a line") from None
    if not isinstance(payload, dict):
        raise ProviderError("bad_response", "a line that is no message")
    return payload


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    function = mapping_from(call.get("function"))
    arguments = arguments_text(function.get("arguments"))
    return ToolCall(text_from(call.get("id")), text_from(function.get("name")), arguments)
