"""The trash and the attachments of a real server, which empties them by itself."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from conversations.files.purging import STAMP
from tests.chat.test_answers import ECHO
from tests.chat.test_rest import made, session
from tests.services.processes import wait_until
from tests.services.server import Divan

MONTH = 31 * 86_400


def aged(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


async def uploaded(http: aiohttp.ClientSession, data: bytes) -> str:
    form = aiohttp.FormData()
    form.add_field("file", data, filename="notes.txt")
    async with http.post("/api/attachments", data=form) as answer:
        assert answer.status == 201
        sha256: str = (await answer.json())["sha256"]
        return sha256


async def told(http: aiohttp.ClientSession, conversation: str, sha256: str) -> int:
    body: dict[str, Any] = {"text": "Look", "attachments": [sha256]}
    async with http.post(f"/api/conversations/{conversation}/messages", json=body) as answer:
        return answer.status


async def test_a_server_empties_the_trash_soon_after_it_started(start_server: Callable[..., Divan]) -> None:
    server = start_server()
    async with session(server) as http:
        old, young = await made(http, lanes=ECHO), await made(http, lanes=ECHO)
        alone, shared, draft = [await uploaded(http, data) for data in (b"alone", b"shared", b"draft")]
        for row, sha256 in ((old, alone), (old, shared), (young, shared)):
            assert await told(http, row["id"], sha256) == 201
        async with http.delete(f"/api/conversations/{old['id']}") as answer:
            assert answer.status == 204
    trashed = server.data_dir / "trash" / f"{old['id']}.jsonl"
    aged(trashed, MONTH)
    aged(server.data_dir / STAMP, MONTH)
    server.restart()
    wait_until(lambda: not trashed.exists(), seconds=20, what="the emptying of the trash")
    folder = server.data_dir / "attachments"
    wait_until(lambda: not (folder / alone).exists(), seconds=20, what="the removal of the attachment")
    assert (folder / shared).exists()
    assert (folder / draft).exists()
    async with session(server) as http:
        assert await told(http, young["id"], alone) == 400
        async with http.get(f"/api/attachments/{alone}") as answer:
            assert answer.status == 404
        assert await told(http, young["id"], draft) == 201


async def test_a_draft_stays_though_a_conversation_that_named_it_is_purged(server: Divan) -> None:
    async with session(server) as http:
        row, other = await made(http, lanes=ECHO), await made(http, lanes=ECHO)
        sha256 = await uploaded(http, b"twice")
        assert await told(http, row["id"], sha256) == 201
        await uploaded(http, b"twice")
        async with http.delete(f"/api/conversations/{row['id']}") as answer:
            assert answer.status == 204
        assert "1 conversations and 0 attachments" in server.manage("purge_trash", "--days", "0")
        assert await told(http, other["id"], sha256) == 201
        async with http.delete(f"/api/conversations/{other['id']}") as answer:
            assert answer.status == 204
        assert "1 conversations and 1 attachments" in server.manage("purge_trash", "--days", "0")
