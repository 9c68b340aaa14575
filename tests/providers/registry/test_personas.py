import json
from base64 import b64encode
from typing import Any

import pytest
from django.test import AsyncClient

from providers.models import Persona

UNREADABLE = 422
"""What ninja gives by itself; the composed API turns it into a sentence with 400."""
PIRATE = {
    "name": "Pirate",
    "picture": "🏴‍☠️",
    "model": "ollama/qwen3:8b",
    "system_prompt": "Speak like a pirate.",
    "params": {"temperature": 1.2, "thinking": "off", "json": False},
}


async def call(client: AsyncClient, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    data = "" if body is None else json.dumps(body)
    response = await client.generic(
        method, f"/api/models/personas{path}", data=data, content_type="application/json"
    )
    assert response.status_code == status, response.content
    return json.loads(response.content) if response.content else None


async def test_a_persona_is_made_changed_and_removed(client: AsyncClient) -> None:
    made = await call(client, "POST", "", PIRATE, 201)
    assert made["mine"] is True
    assert made["params"] == PIRATE["params"]
    changed = await call(client, "PATCH", f"/{made['id']}", {"name": "Captain"})
    assert (changed["name"], changed["system_prompt"]) == ("Captain", PIRATE["system_prompt"])
    assert [one["name"] for one in (await call(client, "GET", ""))["personas"]] == ["Captain"]
    await call(client, "DELETE", f"/{made['id']}", status=204)
    await call(client, "GET", f"/{made['id']}", status=404)
    await call(client, "DELETE", f"/{made['id']}", status=404)


async def test_a_persona_is_its_owners_alone_until_it_is_shared(
    client: AsyncClient, member: AsyncClient
) -> None:
    made = await call(client, "POST", "", PIRATE, 201)
    path = f"/{made['id']}"
    await call(member, "GET", path, status=404)
    assert (await call(member, "GET", ""))["personas"] == []
    await call(client, "PATCH", path, {"shared": True})
    seen = await call(member, "GET", path)
    assert (seen["mine"], seen["owner"], seen["system_prompt"]) == (False, "boss", PIRATE["system_prompt"])
    await call(member, "PATCH", path, {"name": "Mine now"}, 404)
    await call(member, "DELETE", path, status=404)
    assert (await Persona.objects.aget()).name == "Pirate"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "nul\x00"},
        {"model": "no-slash"},
        {"params": {"bogus": 1}},
        {"params": {"temperature": 3}},
        {"params": {"temperature": "hot"}},
        {"params": {"top_k": 0}},
        {"params": {"max_tokens": True}},
        {"params": {"thinking": "very"}},
        {"params": {"json": 1}},
    ],
)
async def test_a_mistake_is_refused_in_words_and_nothing_is_kept(
    client: AsyncClient, wrong: dict[str, Any]
) -> None:
    answer = await call(client, "POST", "", PIRATE | wrong, 400)
    assert answer["error"]["code"] == "invalid"
    assert next(iter(wrong)) in answer["error"]["message"]
    assert await Persona.objects.acount() == 0


PNG = "data:image/png;base64," + b64encode(b"\x89PNG\r\n\x1a\n and the rest").decode()
PAGE = "data:image/png;base64," + b64encode(b"<svg onload=alert(1)>").decode()


@pytest.mark.parametrize("picture", ["🏴‍☠️", "", PNG])
async def test_a_picture_is_an_emoji_or_a_small_image(client: AsyncClient, picture: str) -> None:
    made = await call(client, "POST", "", PIRATE | {"picture": picture}, 201)
    assert made["picture"] == picture


@pytest.mark.parametrize(
    "picture",
    [
        PAGE,
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:text/html,<script>",
        "https://example.com/spy.png" * 3,
    ],
)
async def test_what_only_claims_to_be_a_picture_is_refused(client: AsyncClient, picture: str) -> None:
    await call(client, "POST", "", PIRATE | {"picture": picture}, 400)
    assert await Persona.objects.acount() == 0


async def test_what_a_lane_calls_system_is_a_personas_system_prompt(client: AsyncClient) -> None:
    made = await call(client, "POST", "", {"name": "Brief", "system": "Be brief."}, 201)
    assert made["system_prompt"] == "Be brief."
    changed = await call(client, "PATCH", f"/{made['id']}", {"system": "Be very brief."})
    assert changed["system_prompt"] == "Be very brief."
    both = {"system": "One thing.", "system_prompt": "Another."}
    refused = await call(client, "PATCH", f"/{made['id']}", both, 400)
    assert "same field" in refused["error"]["message"]
    assert (await Persona.objects.aget()).system_prompt == "Be very brief."


@pytest.mark.parametrize("name", ["prompt", "instructions", "sytem_prompt", "id", "owner"])
async def test_a_field_that_a_persona_has_not_is_refused_by_its_name(client: AsyncClient, name: str) -> None:
    refused = await call(client, "POST", "", {"name": "Brief", name: "Be brief."}, UNREADABLE)
    assert name in json.dumps(refused)
    assert not await Persona.objects.aexists()
