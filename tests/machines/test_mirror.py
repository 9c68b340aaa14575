"""A server whose conversations are rows, and which keeps a file of each beside them."""

import asyncio
from contextlib import suppress
from pathlib import Path

from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.machines.test_machines import ask
from tests.services.cluster import running
from tests.services.processes import wait_until
from tests.services.wire import wire

ENVIRONMENT = {"STORE": "postgresql", "MIRROR_FILES": "true", "SECRET_KEY": "only for this test"}


async def test_a_file_of_each_conversation_is_there_after_a_crash_and_none_of_a_deleted_one(
    postgres: str, tmp_path: Path
) -> None:
    with running([tmp_path / "data"], "mirrored", postgres, ENVIRONMENT) as machines:
        (server,) = machines.servers
        async with wire(server.socket_url) as page:
            kept = await begin(page, "Türkçe, физика")
            await page.answer(kept["answers"][0])
            deleted = await begin(page, "thrown away")
            await page.answer(deleted["answers"][0])
        path = f"/api/conversations/{deleted['conversation']}"
        async with session(server) as http, http.delete(path) as gone:
            assert gone.status == 204
        await asyncio.to_thread(server.kill)
        [(rows,)] = ask(
            machines,
            "SELECT string_agg(line, '' ORDER BY end_offset) FROM record WHERE conversation = %s",
            kept["conversation"],
        )
        await asyncio.to_thread(machines.start)
        folder = server.data_dir / "mirror"
        wanted = {f"{kept['conversation']}.jsonl": rows}
        await asyncio.to_thread(
            wait_until, lambda: files_in(folder) == wanted, seconds=60, what="the copy of what was kept alone"
        )
        assert files_in(server.data_dir / "conversations") == {}


def files_in(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in folder.glob("*.jsonl"):
        with suppress(FileNotFoundError):
            found[path.name] = path.read_bytes()
    return found
