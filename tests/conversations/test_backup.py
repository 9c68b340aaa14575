import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
import pytest

from conversations.attachments import AttachmentStore
from conversations.backup import BackupError, restore_backup, write_backup
from conversations.backup.archive import FIXTURE, MANIFEST, ROWS, SNAPSHOT
from conversations.files.store import FileStore
from conversations.in_use import NAME as IN_USE
from tests.services.processes import ROOT
from tests.services.server import copy_database, environment, run_manage

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
from rag.ingest import claim_next, ingest_document
while document := claim_next():
    ingest_document(document)
"""
GIVE = (
    """
from rag import access
access.add_document("ada", "pump.txt", [b"The seal of the pump is changed in March."], 1000)
"""
    + READ
)
ASK = """
import asyncio
from rag.retrieval import retrieve_passages
found = asyncio.run(retrieve_passages("ada", "", "pump seal", [], budget_tokens=1000))
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


def make_database(postgres: str, name: str, like: str = "template1") -> dict[str, str]:
    address = urlsplit(postgres)
    host = parse_qs(address.query)["host"][0]
    with psycopg.connect(host=host, user=address.username, dbname="divan", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {like}".encode())
    return {"DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))}


@pytest.fixture(scope="module")
def postgres_with_tables(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that others are made like, as `database_with_tables` is for SQLite."""
    name = "backup_tables"
    made = make_database(postgres, name)
    run_manage(("migrate", "--verbosity", "0"), environment(tmp_path_factory.mktemp("tables"), made))
    return name


def own_database(request: pytest.FixtureRequest, name: str) -> dict[str, str]:
    like = request.getfixturevalue("postgres_with_tables")
    return make_database(request.getfixturevalue("postgres"), f"backup_{name}", like)


def machine(data_dir: Path, request: pytest.FixtureRequest, kind: str, name: str) -> dict[str, str]:
    """One on which several people have accounts; its database has its tables."""
    if kind == "postgresql":
        return environment(data_dir, {"AUTH_MODE": "accounts", **own_database(request, name)})
    copy_database(request.getfixturevalue("database_with_tables"), data_dir)
    return environment(data_dir, {"AUTH_MODE": "accounts"})


def manage(env: Mapping[str, str], *words: str) -> str:
    return run_manage(words, env)


@pytest.mark.parametrize("second", ["sqlite", "postgresql"])
@pytest.mark.parametrize("first", ["sqlite", "postgresql"])
@pytest.mark.timeout(300)
def test_all_comes_back_on_another_machine_and_another_database(
    tmp_path: Path, first: str, second: str, request: pytest.FixtureRequest
) -> None:
    here, elsewhere, archive = tmp_path / "here", tmp_path / "there", tmp_path / "divan.zip"
    here.mkdir()
    env = machine(here, request, first, f"here_{first}_{second}")
    store = filled(here)
    journal = store.journals.begin(ID, header("live", "u1"))
    manage(env, "reindex_chats")
    manage(env, "shell", "-c", MAKE + GIVE)
    said = manage(env, "shell", "-c", SAY)
    assert "grace" in said
    assert "[('Tea, no sugar.', False)] Keep it short." in said
    assert "A better title" in said
    assert "u2" in said
    before = content(here)
    manage(env, "backup", str(archive))
    journal.remove()
    assert archive.stat().st_mode & 0o777 == 0o600
    there = machine(elsewhere, request, second, f"there_{first}_{second}")
    # What is there before is replaced, not added to.
    FileStore(elsewhere).create(conversation("20240101-000000-aaaaaaaa", owner="ada"))
    manage(there, "reindex_chats")
    manage(there, "shell", "-c", MAKE_OTHERS)
    manage(there, "restore", str(archive))
    assert content(elsewhere) == before
    assert (elsewhere / "secret_key").read_text() == (here / "secret_key").read_text()
    assert manage(there, "shell", "-c", SAY) == said
    assert "The seal of the pump" in manage(there, "shell", "-c", READ + ASK + COUNT_ON)
    assert (elsewhere / "conversations").stat().st_mode & 0o777 == 0o700


MAKE_OTHERS = """
from django.contrib.auth import get_user_model
from chat.models import Memory, Remembered
get_user_model().objects.create_user("mallory")
get_user_model().objects.create_user("grace", password="another")
Memory.objects.create(owner="ada", style="Other.")
Remembered.objects.create(owner="ada", text="Coffee.")
"""
COUNT_ON = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from chat.models import Prompt, Remembered
from chatbot_project.models import ApiToken
from providers.models import Budget, Server
get_user_model().objects.create_user("new")
Group.objects.create(name="new")
Remembered.objects.create(owner="new", text="new")
Prompt.objects.create(owner="new", name="new", text="new")
Server.objects.create(name="new", provider="echo")
Budget.objects.create(scope="day", hard_usd=1)
ApiToken.make(get_user_model().objects.get(username="grace"))
"""
WHO = "from django.contrib.auth.models import User; print(User.objects.all())"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.timeout(300)
def test_a_restore_that_fails_or_is_killed_at_any_step_leaves_all_as_it_was(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.conversations.restoring", str(tmp_path)],
        cwd=ROOT,
        env=machine(tmp_path / "data", request, kind, "failing"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert {step["how"] for step in steps} == {"fails", "killed", "done"}
    assert len(steps) > 20
    assert [step for step in steps if step["left"]] == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.timeout(180)
def test_an_older_backup_comes_back_where_its_database_can_be_taken(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    first, elsewhere, old = tmp_path / "first", tmp_path / "there", tmp_path / "old.zip"
    first.mkdir()
    env = machine(first, request, "sqlite", "first")
    filled(first)
    manage(env, "reindex_chats")
    manage(env, "shell", "-c", MAKE)
    said = manage(env, "shell", "-c", SAY)
    manage(env, "backup", str(tmp_path / "new.zip"))
    older(tmp_path / "new.zip", old, SNAPSHOT, (first / "divan.sqlite3").read_bytes())
    there = machine(elsewhere, request, kind, "older")
    manage(there, "shell", "-c", MAKE_OTHERS)
    before = content(elsewhere)
    if kind == "sqlite":
        manage(there, "restore", str(old))
        assert manage(there, "shell", "-c", SAY) == said
        return
    with pytest.raises(RuntimeError, match="Restore it on SQLite, and make a new backup there"):
        manage(there, "restore", str(old))
    assert content(elsewhere) == before
    assert "mallory" in manage(there, "shell", "-c", WHO)
    fixture = manage(env, "dumpdata", "auth.user", "chat", "--natural-foreign")
    older(tmp_path / "new.zip", tmp_path / "fixture.zip", FIXTURE, fixture.encode())
    manage(there, "restore", str(tmp_path / "fixture.zip"))
    assert manage(there, "shell", "-c", SAY) == said


def older(new: Path, old: Path, name: str, database: bytes) -> None:
    """As version 1 made it."""
    with zipfile.ZipFile(new) as archive, zipfile.ZipFile(old, "w") as made:
        about = json.loads(archive.read(MANIFEST))
        for one in archive.namelist():
            if one not in (MANIFEST, ROWS):
                made.writestr(one, archive.read(one))
        made.writestr(name, database)
        del about["files"][ROWS]
        about["files"][name] = {"size": len(database), "sha256": hashlib.sha256(database).hexdigest()}
        made.writestr(MANIFEST, json.dumps(about | {"divan": 1}))


KEEP_A_KEY = """
from providers.models import Server
from providers.types import Secret
Server.objects.create(name="mine", provider="openai", base_url="http://localhost", key=Secret("sk-kept-key"))
"""
SAY_THE_KEY = "from providers.models import Server; print(Server.objects.get(name='mine').key.reveal())"


@pytest.mark.timeout(180)
def test_keys_of_services_and_tool_servers_come_along_only_where_asked(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    plain, whole = tmp_path / "plain.zip", tmp_path / "whole.zip"
    env, there = environment(first, {}), environment(second, {})
    first.mkdir()
    manage(env, "migrate")
    manage(env, "shell", "-c", KEEP_A_KEY)
    tool_servers = '{"mcpServers": {"notes": {"url": "https://notes.example", "headers": {"X": "sk-tool"}}}}'
    (first / "mcp.json").write_text(tool_servers)
    assert "mcp.json" in manage(env, "backup", str(plain))
    manage(env, "backup", "--keys", str(whole))
    assert [("mcp.json" in zipfile.ZipFile(path).namelist()) for path in (plain, whole)] == [False, True]
    second.mkdir()
    (second / "mcp.json").write_text("{}")
    manage(there, "restore", str(plain))
    assert "sk-kept-key" not in manage(there, "shell", "-c", SAY_THE_KEY)
    assert (second / "mcp.json").read_text() == "{}"
    own = (second / "encryption_keys").read_text()
    manage(there, "restore", str(whole))
    assert (second / "mcp.json").read_text() == tool_servers
    assert (second / "mcp.json").stat().st_mode & 0o777 == 0o600
    assert [path.read_text() for path in second.glob("before-restore-*/mcp.json")] == ["{}"]
    assert "sk-kept-key" in manage(there, "shell", "-c", SAY_THE_KEY)
    assert (second / "encryption_keys").stat().st_mode & 0o777 == 0o600
    assert [path.read_text() for path in second.glob("before-restore-*/encryption_keys")] == [own]


@pytest.mark.django_db
def test_a_backup_that_was_changed_puts_nothing_back(store: FileStore, tmp_path: Path) -> None:
    filled(store.folders.data)
    archive, bad, target = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "target"
    write_backup(store.folders.data, archive, lambda done, total: None)
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
        {MANIFEST: json.dumps(manifest | {"divan": 3}).encode()},
        {MANIFEST: json.dumps(outside).encode()},
    ):
        changed(**entries)
        with pytest.raises(BackupError):
            restore_backup(target, bad, lambda done, total: None)
        assert [path.name for path in target.iterdir()] == [IN_USE]
    bad.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(BackupError):
        restore_backup(target, bad, lambda done, total: None)
    assert [path.name for path in target.iterdir()] == [IN_USE]


@pytest.mark.django_db
def test_a_backup_is_never_written_over_another_and_never_half(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store.folders.data)
    archive = tmp_path / "divan.zip"
    archive.write_text("older")
    with pytest.raises(BackupError, match="there already"):
        write_backup(store.folders.data, archive, lambda done, total: None)
    assert archive.read_text() == "older"

    def full(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_backup(store.folders.data, tmp_path / "new.zip", full)
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["divan.zip"]
    assert list(tmp_path.glob(".new*")) == []
