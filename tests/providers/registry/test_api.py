import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.test import AsyncClient

from providers import registry
from providers.errors import ProviderError
from providers.models import Model, Server
from providers.ollama import administration
from providers.types import ModelInfo
from tests.providers.registry.fakes import FakeConnector, Script
from tests.providers.registry.ollama_server import Ollama, running

AddServer = Callable[..., Server]
MODEL_FIELDS = {
    "id",
    "name",
    "provider",
    "server",
    "description",
    "context_length",
    "max_tokens",
    "parameters",
    "quantization",
    "size",
    "capabilities",
    "pricing",
    "loaded",
    "metadata",
}
HEALTH_FIELDS = {
    "provider",
    "default_model",
    "status",
    "available",
    "latency_ms",
    "models_count",
    "supports_streaming",
    "supports_embeddings",
    "error",
    "checked_at",
}


async def get(client: AsyncClient, path: str, status: int = 200) -> Any:
    response = await client.get(f"/api/models{path}")
    assert response.status_code == status, response.content
    return json.loads(response.content)


async def post(client: AsyncClient, path: str, model: str) -> Any:
    return await client.post(path, data={"model": model}, content_type="application/json")


async def test_all_models_come_by_server_in_their_full_shape(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "one", "two")
    answer = await get(client, "")
    assert set(answer) == {"models", "total"}
    assert answer["total"] == 3
    assert [info["id"] for info in answer["models"]["alpha"]] == ["one", "two"]
    assert set(answer["models"]["alpha"][0]) == MODEL_FIELDS
    assert answer["models"]["echo"][0]["id"] == "echo"


