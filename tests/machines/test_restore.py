"""A backup of machines that share no folder, and what they are when it was put back."""

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.chat.test_access import call
from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.machines.test_originals import downloaded, uploaded
from tests.services.cluster import Cluster, running_machines
from tests.services.wire import wire


def stored(machines: Cluster) -> dict[str, tuple[bool, bytes]]:
    """Whether it is in the trash, and its bytes, by conversation."""
    asked = (
        "SELECT s.conversation, s.trashed_ns IS NOT NULL, "
        "string_agg(r.line, ''::bytea ORDER BY r.end_offset) "
        "FROM stored_conversation s JOIN record r USING (conversation) GROUP BY 1, 2"
    )
    with psycopg.connect(machines.database) as connection:
        return {name: (trashed, data) for name, trashed, data in connection.execute(asked).fetchall()}


async def begun(machines: Cluster, text: str, **more: Any) -> str:
    async with wire(machines.servers[0].socket_url) as page:
        ack = await begin(page, text, **more)
        await page.answer(ack["answers"][0], seconds=60)
    return str(ack["conversation"])


async def test_all_comes_back_on_postgresql_with_folders_that_are_empty(
    tmp_path: Path, postgres: str
) -> None:
    with running_machines(tmp_path, postgres, name="restored") as machines:
        one, other = machines.servers
        data = b"kept in rows"
        kept = await uploaded(one, "/api/attachments", "file", "a.txt", data)
        first = await begun(machines, "first", attachments=[kept["sha256"]])
        asked = {"name": "Files", "cases": [{"text": "What is in it?", "attachments": [kept["sha256"]]}]}
        testset = (await asyncio.to_thread(call, f"{one.url}/api/testsets", "POST", asked))[1]["id"]
        deleted = await begun(machines, "thrown away")
        async with session(one) as http, http.delete(f"/api/conversations/{deleted}") as gone:
            assert gone.status == 204
        before = stored(machines)
        assert (before[first][0], before[deleted][0]) == (False, True)
        backup = tmp_path / "backup.zip"
        one.manage("backup", str(backup))
        with zipfile.ZipFile(backup) as archive:
            assert archive.read(f"conversations/{first}.jsonl") == before[first][1]
            assert archive.read(f"attachments/{kept['sha256']}") == data
            assert json.loads(archive.read(f"testsets/{testset}.json"))["name"] == "Files"
        address = f"{other.url}/api/testsets/{testset}"
        assert (await asyncio.to_thread(call, address, "DELETE"))[0] == 204
        later = await begun(machines, "after the backup")
        with pytest.raises(RuntimeError, match="A server is running"):
            other.manage("restore", str(backup))
        for server in machines.servers:
            server.stop()
        # Neither folder is needed any more, nor are the rows of the original.
        with psycopg.connect(machines.database) as connection:
            connection.execute("TRUNCATE core_keptoriginal, core_originalblock")
        for path in (one.data_dir / "attachments").iterdir():
            path.unlink()
        other.manage("restore", str(backup))
        assert stored(machines) == before
        assert later not in before
        machines.start()
        for server in machines.servers:
            found = (await asyncio.to_thread(call, f"{server.url}/api/testsets/{testset}"))[1]
            assert found["cases"][0]["attachments"] == [kept["sha256"]]
        assert await downloaded(one, f"/api/attachments/{kept['sha256']}") == (200, data, "")
        async with session(other) as http, http.get("/api/conversations") as listed:
            assert [row["id"] for row in (await listed.json())["conversations"]] == [first]
