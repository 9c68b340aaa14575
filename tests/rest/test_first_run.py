"""The first run finds what answers on this machine by itself: nobody types an address or a key."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient
from pytest_django import Settings

from providers import connectors, registry
from providers.catalogue import discovery
from providers.connectors.declarations import LocalService
from tests.browser.ollama_server import OllamaServer
from tests.services.environment import NOTHING_THERE

MODEL = "qwen3:8b"


def look_for_ollama_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless Divan is told otherwise."""
    there = replace(connectors.PROVIDERS["ollama"], programs=(LocalService("ollama", "Ollama", url),))
    monkeypatch.setitem(connectors.PROVIDERS, "ollama", there)


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaServer]:
    with OllamaServer([MODEL]) as running:
        look_for_ollama_at(running.url, monkeypatch)
        yield running


@pytest.fixture
async def boss(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    """An administrator of a new server, who has set up nothing yet."""
    settings.AUTH_MODE, settings.OLLAMA_BASE_URL = "accounts", ""
    # On a busy machine none is passed over because it took long.
    for module, name in ((registry, "REFRESH_WAIT"), (discovery, "PATIENCE"), (discovery, "CONNECT")):
        monkeypatch.setattr(module, name, 20.0)
    registry.reset_registry()
    client = AsyncClient()
    await client.aforce_login(await User.objects.acreate(username="boss", is_staff=True))
    yield client
    await registry.aclose()
    registry.reset_registry()


async def post(client: AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(path, data=body, content_type="application/json")
    assert answer.status_code < 300, answer.content
    return json.loads(answer.content)


async def models_by_server(client: AsyncClient) -> dict[str, list[str]]:
    listed = json.loads((await client.get("/api/models?refresh=true")).content)["models"]
    return {server: [info["id"] for info in models] for server, models in listed.items()}


async def found_here(client: AsyncClient) -> dict[str, Any]:
    found = (await post(client, "/api/services/discover", {}))["found"]
    return {one["service"]: one for one in found}


async def test_a_running_ollama_is_found_by_itself_and_one_press_has_its_models_answer(
    boss: AsyncClient, ollama: OllamaServer
) -> None:
    assert not any(MODEL in models for models in (await models_by_server(boss)).values())
    one = (await found_here(boss))["ollama"]
    assert (one["label"], one["models_count"], one["needs_key"], one["server"]) == ("Ollama", 1, False, None)
    added = await post(boss, "/api/servers", {"service": one["service"], "base_url": one["base_url"]})
    assert MODEL in (await models_by_server(boss))[added["name"]]
    said = await post(
        boss,
        "/v1/chat/completions",
        {"model": f"{added['name']}/{MODEL}", "messages": [{"role": "user", "content": "Hello"}]},
    )
    assert said["choices"][0]["message"]["content"] == "At your service."
    assert (await found_here(boss))["ollama"]["server"] == added["name"]


async def test_an_ollama_at_its_usual_address_is_there_without_any_press(
    boss: AsyncClient, ollama: OllamaServer, settings: Settings
) -> None:
    settings.OLLAMA_BASE_URL = ollama.url
    registry.reset_registry()
    assert MODEL in (await models_by_server(boss))["ollama"]


async def test_where_none_runs_none_is_found(boss: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    look_for_ollama_at(NOTHING_THERE, monkeypatch)
    assert "ollama" not in await found_here(boss)
