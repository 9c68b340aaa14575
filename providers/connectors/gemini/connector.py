"""Google's Gemini, through google-genai. The SDK takes most of a second to import, so it is imported on
first use, in a thread."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from importlib import import_module
from types import ModuleType
from typing import Any

from providers.connectors.base import Connector, Embedder
from providers.connectors.gemini.declaration import DECLARATION
from providers.connectors.shared.budget import max_tokens_for
from providers.connectors.shared.model_facts import parameters_in
from providers.connectors.shared.schema_rules import GEMINI
from providers.connectors.shared.vectors import check_vectors, embed_in_batches
from providers.errors import ProviderError
from providers.tokens import TokenCounter
from providers.types import (
    Capability,
    ChatRequest,
    Embeddings,
    ModelInfo,
    ServerConfig,
    StreamEvent,
    Usage,
)
from providers.wire.transport import LIST_TIMEOUT, HttpSession

DEFAULT_URL = "https://generativelanguage.googleapis.com"
DEFAULT_MAX_TOKENS = 32_768
"""Of answer and thoughts together: a low limit makes an empty answer that is paid for."""

EMBED_BATCH = 100
EMBED_TIMEOUT = 120.0
_ALIVE = b"data: {}\n\n"


class GeminiConnector(Connector, Embedder, TokenCounter):
    provider = DECLARATION.provider
    schema_rules = GEMINI

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        key = server.key.reveal()
        self._http = HttpSession(
            server,
            DECLARATION.api_root(server.base_url) or DEFAULT_URL,
            {"x-goog-api-key": key} if key else {},
        )
        self._opening = asyncio.Lock()
        self._sdk: ModuleType | None = None
        self._transport: Any = None
        self._client: Any = None
        self._models: dict[str, ModelInfo] = {}

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        sdk, client = await self._opened()
        info = self._models.get(request.model)
        parser = sdk.GeminiAnswerParser(request)
        call = sdk.SdkCall(self._transport, _ALIVE, as_chunks=_as_chunks, mend=parser.mend)
        try:
            max_tokens = max_tokens_for(request, info, default=DEFAULT_MAX_TOKENS)
            config = sdk.config_of(request, max_tokens, _thinks(info), call.headers)
            chunks = await client.aio.models.generate_content_stream(
                model=request.model,
                contents=sdk.contents_of(request),
                config=config,
            )
            async with aclosing(call.events(chunks, parser.parse_chunk, lambda: parser.finish)) as events:
                async for event in events:
                    yield event
            for event in parser.end():
                yield event
        finally:
            call.close()

    async def list_models(self) -> Sequence[ModelInfo]:
        _, client = await self._opened()
        async with self._http.reading(LIST_TIMEOUT):
            pager = await client.aio.models.list(config={"page_size": 1000})
            models = [self._info(model) async for model in pager if model.name]
        self._models = {model.id: model for model in models}
        return models

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        sdk, client = await self._opened()

        async def one_batch(batch: Sequence[str]) -> Embeddings:
            async with self._http.reading(EMBED_TIMEOUT):
                contents = sdk.texts_as_contents(list(batch))
                answer = await client.aio.models.embed_content(model=model, contents=contents)
                rows = [list(vector.values or ()) for vector in answer.embeddings or ()]
            return check_vectors(self.server, model, rows, len(batch), Usage())

        return await embed_in_batches(model, texts, EMBED_BATCH, one_batch)

    async def count_tokens(self, request: ChatRequest) -> int:
        sdk, client = await self._opened()
        contents = sdk.contents_of(request)
        if beside := [text for text in (request.system, sdk.definitions_text(request)) if text]:
            contents = [*sdk.texts_as_contents(beside), *contents]
        async with self._http.reading(LIST_TIMEOUT):
            answer = await client.aio.models.count_tokens(model=request.model, contents=contents)
        if answer.total_tokens is None:
            raise ProviderError("bad_response", "no count", server=self.server.name, model=request.model)
        return int(answer.total_tokens)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _opened(self) -> tuple[ModuleType, Any]:
        async with self._opening:
            if self._sdk is None:
                self._sdk = await asyncio.to_thread(import_module, "providers.connectors.gemini.client")
                self._transport = self._sdk.SdkTransport(self._http)
                self._client = await asyncio.to_thread(self._sdk.open_client, self._transport)
        return self._sdk, self._client

    def _info(self, model: Any) -> ModelInfo:
        name = model.name.removeprefix("models/")
        return ModelInfo(
            id=name,
            name=model.display_name or name,
            provider=self.provider,
            server=self.server.name,
            description=model.description or "",
            context_length=model.input_token_limit or None,
            max_tokens=model.output_token_limit or None,
            parameters=parameters_in(name),
            capabilities=_capabilities(name, model.supported_actions or (), model.thinking),
            metadata={"version": model.version} if model.version else {},
        )


def _as_chunks(payload: Any) -> list[Any]:
    """Without `alt=sse` Gemini answers with a list of chunks; a proxy may do so with it."""
    return payload if isinstance(payload, list) else [payload]


def _thinks(info: ModelInfo | None) -> bool | None:
    return "thinking" in info.capabilities if info and info.capabilities else None


def _capabilities(name: str, actions: Sequence[str], thinking: bool | None) -> frozenset[Capability]:
    if any(action in actions for action in ("embedContent", "batchEmbedContents")):
        return frozenset({"embeddings"})
    if "generateContent" not in actions:
        return frozenset()
    found: set[Capability] = {"chat"}
    if name.startswith("gemini"):
        found |= {"vision", "tools"}
    elif name.startswith("gemma") and "1b" not in name:
        found.add("vision")
    return frozenset(found | {"thinking"}) if thinking else frozenset(found)
