"""Files that people and other programs made: all that can be shown is shown, and not a byte is lost."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.conversations.samples import ID, answer, conversation, user
from tests.services.server import Divan
from tests.services.wire import wire

ODD: dict[str, Any] = {
    "title": 5,
    "lanes": [1, {"id": 5}],
    "mode": 3,
    "history": None,
    "rag": "yes",
    "tags": "none",
    "folder": 7,
    "dialogue": [],
}


def lines(*records: Any) -> bytes:
    return b"".join(one if isinstance(one, bytes) else orjson.dumps(one) + b"\n" for one in records)


def without(record: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


ASKED, ANSWERED = user("u1", text="Still here?"), answer("a1", "u1", "Still here.")
READ_ONLY = {
    "20260101-000000-aaaaaaaa": lines(b'{"type":"conversation","at"\n', ASKED, ANSWERED),
    "20260101-000000-bbbbbbbb": lines(ASKED, ANSWERED),
    "20260101-000000-cccccccc": lines(conversation(format=2), ASKED, ANSWERED),
    "20260101-000000-dddddddd": lines(b"[1, 2]\n", ASKED, ANSWERED),
}
WRITABLE = {
    ID: lines(without(conversation(**ODD), "owner", "at"), ASKED, ANSWERED, {"type": "settings", **ODD}),
    "20260101-000000-eeeeeeee": lines(
        conversation(owner="somebody", lanes=[{"id": "l1", "model": "echo/echo", "params": None}]),
        {**ASKED, "parts": ["?", None, {"type": "hologram"}, {"type": "text"}]},
        {**without(ANSWERED, "status", "at"), "parts": 5, "usage": "?", "cost": [], "sources": 1},
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Divan]:
    data_dir = tmp_path_factory.mktemp("by-hand")
    folder = data_dir / "conversations"
    folder.mkdir()
    for name, data in (READ_ONLY | WRITABLE).items():
        (folder / f"{name}.jsonl").write_bytes(data)
    with Divan(data_dir) as running:
        yield running


def get(server: Divan, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"{server.url}/api/conversations{path}", timeout=20) as answered:
            return answered.status, answered.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def test_the_first_list_after_a_start_has_them_all(server: Divan) -> None:
    listed = json.loads(get(server, "")[1])["conversations"]
    assert {row["id"] for row in listed} == set(READ_ONLY | WRITABLE)


@pytest.mark.parametrize("name", READ_ONLY | WRITABLE)
def test_each_can_be_read_in_every_way(server: Divan, name: str) -> None:
    assert get(server, f"/{name}")[0] == 200
    for kind in ("markdown", "html", "json", "jsonl", "text"):
        assert get(server, f"/{name}/export?format={kind}")[0] == 200, kind


@pytest.mark.parametrize("name", READ_ONLY)
async def test_what_cannot_be_written_behind_opens_and_stays(server: Divan, name: str) -> None:
    async with wire(server.socket_url) as socket:
        snapshot = await socket.ask("open", conversation=name)
        assert snapshot["readonly"] is True
        shown = [one.get("id") for one in snapshot["records"] if one["type"] == "message"]
        assert shown == ["u1", "a1"]
        refused = await socket.ask("send", conversation=name, text="More", lanes=[{"model": "echo/echo"}])
        assert (refused["type"], refused["code"]) == ("error", "conflict")
    path = server.data_dir / "conversations" / f"{name}.jsonl"
    assert await asyncio.to_thread(path.read_bytes) == READ_ONLY[name]


@pytest.mark.parametrize("name", WRITABLE)
async def test_what_makes_no_sense_is_passed_over_and_stays(server: Divan, name: str) -> None:
    async with wire(server.socket_url) as socket:
        await socket.ask("open", conversation=name)
        sent = await socket.ask("send", conversation=name, text="More", lanes=[{"model": "echo/echo"}])
        assert sent["type"] == "ack", sent
        ended = await socket.answer(sent["answers"][0])
        assert ended["status"] == "complete"
    path = server.data_dir / "conversations" / f"{name}.jsonl"
    assert (await asyncio.to_thread(path.read_bytes)).startswith(WRITABLE[name])
