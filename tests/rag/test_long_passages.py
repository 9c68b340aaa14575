"""An embedding server that takes less text at a time than a passage has, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from providers import registry
from providers.catalogue.listing import Viewer
from providers.connectors.openai.connector import OpenAIConnector
from providers.types import ServerConfig
from rag.embedding import ProviderEmbedder, split_in_halves
from rag.errors import DocumentError

pytestmark = pytest.mark.django_db(transaction=True)
SAID = (
    "input (1448 tokens) is too large to process. increase the physical batch size (current batch size: 512)"
)
LLAMA = (500, {"error": {"code": 500, "type": "server_error", "message": SAID}})
VLLM = "This model's maximum context length is 512 tokens. However, you requested 1448 tokens in the input."
TEI = "Input validation error: `inputs` must have less than 512 tokens. Given: 1448"
TORCH = "Token indices sequence length is longer than the specified maximum sequence length (1448 > 512)"
REFUSALS: list[tuple[int, Any]] = [
    LLAMA,
    (400, {"object": "error", "message": VLLM, "type": "BadRequestError"}),
    (400, {"error": {"message": "Invalid 'input[3]': maximum input length is 8192 tokens."}}),
    (400, {"error": "the input length exceeds the context length"}),
    (500, {"error": "the input length exceeds the context length"}),
    (413, {"error": TEI, "error_type": "Validation"}),
    (422, {"error": "batch size 64 > maximum allowed batch size 32", "error_type": "Validation"}),
    (413, "Payload Too Large"),
    (400, {"error": [TORCH]}),
    (400, {"message": "Request text length (20000) exceeds max 8000"}),
]


class Server:
    """Refuses any text longer than `most`, and more than `most_texts` at a time."""

    def __init__(self, refusal: tuple[int, Any], most: int, most_texts: int = 64) -> None:
        self.refusal, self.most, self.most_texts = refusal, most, most_texts
        self.asked = 0

    async def embed(self, request: web.Request) -> web.Response:
        self.asked += 1
        texts = (await request.json())["input"]
        if len(texts) > self.most_texts or any(len(text) > self.most for text in texts):
            status, said = self.refusal
            if isinstance(said, str):
                return web.Response(status=status, text=said)
            return web.json_response(said, status=status)
        rows = [{"index": at, "embedding": [float(len(text)), 1.0, 0.0]} for at, text in enumerate(texts)]
        return web.json_response({"data": rows})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/v1/embeddings", self.embed)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        finally:
            await runner.cleanup()


@pytest.fixture
async def embedder(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """Makes an embedder that asks the server at an address."""
    opened: list[OpenAIConnector] = []

    def asking(address: str) -> ProviderEmbedder:
        server = ServerConfig(name="local", provider="openai", base_url=address)
        connector = OpenAIConnector(server)
        opened.append(connector)

        async def resolve(ref: str, *, viewer: Viewer | None) -> registry.Target:
            return registry.Target(ref, connector, server, "nomic")

        monkeypatch.setattr(registry, "resolve", resolve)
        return ProviderEmbedder("local/nomic")

    yield asking
    for connector in opened:
        await connector.aclose()


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(refusal[1])[:40])
async def test_a_dense_passage_is_embedded_in_parts_and_the_others_whole(
    embedder: Any, refusal: tuple[int, Any]
) -> None:
    texts = ["short"] * 9 + ["x" * 700 + " " + "y" * 700] + ["other one"] * 9
    server = Server(refusal, most=500, most_texts=8)
    async with server.running() as address:
        vectors = await embedder(address).embed(texts)
    assert vectors.shape == (19, 3)
    assert vectors[0].tolist() == [5.0, 1.0, 0.0]
    assert vectors[18].tolist() == [9.0, 1.0, 0.0]
    assert np.linalg.norm(vectors[9]) == pytest.approx(1, abs=0.01)
    assert server.asked < 30


async def test_a_server_that_finds_anything_too_long_is_said_to_and_not_asked_for_ever(embedder: Any) -> None:
    server = Server(LLAMA, most=0)
    async with server.running() as address:
        with pytest.raises(DocumentError) as caught:
            await embedder(address).embed(["some words " * 200] * 64)
    assert caught.value.code == "embedding_length"
    assert server.asked < 30


async def test_another_refusal_is_none_of_length(embedder: Any) -> None:
    server = Server((401, {"error": "wrong key"}), most=0)
    async with server.running() as address:
        with pytest.raises(DocumentError) as caught:
            await embedder(address).embed(["some words"] * 64)
    assert (caught.value.code, server.asked) == ("embedding", 1)


def test_a_text_is_cut_at_a_space_near_its_middle() -> None:
    assert split_in_halves("one two three four") == ["one two", " three four"]
    assert split_in_halves("x" * 10) == ["x" * 5, "x" * 5]
