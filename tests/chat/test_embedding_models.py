"""Documents found by the vectors of a configured server, through each service's own client."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import pytest

from tests.chat.test_documents import TEXT, give, upstream
from tests.chat.test_rest import session
from tests.services.server import Divan
from tests.upstreams.script import refusal
from tests.upstreams.server import Upstream

__all__ = ["upstream"]
QUESTION = "What about the seal of the pump?"
"""Shares no word with the text: words alone find nothing."""
SERVICES: Mapping[str, tuple[str, Callable[[Upstream], dict[str, str]]]] = {
    "gemini": (
        "gemini/gemini-embedding-2",
        lambda up: {"GEMINI_BASE_URL": up.base_url("gemini"), "GEMINI_API_KEY": "k"},
    ),
    "hf": ("hf/BAAI/bge-m3", lambda up: {"HF_BASE_URL": up.base_url("hf"), "HF_TOKEN": "k"}),
    "ollama": ("ollama/bge-m3", lambda up: {"OLLAMA_BASE_URL": up.base_url("ollama")}),
    "openai": (
        "local/nomic-embed-text",
        lambda up: {"OPENAI_SERVERS": f"local={up.base_url('openai')}"},
    ),
}


async def search(http: aiohttp.ClientSession, question: str) -> list[dict[str, Any]]:
    async with http.post("/api/documents/search", json={"question": question}) as answer:
        assert answer.status == 200, await answer.text()
        found: list[dict[str, Any]] = (await answer.json())["passages"]
        return found


async def until_found(http: aiohttp.ClientSession, question: str) -> None:
    async with asyncio.timeout(60):
        while True:
            if await search(http, question):
                return
            await asyncio.sleep(0.1)


def was_embedded(upstream: Upstream, text: str) -> bool:
    return any(text in str(request.body) for request in upstream.requests if "mbed" in request.path)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_configured_model_embeds_passages_and_questions(
    name: str, start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    ref, env = SERVICES[name]
    server = start_server(env={**env(upstream), "RAG_EMBEDDING_MODEL": ref})
    async with session(server) as http:
        await give(http, TEXT)
        found = await search(http, QUESTION)
        async with http.get("/api/models/spending?days=7") as answer:
            counted = {row["kind"]: row["requests"] for row in (await answer.json())["kinds"]}
    assert counted == {"embedding": 2}, "the passages' vectors, and the question's"
    assert [source["words"] for source in found] == [0.0]
    assert found[0]["cosine"] > 0.35
    assert was_embedded(upstream, "mavi dolaptadır")
    assert was_embedded(upstream, QUESTION)
    assert {request.wire for request in upstream.requests} == {name}


async def test_the_old_vectors_are_searched_until_those_of_a_new_model_are_made(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    address = {"OLLAMA_BASE_URL": upstream.base_url("ollama")}
    first = start_server(env=address)
    async with session(first) as http:
        await give(http, TEXT)
        before = await search(http, "contaları")
        assert await search(http, QUESTION) == []
    first.stop()
    upstream.play(refusal(503, {"error": "loading"}))
    second = start_server(env={**address, "RAG_EMBEDDING_MODEL": "ollama/bge-m3"})
    async with session(second) as http:
        assert await search(http, "contaları") == before
        upstream.play()
        await until_found(http, QUESTION)
        after = await search(http, "contaları")
    assert after[0]["passage"] == before[0]["passage"]
    assert after[0]["cosine"] != before[0]["cosine"]