async def test_refresh_asks_the_servers(client: AsyncClient, add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await get(client, "")
    FakeConnector.scripts["http://alpha.test"].models = ("new",)
    assert [info["id"] for info in (await get(client, ""))["models"]["alpha"]] == ["one"]
    assert [info["id"] for info in (await get(client, "?refresh=true"))["models"]["alpha"]] == ["new"]


async def test_a_search_finds_every_word_and_the_closest_first(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "qwen3:8b", "qwen3:30b", "llama")
    await sync_to_async(add_server)("qwen-box", "other")
    answer = await get(client, "/search?q=QWEN%208b")
    assert [info["id"] for info in answer["models"]] == ["qwen3:8b"]
    ranked = [info["id"] for info in (await get(client, "/search?q=qwen"))["models"]]
    assert ranked == ["qwen3:8b", "qwen3:30b", "other"]
    assert (await get(client, "/search?q=nothing-like-it"))["total"] == 0
    assert (await get(client, "/search?q=qwen&limit=1"))["total"] == 3


async def test_the_providers_say_what_would_make_a_server_of_them(client: AsyncClient) -> None:
    providers = {entry["name"]: entry for entry in (await get(client, "/providers"))["providers"]}
    assert providers["gemini"]["settings"] == ["GEMINI_API_KEY"]
    assert providers["gemini"]["servers"] == []
    assert providers["echo"]["servers"] == ["echo"]


async def test_health_is_told_for_each_server_in_its_full_shape(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await sync_to_async(add_server)("dead", script=Script(error=ProviderError("auth", "sk-secret")))
    answer = await get(client, "/providers/health")
    assert set(answer) == {"alpha", "dead", "echo"}
    assert set(answer["alpha"]) == HEALTH_FIELDS
    named = (answer["alpha"]["default_model"], answer["alpha"]["models_count"])
    assert named == ("one", 1)
    assert (answer["alpha"]["status"], answer["alpha"]["models_count"]) == ("healthy", 1)
    assert answer["dead"]["status"] == "unhealthy"
    assert "key" in answer["dead"]["error"]
    assert "sk-secret" not in answer["dead"]["error"]


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_hangs_holds_up_no_page(client: AsyncClient, add_server: AddServer) -> None:
    await sync_to_async(add_server)("hung", script=Script(hangs=True))
    await get(client, "")
    for path in ("", "/providers/health", "/servers", "/search?q=x", "/hung", "/loaded", "/providers"):
        assert await get(client, path)


async def test_servers_come_with_their_models_and_without_their_keys(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "one", key="sk-secret", headers="X-Token: hidden")
    response = await client.get("/api/models/servers")
    assert b"sk-secret" not in response.content
    assert b"hidden" not in response.content
    listed = {entry["name"]: entry for entry in json.loads(response.content)["servers"]}
    assert listed["alpha"]["base_url"] == "http://alpha.test"
    assert [info["id"] for info in listed["alpha"]["models"]] == ["one"]
    assert listed["alpha"]["stale"] is False
    assert set(listed["alpha"]["health"]) == HEALTH_FIELDS


async def test_a_server_is_found_by_its_configured_address(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    for url in ("http://alpha.test", "http://alpha.test/", "alpha.test"):
        assert (await get(client, f"/server/models?server_url={url}"))["name"] == "alpha"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://alpha.test.evil.test",
        "http://alpha.test@evil.test",
        "http://alpha.test:81",
        "https://alpha.test",
        "file:///etc/passwd",
        "",
        "http://[",
    ],
)
async def test_an_address_that_is_not_configured_is_not_found_and_not_asked(
    client: AsyncClient, add_server: AddServer, url: str
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await get(client, f"/server/models?server_url={url}&refresh=true", 404)
    assert set(FakeConnector.scripts) == {"http://alpha.test"}


async def test_models_come_by_server_by_provider_and_one_by_one(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "org/model:7b")
    await sync_to_async(add_server)("beta", "x")
    assert set((await get(client, "/alpha"))["models"]) == {"alpha"}
    assert set((await get(client, "/fake"))["models"]) == {"alpha", "beta"}
    assert (await get(client, "/gemini"))["total"] == 0
    assert (await get(client, "/alpha/org/model:7b"))["server"] == "alpha"
    assert (await get(client, "/fake/x"))["server"] == "beta"
    await get(client, "/nobody", 404)
    await get(client, "/alpha/none", 404)
    await get(client, "/nobody/none", 404)


async def test_a_model_that_the_list_lacks_is_asked_of_a_server_that_allows_it(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("closed", script=Script(["one"], more=["hidden"]))
    assert (await client.get("/api/models/closed/hidden")).status_code == 404
    await sync_to_async(add_server)("alpha", script=Script(["one"], more=["hidden"]), listed_only=False)
    hidden = await get(client, "/alpha/hidden")
    assert hidden["id"] == "hidden"
    assert hidden["metadata"]["params"] == (await get(client, "/alpha/one"))["metadata"]["params"]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (2_019_393_189, "2.0 GB"),
        (4_920_739_232, "4.9 GB"),
        (1_000_000_000, "1.0 GB"),
        (999_960_000, "1.0 GB"),
        (999_940_000, "999.9 MB"),
        (397_821_319, "397.8 MB"),
        (1_000_000, "1.0 MB"),
        (999_999, "1.0 MB"),
        (52_400, "52.4 kB"),
        (1_300_000_000_000, "1.3 TB"),
        (999_999_999_999, "1.0 TB"),
    ],
)
async def test_a_models_size_is_told_in_bytes_and_in_words(
    client: AsyncClient, add_server: AddServer, size: int, words: str
) -> None:
    info = ModelInfo("big", "Big", "fake", "alpha", size=size)
    await sync_to_async(add_server)("alpha", script=Script(infos=[info]))
    for told in (await get(client, ""))["models"]["alpha"][0], await get(client, "/alpha/big"):
        assert (told["size"], told["metadata"]["size_text"]) == (size, words)


async def test_a_model_whose_size_is_not_known_has_no_words_for_it(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    one = await get(client, "/alpha/one")
    assert one["size"] is None
    assert "size_text" not in one["metadata"]


async def test_people_see_the_models_that_are_for_them(
    client: AsyncClient, member: AsyncClient, add_server: AddServer
) -> None:
    server = await sync_to_async(add_server)("alpha", "free", "staff", "some")
    await Model.objects.acreate(server=server, model_id="staff", visibility="staff")
    some = await Model.objects.acreate(server=server, model_id="some", visibility="groups")
    await some.groups.aadd(await Group.objects.aget(name="writers"))
    assert {info["id"] for info in (await get(client, "/alpha"))["models"]["alpha"]} == {
        "free",
        "staff",
        "some",
    }
    assert {info["id"] for info in (await get(member, "/alpha"))["models"]["alpha"]} == {"free", "some"}
    await get(member, "/alpha/staff", 404)


@pytest_asyncio.fixture
async def ollama(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ollama]:
    monkeypatch.setattr(administration, "LOADED_FOR", 0.0)
    async with running(Ollama()) as server:
        await Server.objects.acreate(name="box", provider="ollama", base_url=server.url)
        yield server


async def test_what_ollama_holds_in_memory_is_told_and_a_dead_one_said(
    client: AsyncClient, ollama: Ollama
) -> None:
    ollama.loaded = ["qwen3:8b"]
    await Server.objects.acreate(name="gone", provider="ollama", base_url="http://127.0.0.1:9")
    answer = await get(client, "/loaded")
    assert [entry["model"] for entry in answer["loaded"]["box"]] == ["qwen3:8b"]
    assert answer["loaded"]["box"][0]["vram"] == 3000
    assert "gone" in answer["unavailable"]
    assert "gone" not in answer["loaded"]


async def test_a_model_is_taken_out_of_memory(client: AsyncClient, ollama: Ollama) -> None:
    ollama.loaded = ["qwen3:8b"]
    assert (await post(client, "/api/models/servers/box/unload", "qwen3:8b")).status_code == 204
    assert ollama.loaded == []
    missing = await post(client, "/api/models/servers/box/unload", "qwen3:8b")
    assert missing.status_code == 404
    assert json.loads(missing.content)["error"]["code"] == "model_not_found"
    assert (await post(client, "/api/models/servers/echo/unload", "qwen3:8b")).status_code == 404


async def test_a_download_is_followed_as_events(client: AsyncClient, ollama: Ollama) -> None:
    ollama.steps = [b'{"status":"pulling x","total":10,"completed":5}\n', b'{"status":"success"}\n']
    response = await post(client, "/api/models/servers/box/pull", "m")
    assert response["Content-Type"] == "text/event-stream"
    ollama.go.set()
    events = [json.loads(chunk.removeprefix(b"data: ")) async for chunk in response]
    assert events[0]["status"] == "starting"
    assert events[-1]["done"] is True
    assert {event["model"] for event in events} == {"m:latest"}


async def test_only_an_administrator_unloads_and_downloads(member: AsyncClient, ollama: Ollama) -> None:
    for response in (
        await post(member, "/api/models/servers/box/unload", "m"),
        await post(member, "/api/models/servers/box/pull", "m"),
        await member.delete("/api/models/servers/box/pull?model=m"),
    ):
        assert response.status_code == 403
        assert json.loads(response.content)["error"]["code"] == "forbidden"
    assert ollama.asked == []


async def test_a_group_is_listed_like_a_server(client: AsyncClient, add_server: AddServer) -> None:
    await sync_to_async(add_server)("one", "same", group="pool")
    await sync_to_async(add_server)("two", "same", "other", group="pool")
    assert [info["id"] for info in (await get(client, "/pool"))["models"]["pool"]] == ["same"]
    assert (await registry.resolve("pool/other")).server.name == "two"
