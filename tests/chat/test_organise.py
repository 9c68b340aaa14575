"""Folders, tags, many conversations at once, the trash and search, over REST on a real server."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.chat.test_rest import made, session
from tests.services.server import Divan
from tests.services.wire import wire

ABSENT = "20260101-000000-aaaaaaaa"


@pytest.fixture
async def http(standing: Divan) -> AsyncIterator[aiohttp.ClientSession]:
    async with session(standing) as opened:
        yield opened


async def ask(http: aiohttp.ClientSession, method: str, path: str, **body: Any) -> Any:
    async with http.request(method, f"/api/conversations{path}", json=body or None) as answer:
        assert answer.status < 400, await answer.text()
        return await answer.json() if answer.status != 204 else None


async def titles(http: aiohttp.ClientSession, query: str) -> list[str]:
    return [row["title"] for row in (await ask(http, "GET", f"?{query}"))["conversations"]]


async def test_many_are_changed_at_once_and_the_rest_is_named(http: aiohttp.ClientSession) -> None:
    one, two = [(await made(http, title=f"Gather {n}"))["id"] for n in (1, 2)]
    change = {"folder": "Gathered", "pinned": True, "add_tags": ["a", "b"]}
    outcome = await ask(http, "POST", "/bulk", ids=[one, ABSENT, two], change=change)
    assert outcome["done"] == [one, two]
    assert list(outcome["failed"]) == [ABSENT]
    change = {"remove_tags": ["a"], "add_tags": ["c"]}
    await ask(http, "POST", "/bulk", ids=[one], change=change)
    row = await ask(http, "GET", f"/{one}")
    assert (row["folder"], row["pinned"], row["tags"]) == ("Gathered", True, ["b", "c"])
    assert await titles(http, "folder=Gathered") == ["Gather 2", "Gather 1"]
    assert await titles(http, "folder=Gathered&tag=a") == ["Gather 2"]
    assert "Gather 1" not in await titles(http, "folder=")
    labels = await ask(http, "GET", "/labels")
    assert {"name": "Gathered", "count": 2} in labels["folders"]
    assert {"name": "b", "count": 2} in labels["tags"]


async def test_a_folder_is_renamed_and_dissolved_with_all_it_holds(http: aiohttp.ClientSession) -> None:
    ids = [(await made(http, title=f"Filed {n}"))["id"] for n in (1, 2)]
    await ask(http, "POST", "/bulk", ids=ids, change={"folder": "Before"})
    renamed = await ask(http, "POST", "/bulk", all_in="Before", change={"folder": "After"})
    assert sorted(renamed["done"]) == sorted(ids)
    assert await titles(http, "folder=Before") == []
    assert len(await titles(http, "folder=After")) == 2
    await ask(http, "POST", "/bulk", all_in="After", change={"folder": None})
    names = [label["name"] for label in (await ask(http, "GET", "/labels"))["folders"]]
    assert "After" not in names


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": [ABSENT], "all_in": "x"}, {"ids": ["../x"]}])
async def test_a_choice_that_is_none_is_refused(http: aiohttp.ClientSession, body: dict[str, Any]) -> None:
    async with http.post("/api/conversations/bulk", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]["code"] == "invalid"


async def test_the_trash_is_listed_restored_and_emptied(http: aiohttp.ClientSession) -> None:
    kept, gone = [(await made(http, title=title))["id"] for title in ("Kept", "Gone")]
    await ask(http, "POST", "/bulk", ids=[kept, gone], action="trash")
    thrown = (await ask(http, "GET", "/trash"))["conversations"]
    assert {one["title"] for one in thrown} >= {"Kept", "Gone"}
    assert all(one["purged"] > one["deleted"] for one in thrown)
    await ask(http, "POST", "/bulk", ids=[kept], action="restore")
    assert (await ask(http, "GET", f"/{kept}"))["title"] == "Kept"
    await ask(http, "DELETE", f"/trash/{gone}")
    again = await ask(http, "POST", "/bulk", ids=[gone], action="restore")
    assert list(again["failed"]) == [gone]
    async with http.delete(f"/api/conversations/trash/{kept}") as answer:
        assert answer.status == 404
    await ask(http, "POST", "/bulk", ids=[kept], action="trash")
    await ask(http, "DELETE", "/trash")
    assert (await ask(http, "GET", "/trash"))["conversations"] == []


async def test_search_gives_the_message_the_words_around_it_and_its_conversation(
    http: aiohttp.ClientSession,
) -> None:
    row = await made(http, title="Kuşlar", lanes=[{"model": "echo/echo"}])
    await ask(http, "POST", f"/{row['id']}/messages", text="Bir İBİBİK gördüm")
    await ask(http, "POST", "/bulk", ids=[row["id"]], change={"folder": "Doğa"})
    hits = (await ask(http, "GET", "/search?q=ibibik"))["hits"]
    assert {hit["role"] for hit in hits} == {"user", "assistant"}
    for hit in hits:
        (start, end), *_ = hit["marks"]
        assert hit["snippet"][start:end] == "İBİBİK"
        assert hit["conversation"]["id"] == row["id"]
    for narrowed, count in {
        "folder=Doğa": 2,
        "folder=": 0,
        "model=ECH": 2,
        "model=qwen": 0,
        "until=2020-01-01": 0,
        "since=2020-01-01T00:00:00%2B03:00": 2,
        "has_attachments=true": 0,
        "archived=true": 0,
    }.items():
        found = (await ask(http, "GET", f"/search?q=ibibik&{narrowed}"))["hits"]
        assert len(found) == count, narrowed


async def test_another_page_is_told_what_changed(standing: Divan, http: aiohttp.ClientSession) -> None:
    row = await made(http, title="WatchedSource")
    async with wire(standing.socket_url) as page:
        await page.ask("watch")
        await ask(http, "POST", "/bulk", ids=[row["id"]], change={"folder": "Seen", "archived": True})
        told = await page.until(lambda event: event["type"] == "activity")
    assert told == {
        "type": "activity",
        "conversation": row["id"],
        "folder": "Seen",
        "archived": True,
    }
