"""The registry over the real connectors and SDKs, and servers that speak the real wire formats."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async

from providers import registry
from providers.asking import Question, ask_for_text
from providers.catalogue.checking import check_server
from providers.configuration.setup import ensure_servers
from providers.costs import prices
from providers.types import ChatRequest, Message, Text
from tests.upstreams import Upstream, running_upstream
from tests.upstreams.ollama import OllamaWire


@pytest_asyncio.fixture
async def upstream(
    transactional_db: None, environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Upstream]:
    monkeypatch.setattr(OllamaWire, "model", "qwen3:4b")
    # The SDKs are imported in the first test that needs them.
    monkeypatch.setattr(registry, "REFRESH_WAIT", 30.0)
    async with running_upstream() as server:
        environment(
            GEMINI_API_KEY="test-key",
            GEMINI_BASE_URL=server.base_url("gemini"),
            HF_TOKEN="hf_test",
            HF_BASE_URL=server.base_url("hf"),
            OLLAMA_BASE_URL=server.base_url("ollama"),
            OPENROUTER_API_KEY="test-key",
            OPENROUTER_BASE_URL=server.base_url("openrouter"),
            TOGETHER_API_KEY="test-key",
            TOGETHER_BASE_URL=server.base_url("together"),
        )
        await sync_to_async(ensure_servers)()
        yield server
        await registry.aclose()


async def test_every_server_of_the_environment_lists_its_models_and_is_well(upstream: Upstream) -> None:
    lists = await registry.list_models(refresh=True)
    health = await registry.health()
    assert list(lists) == ["gemini", "hf", "openrouter", "together", "ollama", "echo"]
    for server, infos in lists.items():
        assert infos, server
        assert health[server].available, health[server].error
        assert all(info.server == server for info in infos)
    assert health["gemini"].supports_embeddings
    assert not health["echo"].supports_embeddings


async def test_the_models_out_of_the_box_are_what_their_servers_have_today(upstream: Upstream) -> None:
    lists = await registry.list_models(refresh=True)
    flash, pro = lists["gemini"][:2]
    assert (flash.name, flash.metadata["model"], flash.metadata["replaces"]) == (
        "Gemini Flash",
        "gemini-3.8-flash",
        "gemini-flash-latest",
    )
    assert flash.context_length == 1048576
    assert "vision" in flash.capabilities
    assert flash.pricing is not None
    assert pro.metadata["missing"] is True
    assert lists["hf"][0].metadata["missing"] is True
    qwen = lists["ollama"][0]
    assert (qwen.name, qwen.metadata["model"], qwen.parameters, qwen.quantization) == (
        "Qwen",
        "qwen3:4b",
        "8.2B",
        "Q4_K_M",
    )
    assert await registry.default_model() == "gemini/gemini-flash"


async def test_a_message_to_a_model_out_of_the_box_reaches_the_model_that_stands_for_it(
    upstream: Upstream,
) -> None:
    await registry.list_models(refresh=True)
    for ref, model in (("gemini/gemini-flash", "gemini-3.8-flash"), ("ollama/qwen", "qwen3:4b")):
        target = await registry.resolve(ref)
        assert target.model == model

        async def make_request(target: registry.Target) -> ChatRequest:
            said = [Message("user", (Text("hi"),))]
            return ChatRequest(target.model, said, target.system, target.defaults)

        reply = await ask_for_text(Question(ref, make_request))
        assert reply.text
        cost = prices.cost_of(target.server, target.model, reply.usage, info=target.info)
        assert cost.source == ("priced" if ref.startswith("gemini") else "free")
    assert model in upstream.chats()[-1].path or upstream.chats()[-1].body["model"] == model


@pytest.mark.parametrize("server", ["gemini", "hf", "openrouter", "together", "ollama"])
async def test_a_connection_is_checked_with_the_real_connector(upstream: Upstream, server: str) -> None:
    configs = {name: row.config for name, row in (await registry.rows_for(None)).servers.items()}
    checked = await check_server(configs[server])
    assert checked.error is None
    assert checked.models


async def test_what_each_list_tells_is_complete(upstream: Upstream) -> None:
    lists = await registry.list_models(refresh=True)
    [local] = [info for info in lists["ollama"] if info.id == "qwen3:4b"]
    assert (local.size, local.metadata["size_text"]) == (5225388164, "5.2 GB")
    assert local.context_length
    assert local.loaded is True
    assert local.capabilities
    routed = {info.id: info for info in lists["openrouter"]}
    assert routed["anthropic/claude-test"].pricing is not None
    hub = {info.id: info for info in lists["hf"]}
    assert hub["Qwen/Qwen3-8B"].pricing is not None
    assert hub["Qwen/Qwen3-8B"].context_length == 32768
    assert hub["Qwen/Qwen3-8B"].metadata["curated"] is True
