"""A conversation's messages over REST, by page."""

from typing import Any

import aiohttp

from tests.chat.test_answers import ECHO
from tests.chat.test_rest import made, session
from tests.services.server import Divan


async def page(http: aiohttp.ClientSession, conversation: str, query: str, status: int = 200) -> Any:
    async with http.get(f"/api/conversations/{conversation}/messages{query}") as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def said(http: aiohttp.ClientSession, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    body = {"text": text, **more}
    async with http.post(f"/api/conversations/{conversation}/messages", json=body) as answer:
        assert answer.status == 201
        posted: dict[str, Any] = await answer.json()
        return posted


async def test_without_ids_the_shown_path_comes_in_pages(standing: Divan) -> None:
    async with session(standing) as http:
        row = await made(http, lanes=ECHO)
        empty = await page(http, row["id"], "")
        assert empty == {"messages": [], "next": None}
        turns = [await said(http, row["id"], f"turn {number}") for number in range(3)]
        ids = [one for turn in turns for one in (turn["message"], turn["answers"][0]["id"])]
        whole = await page(http, row["id"], "")
        assert [message["id"] for message in whole["messages"]] == ids
        assert whole["messages"][0]["parts"] == [{"type": "text", "text": "turn 0"}]
        assert whole["next"] is None
        first = await page(http, row["id"], "?limit=4")
        second = await page(http, row["id"], f"?limit=4&cursor={first['next']}")
        found = [[message["id"] for message in part["messages"]] for part in (first, second)]
        assert (found, second["next"]) == ([ids[:4], ids[4:]], None)
        one = await page(http, row["id"], f"?ids={ids[0]}")
        assert [message["id"] for message in one["messages"]] == ids[:1]


async def test_a_page_of_a_branch_that_is_not_shown_any_more_says_so(standing: Divan) -> None:
    async with session(standing) as http:
        row = await made(http, lanes=ECHO)
        old = await said(http, row["id"], "one way")
        await said(http, row["id"], "another way", parent=None)
        refused = await page(http, row["id"], f"?cursor={old['message']}", 400)
        assert refused["error"]["code"] == "invalid"
        assert "another branch" in refused["error"]["message"]
        for limit in ("0", "201", "many"):
            await page(http, row["id"], f"?limit={limit}", 400)
