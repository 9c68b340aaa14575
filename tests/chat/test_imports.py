"""Imports over REST: counted first, the file kept, then taken in with its progress."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from conversations.importers import ImportRefusedError, child_process
from tests.chat.test_access import ANN, BOB, accounts
from tests.conversations.test_import import CHATGPT, chatgpt, chatgpt_node
from tests.services.server import Divan

__all__ = ["accounts"]


def export(count: int, text: str = "Question") -> bytes:
    chats = [
        chatgpt(chatgpt_node("u1", "root", "user", f"{text} {number}"), conversation_id=f"{text}{number}")
        for number in range(count)
    ]
    return json.dumps([CHATGPT, *chats, {"odd": 1}]).encode()


async def post(http: aiohttp.ClientSession, path: str, data: bytes, name: str = "c.json") -> tuple[int, Any]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename=name)
    async with http.post(path, data=form) as answer:
        return answer.status, await answer.json()


async def events(http: aiohttp.ClientSession, upload: str) -> list[dict[str, Any]]:
    async with http.post(f"/api/import/{upload}") as answer:
        assert answer.status == 200, await answer.text()
        lines = (await answer.text()).split("\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines if line]


async def test_what_was_counted_is_taken_in_without_sending_it_again(standing: Divan) -> None:
    async with aiohttp.ClientSession(standing.url) as http:
        status, counted = await post(http, "/api/import?dry_run=true", export(20))
        assert status == 200
        async with http.get("/api/conversations?q=question") as answer:
            before = (await answer.json())["conversations"]
        told = await events(http, counted["upload"])
        async with http.get("/api/conversations?q=question&limit=50") as answer:
            after = (await answer.json())["conversations"]
        async with http.post(f"/api/import/{counted['upload']}") as answer:
            again = answer.status
        _, twice = await post(http, "/api/import?dry_run=true", export(20))
    assert (counted["conversations"], counted["skipped"]) == (21, {"no conversation of a known kind": 1})
    assert before == []
    assert len(after) == 20
    assert {event["type"] for event in told[:-1]} <= {"progress"}
    assert told[-1] == {"type": "imported", **{name: counted[name] for name in told[-1] if name != "type"}}
    assert again == 404
    assert (twice["conversations"], twice["skipped"]["here already"]) == (0, 21)


async def test_an_import_is_stopped_on_its_way_and_goes_on_another_time(standing: Divan) -> None:
    data = export(3, "Soru")
    async with aiohttp.ClientSession(standing.url) as http:
        _, counted = await post(http, "/api/import?dry_run=true", data)
        path = f"/api/import/{counted['upload']}"
        before = standing.conversations()
        with standing.held_database():
            importing = await http.post(path)
            while standing.conversations() == before:
                assert b'"progress"' in await importing.content.readuntil(b"\n\n")
            async with http.delete(path) as stop:
                assert stop.status == 204
        last = json.loads((await importing.text()).strip().split("\n\n")[-1].removeprefix("data: "))
        async with http.get(f"/api/conversations/{last['ids'][0]}") as answer:
            assert answer.status == 200
        _, rest = await post(http, "/api/import?dry_run=true", data)
    assert (last["type"], last["stopped"], last["conversations"]) == ("imported", True, 1)
    assert rest["conversations"] == counted["conversations"] - 1
    assert rest["skipped"]["here already"] >= 1


async def test_an_upload_is_its_owners_alone_and_can_be_withdrawn(
    accounts: tuple[Divan, dict[str, str]],
) -> None:
    server, tokens = accounts
    ann, bob = ({"Authorization": f"Bearer {tokens[name]}"} for name in (ANN, BOB))
    async with (
        aiohttp.ClientSession(server.url, headers=ann) as hers,
        aiohttp.ClientSession(server.url, headers=bob) as his,
    ):
        _, counted = await post(hers, "/api/import?dry_run=true", export(1))
        path = f"/api/import/{counted['upload']}"
        statuses = []
        for http, method in ((his, "POST"), (his, "DELETE"), (hers, "DELETE"), (hers, "POST")):
            async with http.request(method, path) as answer:
                statuses.append(answer.status)
        async with hers.post("/api/import/..%2f..%2fsecret_key") as answer:
            outside = answer.status
    assert statuses == [404, 404, 204, 404]
    assert outside == 404
    assert list((server.data_dir / "imports").iterdir()) == []
    assert (server.data_dir / "imports").stat().st_mode & 0o777 == 0o700


async def test_a_zip_bomb_is_refused_in_the_readers_language(standing: Divan) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b"[" + b" " * (200 << 20))
    async with aiohttp.ClientSession(standing.url, headers={"Accept-Language": "tr"}) as http:
        status, body = await post(http, "/api/import?dry_run=true", packed.getvalue(), "bomb.zip")
    assert status == 400
    assert body["error"]["code"] == "invalid"
    assert "çok daha büyük" in body["error"]["message"]


async def test_the_reasons_are_in_the_readers_language(standing: Divan) -> None:
    async with aiohttp.ClientSession(standing.url, headers={"Accept-Language": "tr"}) as http:
        _, counted = await post(http, "/api/import?dry_run=true", b'[{"odd": 1}]')
        told = await events(http, counted["upload"])
    assert counted["skipped"] == told[-1]["skipped"] == {"bilinen türden bir sohbet değil": 1}


@pytest.mark.parametrize("dry_run", ["true", "false"])
async def test_more_than_the_limit_is_refused(start_server: Callable[..., Divan], dry_run: str) -> None:
    server = start_server(env={"MAX_IMPORT_BYTES": "1000"})
    async with aiohttp.ClientSession(server.url) as http:
        status, body = await post(http, f"/api/import?dry_run={dry_run}", export(20))
    assert (status, body["error"]["code"]) == (413, "too_large")


def most_memory(server: Divan) -> int:
    """Bytes that the server's process ever stood at."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
