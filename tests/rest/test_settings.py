"""What an administrator sets of documents and of web search, from the page."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.rest.conftest import Client
from tests.rest.test_owners import someone
from tests.services.server import Divan
from tests.upstreams.search import KEY, SearchServices, running_search_services

DOCUMENTS, SEARCH = "/api/settings/documents", "/api/settings/search"
OURS = {"from_environment": True}


@pytest.fixture
async def services() -> AsyncIterator[SearchServices]:
    async with running_search_services() as running:
        yield running


@pytest.fixture
async def clean(call: Client) -> AsyncIterator[Client]:
    await take_from_environment(call)
    yield call
    await take_from_environment(call)


async def take_from_environment(call: Client) -> None:
    """Other tests share the server."""
    for path in (DOCUMENTS, SEARCH):
        assert (await call("PATCH", path, OURS)).body["follows_environment"] is True


async def tool(call: Client) -> dict[str, Any]:
    tools = (await call("GET", "/api/tools")).body["tools"]
    return next(row for row in tools if row["name"] == "web_search")


async def test_what_is_set_of_documents_stands_before_the_environment_until_that_is_taken_again(
    clean: Client,
) -> None:
    usual = (await clean("GET", DOCUMENTS)).body
    assert usual == {
        "embedding_model": "",
        "passages": 12,
        "budget_tokens": 3000,
        "passage_size": 1200,
        "reading_model": "",
        "follows_environment": True,
        "vectors_complete": True,
    }
    changed = await clean("PATCH", DOCUMENTS, {"passages": 5, "reading_model": "openai/large"})
    assert changed.status == 200
    wanted = {**usual, "passages": 5, "reading_model": "openai/large", "follows_environment": False}
    assert changed.body == wanted == (await clean("GET", DOCUMENTS)).body
    assert (await clean("PATCH", DOCUMENTS, {"passages": None})).body["passages"] == 12
    assert (await clean("PATCH", DOCUMENTS, OURS)).body == usual


@pytest.mark.parametrize(
    "change",
    [
        *[{"passages": number} for number in (0, 101, 1.5, "5")],
        *[{"budget_tokens": number} for number in (199, 200_001)],
        *[{"passage_size": number} for number in (199, 20_001)],
        *[{name: ref} for name in ("embedding_model", "reading_model") for ref in ("x", "a/", "/b", "no/m")],
        {"embedding_model": "openai/a\0b"},
        {"pasages": 5},
    ],
)
async def test_what_makes_no_sense_for_documents_is_refused_and_nothing_is_changed(
    clean: Client, change: dict[str, Any]
) -> None:
    before = (await clean("GET", DOCUMENTS)).body
    refused = await clean("PATCH", DOCUMENTS, {"passages": 7, **change})
    assert (refused.status, refused.body["error"]["code"]) == (400, "invalid")
    assert (await clean("GET", DOCUMENTS)).body == before


async def test_an_embedding_model_is_tried_before_it_is_chosen(clean: Client) -> None:
    tried = await clean("POST", f"{DOCUMENTS}/check", {"embedding_model": "ollama/bge-m3"})
    assert tried.status == 200
    assert (tried.body["ok"], tried.body["error"]) == (True, None)
    assert tried.body["dimensions"] > 1
    assert (await clean("GET", DOCUMENTS)).body["embedding_model"] == ""
    for ref in ("nowhere/model", "echo/echo", "x"):
        failed = await clean("POST", f"{DOCUMENTS}/check", {"embedding_model": ref})
        assert (failed.status, failed.body["ok"]) == (200, False)
        assert failed.body["error"]


async def test_a_search_service_is_tried_chosen_and_used_at_once(
    clean: Client, services: SearchServices
) -> None:
    usual = (await clean("GET", SEARCH)).body
    assert (usual["service"], usual["has_key"], usual["follows_environment"]) == ("", False, True)
    assert usual["missing"] == (await tool(clean))["reason"]
    assert [one["id"] for one in usual["services"]] == ["searxng", "brave", "tavily", "ddgs"]
    typed = {"service": "brave", "address": f"{services.url}/brave", "key": KEY}
    tried = await clean("POST", f"{SEARCH}/check", typed)
    assert tried.body == {"ok": True, "results": 2, "error": None}
    assert (await clean("GET", SEARCH)).body == usual, "a try keeps nothing"
    kept = (await clean("PATCH", SEARCH, typed)).body
    assert (kept["service"], kept["has_key"], kept["missing"]) == ("brave", True, None)
    assert (await tool(clean))["available"] is True
    assert (await clean("POST", f"{SEARCH}/check", {})).body["results"] == 2
    assert (await clean("PATCH", SEARCH, OURS)).body == usual


async def test_a_failing_search_says_what_to_mend(clean: Client, services: SearchServices) -> None:
    wrong = {"service": "brave", "address": f"{services.url}/brave", "key": "no-key"}
    assert "does not accept the key" in (await clean("POST", f"{SEARCH}/check", wrong)).body["error"]
    for given, said in (
        ({}, "No search service is set up"),
        ({"service": "searxng"}, "address of your SearXNG"),
        ({"service": "tavily"}, "needs a key"),
        ({"service": "searxng", "address": services.url}, "404"),
        ({"service": "searxng", "address": "http://127.0.0.1:9"}, "cannot be reached"),
    ):
        answer = await clean("POST", f"{SEARCH}/check", given)
        assert answer.body["ok"] is False
        assert said in answer.body["error"]


@pytest.mark.parametrize(
    ("change", "has_key"),
    [
        ({}, True),
        ({"key": "another"}, True),
        ({"key": None}, False),
        ({"key": ""}, False),
        ({"service": "tavily"}, False),
        ({"address": "http://127.0.0.1:9"}, False),
        ({"address": "http://127.0.0.1:9", "key": "its-own"}, True),
        ({"service": "tavily", "key": "its-own"}, True),
    ],
)
async def test_a_search_key_stays_until_it_is_removed_or_belongs_to_another_place(
    clean: Client, services: SearchServices, change: dict[str, Any], has_key: bool
) -> None:
    await clean("PATCH", SEARCH, {"service": "brave", "address": f"{services.url}/brave", "key": KEY})
    tried = await clean("POST", f"{SEARCH}/check", change)
    changed = await clean("PATCH", SEARCH, change)
    assert changed.body["has_key"] is has_key
    assert KEY not in json.dumps([tried.body, changed.body])
    sent = [asked for asked in services.asked if KEY in str(asked.headers)]
    assert {asked.path for asked in sent} <= {"/brave/res/v1/web/search"}


@pytest.mark.parametrize(
    "change",
    [
        {"service": "bing"},
        {"service": "brave", "key": "two words"},
        {"service": "brave", "key": "line\nbreak"},
        {"service": "searxng", "address": "ftp://search.lan"},
        {"service": "searxng", "address": "http://user:secret@search.lan"},
        {"service": "searxng", "address": "http://search.lan/?key=secret"},
    ],
)
async def test_what_makes_no_sense_for_search_is_refused_and_nothing_is_kept(
    clean: Client, change: dict[str, Any]
) -> None:
    for method, path in (("POST", f"{SEARCH}/check"), ("PATCH", SEARCH)):
        refused = await clean(method, path, change)
        assert (refused.status, refused.body["error"]["code"]) == (400, "invalid")
        assert "secret" not in json.dumps(refused.body)
    assert (await clean("GET", SEARCH)).body["service"] == ""


async def test_nobody_but_an_administrator_sees_or_changes_these_settings(divan: Divan) -> None:
    tries: dict[str, dict[str, Any]] = {DOCUMENTS: {"embedding_model": "ollama/bge-m3"}, SEARCH: {}}
    async with someone(divan, "carl") as carl:
        for path, tried in tries.items():
            asked: Any = (("GET", path, None), ("PATCH", path, {}), ("POST", f"{path}/check", tried))
            assert [(await carl(*one)).status for one in asked] == [403] * 3
