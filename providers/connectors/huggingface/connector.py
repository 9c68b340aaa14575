"""Hugging Face: the router of its inference providers, or any endpoint of one's own, by huggingface_hub."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from importlib import import_module
from types import ModuleType
from typing import Any

from providers.connectors.base import Connector, Embedder
from providers.connectors.huggingface.declaration import DECLARATION
from providers.connectors.huggingface.model_lists import router_models
from providers.connectors.openai.answers import OpenAIAnswerParser, usage_of
from providers.connectors.openai.dialects import GENERIC, HUGGINGFACE
from providers.connectors.openai.requests import chat_body
from providers.connectors.shared.budget import max_tokens_for
from providers.connectors.shared.calls_in_text import read_calls_in_text
from providers.connectors.shared.vectors import embed_in_batches, vectors_in
from providers.types import ChatRequest, Embeddings, ModelInfo, ServerConfig, StreamEvent
from providers.wire.transport import LIST_TIMEOUT, HttpSession

ROUTER = "https://router.huggingface.co"
WHOAMI = "https://huggingface.co/api/whoami-v2"
EMBED_BATCH = 32
EMBED_TIMEOUT = 120.0
_ALIVE = b'data: {"choices": []}\n\n'


class HuggingFaceConnector(Connector, Embedder):
    provider = DECLARATION.provider

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        key = server.key.reveal()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = HttpSession(server, DECLARATION.api_root(server.base_url or ROUTER), headers)
        self._opening = asyncio.Lock()
        self._sdk: ModuleType | None = None
        self._transport: Any = None
        self._client: Any = None
        self._models: dict[str, ModelInfo] = {}

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        return read_calls_in_text(self._answer(request), request.tools)

    async def _answer(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        sdk, client = await self._opened()
        info = self._models.get(request.model)
        body = chat_body(request, HUGGINGFACE if self._is_router else GENERIC, max_tokens_for(request, info))
        call = sdk.SdkCall(self._transport, _ALIVE, mend=sdk.wrap_chunk)
        parser = OpenAIAnswerParser(self.server, request)

        def parse(chunk: Any) -> Sequence[StreamEvent]:
            return parser.parse_chunk(sdk.unwrap_chunk(chunk))

        try:
            chunks = await sdk.chat_stream(client, self._http.base_url, body, call.headers)
            async with aclosing(call.events(chunks, parse, lambda: parser.finish)) as events:
                async for event in events:
                    yield event
            parser.done = call.done
            for event in parser.end():
                yield event
        finally:
            call.close()

    async def list_models(self) -> Sequence[ModelInfo]:
        async with self._http.reading(LIST_TIMEOUT):
            models = router_models(await self._http.fetch("GET", "/models"), self.server)
        self._models = {model.id: model for model in models}
        return models

    async def validate(self) -> None:
        """The router's list is public and says nothing of a key."""
        if self._is_router and self.server.key:
            await self._http.fetch("GET", WHOAMI)
        else:
            await self.list_models()

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """The router has its own path for this; an endpoint of one's own is OpenAI's `/embeddings`. (The SDK
        would look the model up on the hub in both cases, and wants numpy.)"""

        async def one_batch(batch: Sequence[str]) -> Embeddings:
            if self._is_router:
                root = self._http.base_url.removesuffix("/v1")
                path = f"{root}/hf-inference/models/{model}/pipeline/feature-extraction"
                payload = await self._http.fetch("POST", path, {"inputs": list(batch)}, timeout=EMBED_TIMEOUT)
                return vectors_in(self.server, model, payload, len(batch))
            body = {"model": model, "input": list(batch)}
            payload = await self._http.fetch("POST", "/embeddings", body, timeout=EMBED_TIMEOUT)
            usage = usage_of(payload.get("usage") or {}) if isinstance(payload, Mapping) else None
            return vectors_in(self.server, model, payload, len(batch), usage)

        return await embed_in_batches(model, texts, EMBED_BATCH, one_batch)

    async def aclose(self) -> None:
        await self._http.aclose()

    @property
    def _is_router(self) -> bool:
        return self._http.base_url.startswith(ROUTER)

    async def _opened(self) -> tuple[ModuleType, Any]:
        async with self._opening:
            if self._sdk is None:
                self._sdk = await asyncio.to_thread(import_module, "providers.connectors.huggingface.client")
                self._transport = self._sdk.SdkTransport(self._http)
                self._client = await asyncio.to_thread(self._sdk.open_http, self._transport)
        return self._sdk, self._client
