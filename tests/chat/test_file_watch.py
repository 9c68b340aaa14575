"""Files that a person, `git pull` or a tool that syncs puts into the folder while the server runs."""

from pathlib import Path

import aiohttp
import orjson

from tests.conversations.samples import ID, answer, conversation, record, user
from tests.services.server import Divan
from tests.services.wire import Event, Wire, wire


def put(server: Divan, *records: object) -> Path:
    """As git and rsync do: written elsewhere, then renamed."""
    path = server.data_dir / "conversations" / f"{ID}.jsonl"
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in records))
    return draft.replace(path)


def add(path: Path, *records: object) -> None:
    with path.open("ab") as file:
        file.write(b"".join(orjson.dumps(one) + b"\n" for one in records))


async def told(page: Wire, **fields: object) -> Event:
    return await page.until(
        lambda event: (
            event["type"] == "activity"
            and event["conversation"] == ID
            and all(event.get(name) == value for name, value in fields.items())
        )
    )


async def listed(server: Divan, query: str = "") -> list[str]:
    async with aiohttp.ClientSession(server.url) as http, http.get(f"/api/conversations?{query}") as answer:
        return [row["title"] for row in (await answer.json())["conversations"]]


HEADER = conversation(owner="local", title="By hand")


async def test_a_file_appears_changes_and_disappears_while_the_server_runs(server: Divan) -> None:
    async with wire(server.socket_url) as page:
        await page.ask("watch")
        path = put(server, HEADER, user("u1", text="Nilüfer"))
        await told(page, title="By hand", folder=None)
        assert await listed(server, "q=nilüfer") == ["By hand"]
        await page.ask("open", conversation=ID)
        add(path, answer("a1", "u1", "Papatya"), record("settings", folder="Çiçekler"))
        await told(page, folder="Çiçekler")
        await page.until(lambda event: event["type"] == "record" and event["record"].get("id") == "a1")
        assert await listed(server, "q=papatya&folder=Çiçekler") == ["By hand"]
        path.unlink()
        await told(page, removed=True)
        assert await listed(server) == []
        refused = await page.ask("open", conversation=ID)
    assert (refused["type"], refused["code"]) == ("error", "not_found")
