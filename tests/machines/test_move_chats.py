"""`manage.py move_chats`, as an operator runs it: from files to PostgreSQL and back."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.chat.test_access import call
from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.services.server import Divan
from tests.services.valkey import own_valkey
from tests.services.wire import wire


@pytest.fixture
def server(postgres: str, tmp_path: Path) -> Iterator[Divan]:
    """On files, with a database that could hold conversations."""
    with psycopg.connect(postgres, autocommit=True) as connection, own_valkey() as valkey:
        connection.execute("CREATE DATABASE moving")
        made = Divan(
            tmp_path / "data",
            env={"DATABASE_URL": postgres.replace("/divan?", "/moving?"), "REDIS_URL": valkey.url},
        )
        try:
            yield made
        finally:
            if made.is_running:
                made.stop()
            connection.execute("DROP DATABASE moving WITH (FORCE)")


def put_testset(server: Divan) -> dict[Path, bytes]:
    """The files of a test set, and of a run of it."""
    body = {"name": "Sums", "cases": [{"text": "2+2?", "checks": [{"kind": "equals", "value": "4"}]}]}
    testset = call(f"{server.url}/api/testsets", "POST", body)[1]["id"]
    file = server.data_dir / "testsets" / f"{testset}.json"
    run = file.with_suffix(".runs") / "20260101-000000-aaaaaaaa.jsonl"
    run.parent.mkdir()
    run.write_bytes(b'{"type":"run"}\ntorn')
    return {path: path.read_bytes() for path in (file, run)}


def is_of_store(name: str) -> bool:
    return name.startswith(("conversations/", "trash/", "testsets/"))


async def test_conversations_move_while_no_server_runs_and_are_the_same_there_and_back(
    server: Divan, tmp_path: Path
) -> None:
    server.start()
    async with wire(server.socket_url) as page:
        ack = await begin(page, "Türkçe, физика")
        answer = await page.answer(ack["answers"][0])
    of_testset = put_testset(server)
    testset = next(iter(of_testset)).stem
    with pytest.raises(RuntimeError, match="A server is running"):
        server.manage("move_chats", "--to", "postgresql")
    server.stop()
    file = server.data_dir / "conversations" / f"{ack['conversation']}.jsonl"
    before = file.read_bytes()
    assert server.manage("move_chats", "--to", "postgresql", "--dry-run").startswith("1 conversations")
    said = server.manage("move_chats", "--to", "postgresql")
    assert said.startswith(f"1 conversations ({len(before):,} bytes) copied")
    assert "1 test sets and 1 runs copied, the same to the byte" in said
    assert "Set STORE=postgresql" in said
    assert "0 conversations (0 bytes) copied" in server.manage("move_chats", "--to", "postgresql")
    server.env["STORE"] = "postgresql"
    file.rename(tmp_path / "before.jsonl")
    shutil.rmtree(server.data_dir / "testsets")
    server.start()
    assert call(f"{server.url}/api/testsets/{testset}")[1]["name"] == "Sums"
    async with wire(server.socket_url) as page:
        snapshot = await page.ask("open", conversation=ack["conversation"])
        assert answer in snapshot["records"]
        more = await page.ask("send", conversation=ack["conversation"], text="And on")
        await page.answer(more["answers"][0])
        deleted = await begin(page, "thrown away")
        await page.answer(deleted["answers"][0])
    async with session(server) as http, http.delete(f"/api/conversations/{deleted['conversation']}") as gone:
        assert gone.status == 204
    backup = tmp_path / "backup.zip"
    server.manage("backup", str(backup))
    server.stop()
    server.manage("move_chats", "--to", "files")
    after = file.read_bytes()
    assert after.startswith(before)
    assert len(after) > len(before)
    trashed = server.data_dir / "trash" / f"{deleted['conversation']}.jsonl"
    moved = {file: after, trashed: trashed.read_bytes(), **of_testset}
    assert {path: path.read_bytes() for path in moved} == moved
    with zipfile.ZipFile(backup) as archive:
        kept = filter(is_of_store, archive.namelist())
        assert {server.data_dir / name: archive.read(name) for name in kept} == moved
    server.env["STORE"] = "files"
    server.manage("restore", str(backup))
    assert {path: path.read_bytes() for path in moved} == moved
