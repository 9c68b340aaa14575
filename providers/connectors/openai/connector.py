"""Any server that speaks OpenAI's chat completions: OpenRouter, Together, vLLM, llama.cpp, LM Studio …"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from providers.connectors.base import Connector, Embedder
from providers.connectors.openai.answers import OpenAIAnswerParser, usage_of
from providers.connectors.openai.declaration import DECLARATION
from providers.connectors.openai.dialects import dialect_of
from providers.connectors.openai.llama_server import is_llama_server, with_props
from providers.connectors.openai.model_lists import models_in
from providers.connectors.openai.requests import chat_body
from providers.connectors.shared import offline_catalogue
from providers.connectors.shared.budget import max_tokens_for
from providers.connectors.shared.calls_in_text import read_calls_in_text
from providers.connectors.shared.model_facts import names_in
from providers.connectors.shared.stream_parsing import read_events
from providers.connectors.shared.vectors import embed_in_batches, vectors_in
from providers.errors import ProviderError
from providers.types import ChatRequest, Embeddings, ModelInfo, ServerConfig, StreamEvent
from providers.wire.transport import LIST_TIMEOUT, HttpSession

EMBED_BATCH = 64
EMBED_TIMEOUT = 120.0
PROPS_TIMEOUT = 5.0


class OpenAIConnector(Connector, Embedder):
    provider = DECLARATION.provider

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        self._dialect = dialect_of(server)
        self.schema_rules = self._dialect.schemas
        key = server.key.reveal()
        headers = {**self._dialect.headers, **({"Authorization": f"Bearer {key}"} if key else {})}
        self._http = HttpSession(
            server, DECLARATION.api_root(server.base_url) or self._dialect.base_url, headers
        )
        self._models: dict[str, ModelInfo] = {}

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        answer = self._answer(request)
        return read_calls_in_text(answer, request.tools) if self._dialect.calls_in_text else answer

    async def _answer(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        info = self._models.get(request.model)
        supported = names_in(info.metadata.get("supported_parameters")) if info else None
        body = chat_body(request, self._dialect, max_tokens_for(request, info), supported or None)
        if info and info.metadata.get("draws"):
            # Without it OpenRouter's models write alone.
            body["modalities"] = ["image", "text"]
        if request.params.json and is_llama_server(info):
            # It lets anything through that has no schema.
            body["response_format"] = {"type": "json_object", "schema": request.schema or {"type": "object"}}
        answer = await self._http.open("POST", "/chat/completions", body, {"Accept": "text/event-stream"})
        try:
            async with aclosing(read_events(answer, OpenAIAnswerParser(self.server, request))) as events:
                async for event in events:
                    yield event
        finally:
            answer.close()

    async def list_models(self) -> Sequence[ModelInfo]:
        try:
            async with self._http.reading(LIST_TIMEOUT):
                models = models_in(await self._http.fetch("GET", "/models"), self.server)
        except ProviderError as error:
            if not self._dialect.known_as or error.code != "model_not_found":
                raise
            models = await asyncio.to_thread(offline_catalogue.models_of, self.server, self._dialect.known_as)
        if len(models) == 1 and is_llama_server(models[0]):
            models = with_props(models, await self._props())
        self._models = {model.id: model for model in models}
        return models

    async def _props(self) -> Any:
        """What llama-server tells beside the list; one that does not is asked for answers all the same."""
        root = self._http.base_url.removesuffix("/v1")
        try:
            return await self._http.fetch("GET", f"{root}/props", timeout=PROPS_TIMEOUT)
        except ProviderError:
            return None

    async def validate(self) -> None:
        if self._dialect.key_path and self.server.key:
            await self._http.fetch("GET", self._dialect.key_path)
        else:
            await self.list_models()

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        async def one_batch(batch: Sequence[str]) -> Embeddings:
            body = {"model": model, "input": list(batch), "encoding_format": "float"}
            payload = await self._http.fetch("POST", "/embeddings", body, timeout=EMBED_TIMEOUT)
            usage = usage_of(payload.get("usage") or {}) if isinstance(payload, dict) else None
            return vectors_in(self.server, model, payload, len(batch), usage)

        return await embed_in_batches(model, texts, EMBED_BATCH, one_batch)

    async def aclose(self) -> None:
        await self._http.aclose()
