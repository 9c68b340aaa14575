"""Servers and what is set for their models, as an administrator keeps them from the page."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.rest.conftest import Client
from tests.rest.test_owners import someone
from tests.services.model_list import KEY, ModelList, listing_models
from tests.services.server import Divan

SERVERS, CHECK, SERVICES = "/api/servers", "/api/services/check", "/api/services"


@pytest.fixture
async def listed() -> AsyncIterator[ModelList]:
    async with listing_models("small", "maker/large:7b") as running:
        yield running


@pytest.fixture
async def clean(call: Client) -> AsyncIterator[Client]:
    """Leaves the servers that were there."""
    before = {row["name"]: row["enabled"] for row in (await call("GET", SERVERS)).body["servers"]}
    yield call
    for row in (await call("GET", SERVERS)).body["servers"]:
        if row["name"] not in before:
            await call("DELETE", f"{SERVERS}/{row['name']}")
        elif row["enabled"] != before[row["name"]]:
            await call("PATCH", f"{SERVERS}/{row['name']}", {"enabled": before[row["name"]]})


def new(listed: ModelList, **more: Any) -> dict[str, Any]:
    return {"name": "new", "provider": "openai", "base_url": f"{listed.url}/v1", "key": KEY, **more}


async def models_of(call: Client, server: str) -> list[str]:
    lists = (await call("GET", "/api/models")).body["models"]
    return [info["id"] for info in lists.get(server, [])]


async def test_a_server_is_tried_added_checked_and_its_models_appear(
    clean: Client, listed: ModelList
) -> None:
    tried = await clean("POST", CHECK, {name: value for name, value in new(listed).items() if name != "name"})
    assert (tried.status, tried.body["ok"], tried.body["error"]) == (200, True, None)
    assert [info["id"] for info in tried.body["models"]] == ["small", "maker/large:7b"]
    assert "new" not in [row["name"] for row in (await clean("GET", SERVERS)).body["servers"]]
    made = await clean("POST", SERVERS, new(listed))
    assert made.status == 201
    assert (made.body["name"], made.body["has_key"], made.body["in_environment"]) == ("new", True, False)
    checked = await clean("POST", f"{SERVERS}/new/check")
    assert checked.body["ok"] is True
    assert await models_of(clean, "new") == ["small", "maker/large:7b"]
    seen = (await clean("GET", f"{SERVERS}/new")).body
    assert (seen["status"], seen["models_count"], seen["error"]) == ("healthy", 2, None)


async def test_a_key_and_the_values_of_headers_never_come_out(clean: Client, listed: ModelList) -> None:
    secret = {"key": "sk-right", "headers": {"X-Team": "blue-whale"}}
    said = [
        await clean("POST", SERVERS, new(listed, **secret)),
        await clean("GET", SERVERS),
        await clean("GET", f"{SERVERS}/new"),
        await clean("PATCH", f"{SERVERS}/new", {"order": 7, **secret}),
        await clean("POST", f"{SERVERS}/new/check"),
        await clean("POST", CHECK, {"provider": "openai", "base_url": listed.url, **secret}),
        await clean("GET", f"{SERVERS}/new/models"),
        await clean("PATCH", f"{SERVERS}/new", {"key": "sk-right x", "headers": {"X": "blue-whale\n"}}),
    ]
    text = json.dumps([answer.body for answer in said])
    assert "sk-right" not in text
    assert "blue-whale" not in text
    assert said[2].body["header_names"] == ["X-Team"]


@pytest.mark.parametrize(
    ("change", "has_key"),
    [
        ({"order": 3}, True),
        ({"max_concurrent": 2, "requests_per_minute": 30}, True),
        ({"key": "another"}, True),
        ({"key": None}, False),
        ({"key": ""}, False),
        ({"base_url": "http://127.0.0.1:9/v1"}, False),
        ({"base_url": "http://127.0.0.1:9/v1", "key": "its-own"}, True),
    ],
)
async def test_a_key_stays_until_it_is_removed_or_the_address_changes(
    clean: Client, listed: ModelList, change: dict[str, Any], has_key: bool
) -> None:
    await clean("POST", SERVERS, new(listed))
    changed = await clean("PATCH", f"{SERVERS}/new", change)
    assert changed.status == 200
    assert changed.body["has_key"] is has_key
    assert {name: changed.body[name] for name in change if name not in ("key",)} == {
        name: value for name, value in change.items() if name != "key"
    }


@pytest.mark.parametrize(
    ("typed", "served", "code", "fault", "elsewhere"),
    [
        ({"key": "sk-wrong"}, {}, "auth", "key", None),
        ({"key": None}, {}, "auth", "key", None),
        ({"base_url": "{url}/v9"}, {}, "model_not_found", "address", ("openai", "{url}/v1")),
        (
            {"provider": "ollama", "base_url": "{url}"},
            {},
            "model_not_found",
            "address",
            ("openai", "{url}/v1"),
        ),
        (
            {"base_url": "{url}/v1", "key": None},
            {"path": "/api/tags", "key": ""},
            "model_not_found",
            "address",
            ("ollama", "{url}"),
        ),
        ({"base_url": "http://127.0.0.1:9/v1"}, {}, "unreachable", "address", None),
        ({"base_url": "{tls}/v1"}, {"key": ""}, "unreachable", "address", ("openai", "{url}/v1")),
        ({}, {"status": 503}, "overloaded", "server", None),
        ({}, {"status": 500}, "server_error", "server", None),
        ({}, {"status": 402}, "quota", "account", None),
    ],
)
async def test_a_check_that_fails_says_what_to_look_at_and_where_it_answers(
    clean: Client,
    typed: dict[str, Any],
    served: dict[str, Any],
    code: str,
    fault: str,
    elsewhere: tuple[str, str] | None,
) -> None:
    async with listing_models("small", **served) as running:
        where = {"url": running.url, "tls": running.url.replace("http:", "https:")}
        body = {"provider": "openai", "base_url": "{url}/v1", "key": KEY, **typed}
        body["base_url"] = body["base_url"].format(**where)
        answer = await clean("POST", CHECK, body)
        assert (answer.status, answer.body["ok"]) == (200, False)
        error = answer.body["error"]
        assert (error["code"], error["fault"]) == (code, fault)
        assert error["message"]
        place = elsewhere and {"provider": elsewhere[0], "base_url": elsewhere[1].format(**where)}
        assert answer.body["elsewhere"] == place
        if place:
            there = await clean("POST", CHECK, {**place, "key": KEY})
            assert there.body["ok"] is True


async def test_a_key_is_tried_at_no_other_machine_and_not_without_tls(clean: Client) -> None:
    async with listing_models("small", key="") as running:
        typed = {"provider": "openai", "base_url": running.url.replace("http:", "https:"), "key": KEY}
        await clean("POST", CHECK, typed)
        assert running.asked
        assert {key for _path, key in running.asked} == {""}


async def test_a_server_without_models_answers_and_says_what_to_do(clean: Client) -> None:
    async with listing_models(path="/api/tags", key="") as running:
        answer = await clean("POST", CHECK, {"provider": "ollama", "base_url": running.url})
        assert (answer.body["ok"], answer.body["models"]) == (True, [])
        assert "ollama pull" in answer.body["advice"]


async def test_a_kept_key_is_tried_at_its_own_address_alone(clean: Client, listed: ModelList) -> None:
    await clean("POST", SERVERS, new(listed))
    kept = {"server": "new", "provider": "openai"}
    assert (await clean("POST", CHECK, {**kept, "base_url": f"{listed.url}/v1"})).body["ok"] is True
    async with listing_models("small") as other:
        tried = await clean("POST", CHECK, {**kept, "base_url": f"{other.url}/v1"})
        assert tried.body["error"]["code"] == "auth"
        assert {key for _path, key in other.asked} == {""}


async def test_a_service_is_chosen_by_its_id_and_a_second_one_gets_a_name_of_its_own(clean: Client) -> None:
    known = {one["id"]: one for one in (await clean("GET", SERVICES)).body["services"]}
    assert {"gemini", "hf", "anthropic", "openai", "openrouter", "together", "groq", "mistral"} <= set(known)
    assert {"cohere", "ollama", "vllm", "llama-cpp", "lm-studio", "server"} <= set(known)
    assert known["groq"]["key_page"].startswith("https://")
    assert (known["lm-studio"]["local"], known["server"]["needs_address"]) == (True, True)
    first = await clean("POST", SERVERS, {"service": "groq", "key": "k1", "enabled": False})
    second = await clean("POST", SERVERS, {"service": "groq", "key": "k2", "enabled": False})
    assert [first.body["name"], second.body["name"]] == ["groq", "groq-2"]
    assert {first.body["service"], second.body["service"]} == {"groq"}
    assert first.body["base_url"] == known["groq"]["base_url"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"service": "nothing"}, 400),
        ({"name": "x"}, 400),
        ({"name": "x", "provider": "openai"}, 400),
        ({"name": "x", "provider": "nobody", "base_url": "http://h/v1"}, 400),
        ({"name": "No Spaces", "provider": "ollama"}, 400),
        ({"name": "a/b", "provider": "ollama"}, 400),
        ({"name": "search", "provider": "ollama"}, 400),
        ({"name": "x", "provider": "openai", "base_url": "ftp://h"}, 400),
        ({"name": "x", "provider": "openai", "base_url": "http://me:secret@h/v1"}, 400),
        ({"name": "x", "provider": "openai", "base_url": "http://h/v1?key=1"}, 400),
        ({"name": "x", "provider": "ollama", "key": "two words"}, 400),
        ({"name": "x", "provider": "ollama", "headers": {"Bad Name": "x"}}, 400),
        ({"name": "x", "provider": "ollama", "headers": {"X": "a\nHost: b"}}, 400),
        ({"name": "x", "provider": "ollama", "max_concurrent": 0}, 400),
        ({"name": "x", "provider": "ollama", "connect_timeout": 0}, 400),
        ({"name": "x", "provider": "ollama", "unknown": 1}, 400),
        ({"name": "x", "provider": "ollama", "group": "a\0b"}, 400),
        ({"name": "echo", "provider": "ollama"}, 409),
    ],
    ids=str,
)
async def test_what_no_server_can_be_is_refused_and_nothing_is_kept(
    clean: Client, body: dict[str, Any], status: int
) -> None:
    before = (await clean("GET", SERVERS)).body
    answer = await clean("POST", SERVERS, body)
    assert answer.status == status, answer.body
    assert answer.body["error"]["message"]
    assert (await clean("GET", SERVERS)).body == before


async def test_a_server_that_is_switched_off_is_offered_no_more_and_is_still_there(
    clean: Client, listed: ModelList
) -> None:
    await clean("POST", SERVERS, new(listed))
    await clean("POST", f"{SERVERS}/new/check")
    assert await models_of(clean, "new")
    assert (await clean("PATCH", f"{SERVERS}/new", {"enabled": False})).body["enabled"] is False
    assert await models_of(clean, "new") == []
    assert (await clean("GET", f"{SERVERS}/new")).status == 200
    assert (await clean("POST", f"{SERVERS}/new/check")).body["ok"] is True
    assert (await clean("DELETE", f"{SERVERS}/new")).status == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/check"), ("GET", "/models")):
        assert (await clean(method, f"{SERVERS}/new{path}")).status == 404, path


async def test_an_edited_server_of_the_environment_takes_its_values_again(clean: Client) -> None:
    row = (await clean("GET", f"{SERVERS}/openai")).body
    assert (row["in_environment"], row["follows_environment"]) == (True, True)
    edited = await clean("PATCH", f"{SERVERS}/openai", {"base_url": "http://127.0.0.1:9/v1"})
    assert (edited.body["follows_environment"], edited.body["has_key"]) == (False, False)
    again = await clean("PATCH", f"{SERVERS}/openai", {"from_environment": True})
    same = ("base_url", "has_key", "follows_environment", "enabled")
    assert {name: again.body[name] for name in same} == {name: row[name] for name in same}


async def test_a_model_is_renamed_priced_hidden_and_as_its_service_has_it_again(
    clean: Client, listed: ModelList
) -> None:
    await clean("POST", SERVERS, new(listed))
    await clean("POST", f"{SERVERS}/new/check")
    one = f"{SERVERS}/new/models/maker/large:7b"
    wanted = {"name": "Large", "context_length": 4096, "price_input": 1.5, "price_output": 6}
    changed = await clean("PATCH", one, wanted)
    assert changed.status == 200
    assert {name: changed.body[name] for name in wanted} == wanted
    told = (await clean("GET", "/api/models/new/maker/large:7b")).body
    assert (told["name"], told["context_length"]) == ("Large", 4096)
    assert told["pricing"] == {"input": 1.5, "output": 6}
    assert (await clean("PATCH", one, {"enabled": False})).body["name"] == "Large"
    assert await models_of(clean, "new") == ["small"]
    rows = {row["id"]: row for row in (await clean("GET", f"{SERVERS}/new/models")).body["models"]}
    assert (rows["maker/large:7b"]["listed"], rows["maker/large:7b"]["set"]["enabled"]) == (True, False)
    assert rows["small"]["set"] is None
    assert (await clean("DELETE", one)).status == 204
    assert (await clean("GET", "/api/models/new/maker/large:7b")).body["name"] == "large:7b"
    assert await models_of(clean, "new") == ["small", "maker/large:7b"]


@pytest.mark.parametrize(
    "change",
    [
        {"price_input": 1},
        {"price_input": -1, "price_output": 1},
        {"context_length": 1},
        {"visibility": "nobody"},
        {"groups": ["no such group"]},
        {"capabilities": ["flying"]},
        {"name": "x" * 201},
        {"server": "echo"},
        {"name": "a\0b"},
    ],
    ids=str,
)
async def test_what_no_model_can_be_is_refused(clean: Client, change: dict[str, Any]) -> None:
    answer = await clean("PATCH", f"{SERVERS}/echo/models/echo", change)
    assert answer.status == 400
    assert answer.body["error"]["message"]


async def test_a_server_is_for_those_whom_an_administrator_names(
    divan: Divan, clean: Client, listed: ModelList
) -> None:
    divan.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import Group, User;"
        "User.objects.get_or_create(username='carol')[0].groups.add(Group.objects.get_or_create(name='lab')[0])",
    )
    made = await clean("POST", SERVERS, new(listed, visibility="groups", groups=["lab"]))
    assert (made.status, made.body["visibility"], made.body["groups"]) == (201, "groups", ["lab"])
    await clean("POST", f"{SERVERS}/new/check")
    listed.status = 400
    assert "lab" in (await clean("GET", SERVERS)).body["groups"]
    async with someone(divan, "bob") as bob, someone(divan, "carol") as carol:
        assert await reached(clean) == await reached(carol) == dict.fromkeys(REACHED_BY, True)
        assert await reached(bob) == dict.fromkeys(REACHED_BY, False)
        only = await clean("PATCH", f"{SERVERS}/new", {"visibility": "staff", "groups": None})
        assert (only.body["visibility"], only.body["groups"]) == ("staff", [])
        assert await reached(carol) == dict.fromkeys(REACHED_BY, False)
        assert await reached(clean) == dict.fromkeys(REACHED_BY, True)
        open_to_all = await clean("PATCH", f"{SERVERS}/new", {"visibility": None})
        assert open_to_all.body["visibility"] == "everyone"
        assert await reached(bob) == dict.fromkeys(REACHED_BY, True)
    refused = await clean("PATCH", f"{SERVERS}/new", {"visibility": "groups", "groups": ["nobody knows"]})
    assert refused.status == 400
    assert (await clean("GET", f"{SERVERS}/new")).body["visibility"] == "everyone"


REACHED_BY = (
    *("list", "health", "/v1/models", "/v1/chat", "/v1/embeddings"),
    *("lanes", "send", "auto", "dialogue"),
)


async def reached(call: Client) -> dict[str, bool]:
    """Whether a person comes to the models of `new`, by the way they try. The server refuses every question,
    which is another failure than that it is not there."""
    ref = "new/small"
    lanes = [{"model": ref}]
    said = {"messages": [{"role": "user", "content": "hello"}]}
    asked = await call("POST", "/v1/chat/completions", {"model": ref, **said})
    vectors = await call("POST", "/v1/embeddings", {"model": ref, "input": "hello"})
    made = await call("POST", "/api/conversations", {"lanes": lanes})
    sent = await call("POST", "/api/chat/commands", {"type": "send", "text": "hello", "lanes": lanes})
    named = {"lanes": [{"id": "free", "model": "auto/auto"}], "choices": {"free": ref}}
    overruled = await call("POST", "/api/chat/commands", {"type": "send", "text": "hello", **named})
    two = [{"name": name, "model": ref} for name in ("Ada", "Grace")]
    talk = {"type": "dialogue", "opening": "Tea?", "participants": two, "limits": {"turns": 2}}
    held = await call("POST", "/api/chat/commands", talk)
    return {
        "list": bool(await models_of(call, "new")),
        "health": "new" in (await call("GET", "/api/models/providers/health")).body,
        "/v1/models": ref in [one["id"] for one in (await call("GET", "/v1/models")).body["data"]],
        "/v1/chat": asked.status != 404,
        "/v1/embeddings": vectors.status != 404,
        "lanes": made.status != 404,
        "send": sent.status != 404,
        "auto": overruled.status != 404,
        "dialogue": held.status != 404,
    }


async def test_all_of_it_is_the_administrators_alone(divan: Divan, call: Client, listed: ModelList) -> None:
    paths = [
        ("GET", SERVERS, None),
        ("POST", SERVERS, new(listed)),
        *((method, f"{SERVERS}/echo", body) for method, body in (("GET", None), ("DELETE", None))),
        ("PATCH", f"{SERVERS}/echo", {"enabled": False}),
        ("GET", f"{SERVERS}/nobody-knows", None),
        ("POST", f"{SERVERS}/echo/check", None),
        ("GET", f"{SERVERS}/echo/models", None),
        ("PATCH", f"{SERVERS}/echo/models/echo", {"enabled": False}),
        ("DELETE", f"{SERVERS}/echo/models/echo", None),
        ("GET", SERVICES, None),
        ("POST", f"{SERVICES}/discover", None),
        ("POST", CHECK, {"provider": "openai", "base_url": listed.url, "key": KEY}),
    ]
    async with someone(divan, "bob") as bob, aiohttp.ClientSession(divan.url) as http:
        nobody = Client(http)
        for method, path, body in paths:
            refused = await bob(method, path, body)
            assert (refused.status, refused.body["error"]["code"]) == (403, "forbidden"), (method, path)
            assert (await nobody(method, path, body)).status == 401, (method, path)
    assert listed.asked == []
    assert (await call("GET", f"{SERVERS}/echo")).body["enabled"] is True
