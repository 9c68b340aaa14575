import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
import pytest

from conversations.backup import MANIFEST, BackupError, backup, restore
from conversations.files.attachments import AttachmentStore
from conversations.files.in_use import NAME as IN_USE
from conversations.files.journal import Journal
from conversations.files.store import FileStore
from tests.services.server import environment, run_manage

from .samples import ID, conversation, header, one_of_each

SAY = """
from django.contrib.auth import get_user_model
from chat.models import Memory, Remembered
from conversations.listing import list_conversations
from conversations.models import Response
from conversations.search import search_messages
from conversations.files.store import FileStore
from django.conf import settings
print(sorted(get_user_model().objects.values_list("username", flat=True)))
print([(row.id, row.title, row.message_count) for row in list_conversations("ada").rows])
print(sorted(Response.objects.values_list("message", "vote")))
print(list(Remembered.objects.values_list("text", "on")), Memory.objects.get(owner="ada").style)
print([hit.message for hit in search_messages(FileStore(settings.DATA_DIR), "ada", "istanbul")])
"""
MAKE = """
from django.contrib.auth import get_user_model
from chat.models import Memory, Remembered
get_user_model().objects.create_user("grace")
Memory.objects.create(owner="ada", style="Keep it short.")
Remembered.objects.create(owner="ada", text="Tea, no sugar.", on=False)
"""
READ = """
from rag.ingest import claim, ingest
while document := claim():
    ingest(document)
"""
GIVE = (
    """
from rag import access
access.add("ada", "pump.txt", [b"The seal of the pump is changed in March."], 1000)
"""
    + READ
)
ASK = """
import asyncio
from rag.retrieval import retrieve
found = asyncio.run(retrieve("ada", "", "pump seal", [], budget_tokens=1000))
print([source["passage"] for source in found.sources])
"""


def filled(data_dir: Path) -> FileStore:
    store = FileStore(data_dir)
    store.create(conversation(), *one_of_each()[1:])
    AttachmentStore(data_dir).add(b"an attachment")
    other = "20250101-000000-aaaaaaaa"
    store.create(conversation(other))
    store.trash(other)
    return store


def content(data_dir: Path) -> dict[str, bytes]:
    folders = ("conversations", "trash", "attachments", "documents")
    files = (path for folder in folders for path in (data_dir / folder).rglob("[!.]*") if path.is_file())
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in files}


def own_database(request: pytest.FixtureRequest, name: str) -> dict[str, str]:
    address = urlsplit(request.getfixturevalue("postgres"))
    host = parse_qs(address.query)["host"][0]
    with psycopg.connect(host=host, user=address.username, dbname="divan", autocommit=True) as server:
        server.execute(f"CREATE DATABASE backup_{name}".encode())
    return {"DATABASE_URL": urlunsplit(address._replace(path=f"/backup_{name}"))}


def machine(data_dir: Path, database: Mapping[str, str]) -> dict[str, str]:
    """One on which several people have accounts."""
    return environment(data_dir, {"AUTH_MODE": "accounts", **database})


def manage(env: Mapping[str, str], *words: str) -> str:
    return run_manage(words, env)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.timeout(180)
def test_all_comes_back_on_another_machine(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    data_dir, archive = tmp_path / "first", tmp_path / "divan.zip"
    data_dir.mkdir()
    env = machine(data_dir, own_database(request, "here") if database == "postgresql" else {})
    manage(env, "migrate")
    store = filled(data_dir)
    journal = Journal.start(store, ID, header("live", "u1"))
    manage(env, "shell", "-c", MAKE)
    manage(env, "reindex_chats")
    manage(env, "shell", "-c", GIVE)
    said = manage(env, "shell", "-c", SAY)
    assert "grace" in said
    assert "[('Tea, no sugar.', False)] Keep it short." in said
    assert "A better title" in said
    assert "u2" in said
    before = content(data_dir)
    manage(env, "backup", str(archive))
    journal.remove()
    assert archive.stat().st_mode & 0o777 == 0o600
    second = tmp_path / "second"
    there = machine(second, own_database(request, "there") if database == "postgresql" else {})
    manage(there, "restore", str(archive))
    assert content(second) == before
    assert (second / "secret_key").read_text() == (data_dir / "secret_key").read_text()
    assert manage(there, "shell", "-c", SAY) == said
    manage(there, "shell", "-c", READ)
    assert "The seal of the pump" in manage(there, "shell", "-c", ASK)
    assert (second / "conversations").stat().st_mode & 0o777 == 0o700


KEEP_A_KEY = """
from providers.models import Server
from providers.types import Secret
Server.objects.create(name="mine", provider="openai", base_url="http://localhost", key=Secret("sk-kept-key"))
"""
SAY_THE_KEY = "from providers.models import Server; print(Server.objects.get(name='mine').key.reveal())"


@pytest.mark.timeout(180)
def test_keys_of_services_come_along_only_where_asked(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    plain, whole = tmp_path / "plain.zip", tmp_path / "whole.zip"
    env, there = environment(first, {}), environment(second, {})
    first.mkdir()
    manage(env, "migrate")
    manage(env, "shell", "-c", KEEP_A_KEY)
    manage(env, "backup", str(plain))
    manage(env, "backup", "--keys", str(whole))
    manage(there, "restore", str(plain))
    assert "sk-kept-key" not in manage(there, "shell", "-c", SAY_THE_KEY)
    own = (second / "encryption_keys").read_text()
    manage(there, "restore", str(whole))
    assert "sk-kept-key" in manage(there, "shell", "-c", SAY_THE_KEY)
    assert (second / "encryption_keys").stat().st_mode & 0o777 == 0o600
    assert [path.read_text() for path in second.glob("before-restore-*/encryption_keys")] == [own]


@pytest.mark.django_db
def test_a_backup_that_was_changed_puts_nothing_back(store: FileStore, tmp_path: Path) -> None:
    filled(store.folder.parent)
    archive, bad, target = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "target"
    backup(store.folder.parent, archive, lambda done, total: None)
    name = f"conversations/{ID}.jsonl"

    def changed(**entries: bytes | None) -> None:
        with zipfile.ZipFile(archive) as good, zipfile.ZipFile(bad, "w") as made:
            for one in good.namelist():
                data = entries.get(one, good.read(one))
                if data is not None:
                    made.writestr(one, data)

    manifest = json.loads(zipfile.ZipFile(archive).read(MANIFEST))
    outside = manifest | {"files": {"conversations/../../evil": {"size": 0, "sha256": ""}}}
    for entries in (
        {name: b"shorter"},
        {name: None},
        {MANIFEST: None},
        {MANIFEST: b"{}"},
        {MANIFEST: json.dumps(manifest | {"divan": 2}).encode()},
        {MANIFEST: json.dumps(outside).encode()},
    ):
        changed(**entries)
        with pytest.raises(BackupError):
            restore(target, bad, lambda done, total: None)
        assert [path.name for path in target.iterdir()] == [IN_USE]
    bad.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(BackupError):
        restore(target, bad, lambda done, total: None)
    assert [path.name for path in target.iterdir()] == [IN_USE]


@pytest.mark.django_db
def test_a_backup_is_never_written_over_another_and_never_half(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store.folder.parent)
    archive = tmp_path / "divan.zip"
    archive.write_text("older")
    with pytest.raises(BackupError, match="there already"):
        backup(store.folder.parent, archive, lambda done, total: None)
    assert archive.read_text() == "older"

    def full(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        backup(store.folder.parent, tmp_path / "new.zip", full)
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["divan.zip"]
    assert list(tmp_path.glob(".new*")) == []
