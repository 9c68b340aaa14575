"""The commands of `manage.py` on machines whose conversations are rows: what one says, deletes or builds anew
holds for the other."""

import json
from pathlib import Path
from typing import Any

import psycopg

from conversations.export import FORMATS
from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.machines.test_machines import ask, opened, records
from tests.machines.test_originals import downloaded, uploaded
from tests.services.cluster import Cluster
from tests.services.server import Divan
from tests.services.wire import wire

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def said(server: Divan, text: str, **more: Any) -> str:
    """The conversation in which it was asked and answered."""
    async with wire(server.socket_url) as page:
        ack = await begin(page, text, **more)
        await page.answer(ack["answers"][0], seconds=60)
    return str(ack["conversation"])


async def deleted(server: Divan, conversation: str) -> None:
    async with session(server) as http, http.delete(f"/api/conversations/{conversation}") as answer:
        assert answer.status == 204


async def listed(server: Divan, query: str = "") -> list[str]:
    async with session(server) as http, http.get(f"/api/conversations{query}") as answer:
        return [row["id"] for row in (await answer.json())["conversations"]]


async def test_export_chats_on_one_writes_in_each_format_what_the_other_gives(
    machines: Cluster, tmp_path: Path
) -> None:
    one, other = machines.servers
    kept = await uploaded(one, "/api/attachments", "file", "a.png", PNG)
    conversation = await said(one, "Türkçe, физика", attachments=[kept["sha256"]])
    answer = (await opened(one, conversation))[-1]["id"]
    async with wire(one.socket_url) as page:
        await page.ask("vote", conversation=conversation, message=answer, value=1)
    for name, chosen in FORMATS.items():
        other.manage("export_chats", conversation, "--format", name, "--output", str(tmp_path / name))
        (written,) = (tmp_path / name).glob(f"*.{chosen.suffix}")
        given = await downloaded(one, f"/api/conversations/{conversation}/export?format={name}")
        assert given == (200, written.read_bytes(), ""), name
    assert (tmp_path / "markdown" / "attachments" / kept["sha256"]).read_bytes() == PNG
    assert "физика" in next((tmp_path / "liked").iterdir()).read_text()
    exported = json.loads(next((tmp_path / "json").glob("*.json")).read_bytes())
    assert exported["records"] == await opened(other, conversation)


async def test_purge_trash_on_one_removes_for_both_and_leaves_what_another_conversation_names(
    machines: Cluster,
) -> None:
    one, other = machines.servers
    alone, shared = [
        (await uploaded(one, "/api/attachments", "file", "a.txt", data))["sha256"]
        for data in (b"named by what is purged alone", b"named by what stays too")
    ]
    gone = await said(one, "thrown away", attachments=[alone, shared])
    stays = await said(other, "stays", attachments=[shared])
    await deleted(other, gone)
    assert other.manage("purge_trash").startswith("0 conversations and 0 attachments")
    assert records(machines, gone)
    assert "removed for ever" in other.manage("purge_trash", "--days", "0")
    assert records(machines, gone) == []
    assert records(machines, stays)
    assert ask(machines, "SELECT 1 FROM stored_conversation WHERE conversation = %s", gone) == []
    kept = "SELECT right(name, 64) FROM core_keptoriginal WHERE name = ANY(%s)"
    names = [f"attachments/{sha256}" for sha256 in (alone, shared)]
    assert ask(machines, kept, names) == [(shared,)]
    for server in machines.servers:
        assert (await downloaded(server, f"/api/attachments/{alone}"))[0] == 404
        assert (await downloaded(server, f"/api/attachments/{shared}"))[0] == 200
        async with session(server) as http, http.post(f"/api/conversations/{gone}/restore") as answer:
            assert answer.status == 404


async def test_replay_chat_on_one_asks_again_what_the_other_was_asked(machines: Cluster) -> None:
    one, other = machines.servers
    conversation = await said(one, "/echo speed=0\nagain")
    before = records(machines, conversation)
    told = json.loads(other.manage("replay_chat", conversation, "--output", "json"))
    assert (told["of"], told["complete"], len(told["pairs"])) == (conversation, True, 1)
    assert (told["pairs"][0]["removed"], told["pairs"][0]["added"]) == (0, 0)
    assert records(machines, conversation) == before
    replayed = await opened(one, told["conversation"])
    assert replayed == records(machines, told["conversation"])
    assert [row["status"] for row in replayed if row.get("role") == "assistant"] == ["complete"]
    assert ask(machines, "SELECT count(*) FROM journal WHERE conversation = %s", told["conversation"]) == [
        (0,)
    ]
    assert not list((other.data_dir / "conversations").rglob("*.jsonl"))


async def test_reindex_chats_on_one_brings_back_what_both_list_and_find(machines: Cluster) -> None:
    one, other = machines.servers
    word = "kuyruklu"
    conversation = await said(one, f"a {word} star")
    thrown = await said(one, f"a {word} piano")
    await deleted(one, thrown)
    with psycopg.connect(machines.database) as connection:
        connection.execute("TRUNCATE conversations_conversation CASCADE")
    count = ask(machines, "SELECT count(*) FROM stored_conversation WHERE trashed_ns IS NULL")[0][0]
    assert other.manage("reindex_chats").startswith(f"{count} conversations indexed, 0 removed.")
    for server in machines.servers:
        assert await listed(server, f"?q={word}") == [conversation]
        assert len(await listed(server, "?limit=100")) == count
    assert other.manage("reindex_chats", "--changed").startswith("0 conversations indexed, 0 removed.")
