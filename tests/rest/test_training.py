"""`GET /api/export/training`: votes as lines for training, counted beforehand."""

import json
from typing import Any

from tests.rest.conftest import Client

TWO = [{"model": "echo/echo"}, {"model": "echo/other"}]
WHERE = "/api/export/training"


async def judged(call: Client, folder: str, **said: Any) -> None:
    sent = await call("POST", "/api/conversations", {"folder": folder, "lanes": TWO})
    where = f"/api/conversations/{sent.body['id']}"
    answered = await call("POST", f"{where}/messages", {"text": "/echo speed=0\nHello"})
    first, second = (answer["id"] for answer in answered.body["answers"])
    fields = {"value": 1} if "value" in said else {next(iter(said)): [second]}
    vote: dict[str, Any] = {"type": "vote", "conversation": sent.body["id"], "message": first, **fields}
    assert (await call("POST", "/api/chat/commands", vote)).status == 200


async def test_pairs_and_liked_answers_are_counted_and_given_with_filters(call: Client) -> None:
    await judged(call, "liked-here", value=1)
    query = {"kind": "liked", "folder": "liked-here"}
    told = await call("GET", WHERE, params={**query, "dry_run": "true"})
    assert told.body == {"rows": 1, "conversations": 1, "failed": []}
    async with call.http.get(WHERE, params=query) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/jsonl")
        (row,) = map(json.loads, (await answer.read()).splitlines())
    assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
    for other in ({"kind": "preferences", "folder": "liked-here"}, {"kind": "liked", "folder": "elsewhere"}):
        told = await call("GET", WHERE, params={**other, "dry_run": "true"})
        assert (told.body["rows"], told.body["conversations"]) == (0, 0)


async def test_every_filter_of_the_list_narrows_exports_too(call: Client) -> None:
    filters = {
        "model": "echo",
        "tag": "x",
        "until": "2400-01-01",
        "has_branches": "true",
        "archived": "false",
    }
    for name, value in filters.items():
        for path in (WHERE, "/api/export"):
            assert (await call("GET", path, params={name: value})).status == 200, (path, name)


async def test_another_kind_is_refused(call: Client) -> None:
    assert (await call("GET", WHERE, params={"kind": "everything"})).status == 400