async def test_a_large_upload_is_never_held_in_memory(start_server: Callable[..., Divan]) -> None:
    server = start_server()
    async with aiohttp.ClientSession(server.url) as http:
        await post(http, "/api/import?dry_run=true", export(1))
        before = most_memory(server)
        status, counted = await post(http, "/api/import?dry_run=true", export(1) + b" " * (200 << 20))
        after = most_memory(server)
    assert (status, counted["conversations"]) == (200, 2)
    assert [path.stat().st_size > 200 << 20 for path in (server.data_dir / "imports").iterdir()] == [True]
    assert after - before < 50 << 20


async def test_a_body_of_many_blocks_arrives_to_the_letter(standing: Divan) -> None:
    data = bytes(range(1, 256)) * 20_000
    async with aiohttp.ClientSession(standing.url) as http:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(data), filename="a.bin")
        async with http.post("/api/attachments", data=form) as answer:
            kept = await answer.json()
    assert kept["sha256"] == hashlib.sha256(data).hexdigest()


async def test_what_cannot_be_read_is_named_over_rest_with_the_reason(standing: Divan) -> None:
    locked = (Path(__file__).parents[1] / "conversations/exports/encrypted.zip").read_bytes()
    ring = (Path(__file__).parents[1] / "conversations/exports/owui_ring.json").read_bytes()
    async with aiohttp.ClientSession(standing.url) as http:
        _, unread = await post(http, "/api/import?dry_run=true", locked)
        told = await events(http, unread["upload"])
        _, page = await post(http, "/api/import?dry_run=true", b"<html>{}</html>")
        _, first = await post(http, "/api/import", ring)
        _, again = await post(http, "/api/import", ring)
    reason = "encrypted: unpack it with its password first"
    assert unread["unread"] == told[-1]["unread"] == [{"name": "conversations.json", "reason": reason}]
    assert [one["name"] for one in page["unread"]] == ["this file"]
    assert [one["name"] for one in first["mended"]] == ["Halka"]
    assert [one["nothing_new"] for one in (unread, told[-1], page, first, again)] == [False] * 4 + [True]


def bomb(inner: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", inner)
    return packed.getvalue()


HOSTILE: dict[str, bytes] = {
    "a zip of nothing but brackets": bomb(b"[" + b"[[[]]]," * 200_000 + b"[]]"),
    "a zip of small objects": bomb(b'[{"mapping":{' + b'"a":{},' * 1_000_000 + b'"b":{}}}]'),
    "a zip that unpacks a thousandfold": bomb(b"[" + b" " * 90_000_000 + b"]"),
    "folded blocks that nothing ends": json.dumps(
        [
            {
                "chat": {
                    "history": {
                        "messages": {
                            "a": {"role": "assistant", "content": '<details type="reasoning" a="' * 40_000}
                        }
                    }
                }
            }
        ]
    ).encode(),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_no_file_costs_the_server_its_memory_or_its_time(standing: Divan, what: str) -> None:
    """What reading takes is another process's, and that one has an end."""
    server = psutil.Process(standing.pid)
    before = server.memory_info().rss
    async with aiohttp.ClientSession(standing.url) as http:
        status, _ = await post(http, "/api/import?dry_run=true", HOSTILE[what], "c.zip")
    assert status in (200, 400)
    assert server.memory_info().rss - before < 64 * 2**20


def test_an_import_that_takes_too_much_ends_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "CPU_SECONDS", 1)
    monkeypatch.setattr(child_process, "BYTES_PER_SECOND", 10**9)
    path = tmp_path / "c.json"
    path.write_bytes(b"[" + b'{"mapping":{},"a":[{},{},{},{}]},' * 200_000 + b"{}]")
    with pytest.raises(ImportRefusedError, match="memory or time"):
        child_process.import_in_child(tmp_path, path, "local", dry_run=True)
