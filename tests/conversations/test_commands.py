import io
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.core.management.color import color_style
from django.test import Client

from conversations.files.store import FileStore
from conversations.index.indexing import reindex_all
from conversations.models import Conversation, Response
from conversations.progress import Bar

from .samples import ID, answer, conversation, header, one_of_each, user


def run(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=out)
    return out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.django_db
def test_reindexing_says_how_many_and_shows_no_bar_in_a_log(store: FileStore) -> None:
    store.create(conversation(), *one_of_each()[1:])
    assert run("reindex_chats") == "1 conversations indexed, 0 removed.\n"
    assert Conversation.objects.get().message_count == 5
    assert run("reindex_chats", "--changed") == "0 conversations indexed, 0 removed.\n"


@pytest.mark.django_db
def test_reindexing_fails_where_a_file_cannot_be_read(store: FileStore) -> None:
    store.create(conversation())
    store.folders.path(ID).unlink()
    store.folders.path(ID).symlink_to(store.folders.path(ID))
    with pytest.raises(CommandError, match=f"1 could not be read: {ID}"):
        run("reindex_chats")


@pytest.mark.django_db
def test_reindexing_takes_in_what_can_be_read_of_a_damaged_file_and_fails(store: FileStore) -> None:
    store.create(conversation(), user("u1"))
    with store.folders.path(ID).open("ab") as file:
        file.write(b"not json\n")
    with pytest.raises(CommandError, match=f"1 damaged, indexed as far as they can be read: {ID}"):
        run("reindex_chats")
    assert Conversation.objects.get().message_count == 1


@pytest.mark.django_db
def test_reindexing_and_exporting_take_in_what_a_killed_server_left(store: FileStore, tmp_path: Path) -> None:
    store.create(conversation(), user("u1"))
    store.journals.begin(ID, header("a1", "u1")).close()
    run("reindex_chats")
    assert Response.objects.get().status == "interrupted"
    store.journals.begin(ID, header("a2", "u1")).close()
    run("export_chats", ID, "--format", "json", "--output", str(tmp_path / "out.json"))
    assert [one.get("id") for one in json.loads((tmp_path / "out.json").read_bytes())["records"]][-1] == "a2"


@pytest.mark.django_db
def test_an_export_goes_into_one_file_too(store: FileStore, tmp_path: Path) -> None:
    other = "20260101-000000-aaaaaaaa"
    store.create(conversation(), user("u1", text="first"))
    store.create(conversation(other, owner="grace"), user("u1", text="second"))
    told = tmp_path / "told.md"
    run("export_chats", "--format", "markdown", "--output", str(told))
    assert told.read_text().count("# A title") == 2
    out = io.StringIO()
    call_command("export_chats", "--owner", "grace", "--format", "text", "--output", "-", stdout=out)
    assert "second" in out.getvalue()
    assert "first" not in out.getvalue()


@pytest.mark.django_db
def test_a_damaged_conversation_is_exported_as_far_as_it_goes_and_named(
    store: FileStore, tmp_path: Path
) -> None:
    store.create(conversation(), user("u1", text="still here"))
    with store.folders.path(ID).open("ab") as file:
        file.write(b"not json\n")
    with pytest.raises(CommandError, match=f"{ID} is damaged: line 3"):
        run("export_chats", "--format", "text", "--output", str(tmp_path))
    assert "still here" in (tmp_path / f"A title {ID}.txt").read_text()


@pytest.mark.django_db
def test_what_no_importer_knows_is_named_and_the_rest_taken_in(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="empty holds no conversation"):
        run("import_chats", "--owner", "local", str(tmp_path / "empty"))
    known = {"divan": 1, "id": ID, "records": [conversation(), user("u1")]}
    mixed = tmp_path / "mixed.json"
    mixed.write_text(json.dumps([{"title": "Odd", "what": 1}, known]))
    with pytest.raises(CommandError, match=r"1 of mixed.json not imported: Odd"):
        run("import_chats", "--owner", "local", str(mixed))
    assert store.exists(ID)


def test_a_bar_is_for_a_terminal() -> None:
    terminal, log = Terminal(), io.StringIO()
    for out in (terminal, log):
        wrapped = OutputWrapper(out)
        wrapped.style_func = color_style(force_color=True).ERROR
        bar = Bar(wrapped, "Reading")
        bar(1, 4)
        bar(4, 4)
    assert log.getvalue() == ""
    halfway = f"\rReading [{'#' * 7}{'.' * 23}] 1/4"
    assert terminal.getvalue() == f"{halfway}\rReading [{'#' * 30}] 4/4\n"


@pytest.mark.django_db
def test_importing_shows_how_much_was_read_and_nothing_of_it_in_a_log(
    store: FileStore, tmp_path: Path
) -> None:
    lines = [conversation(), user("u1", text="long " * 300_000), answer("a1", "u1")]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    size = f"{path.stat().st_size:,}"
    terminal, log = Terminal(), io.StringIO()
    call_command("import_chats", path, owner="local", dry_run=True, stdout=io.StringIO(), stderr=terminal)
    call_command("import_chats", path, owner="local", stdout=io.StringIO(), stderr=log)
    assert f"..] 1,048,576/{size}\r" in terminal.getvalue()
    assert terminal.getvalue().endswith(f"#] {size}/{size}\n")
    assert log.getvalue() == ""
    assert store.exists(ID)


def test_verifying_says_when_all_is_well(store: FileStore) -> None:
    store.create(conversation(), *one_of_each()[1:])
    assert run("verify_chats") == "1 conversations, all well.\n"


def test_verifying_names_everything_that_is_wrong(store: FileStore) -> None:
    attached = [{"type": "image", "sha256": "0" * 64, "name": "cat.png", "mime": "image/png", "bytes": 1}]
    store.create(conversation(), user("u1", parts=attached), answer("a1", "u0"))
    other = "20260101-000000-aaaaaaaa"
    store.create(conversation(other), user("u1"))
    with store.folders.path(ID).open("ab") as file:
        file.write(b"not json\n{torn")
    store.folders.path(ID).chmod(0o644)
    (store.folders.conversations / f"{ID}.torn-1").write_bytes(b"12345")
    (store.folders.conversations / "notes.txt").write_text("mine")
    (store.folders.conversations / "20260105-000000-cccccccc.torn-1").write_text("left behind")
    out = io.StringIO()
    with pytest.raises(CommandError, match="6 problems in 2 conversations"):
        call_command("verify_chats", stdout=out)
    said = out.getvalue()
    for what in (
        "line 4 cannot be read",
        "torn line of 5 bytes",
        "a1 hangs below u0",
        "can be read by other users",
        f"{ID}.torn-1 holds 5 bytes",
        f"attachment {'0' * 64} is missing",
        "notes.txt: is no conversation",
        "20260105-000000-cccccccc.torn-1: belongs to",
    ):
        assert what in said
    assert other not in said
    assert run("verify_chats", other) == "1 conversations, all well.\n"


def test_purging_removes_what_is_old_enough(store: FileStore) -> None:
    store.create(conversation())
    store.trash(ID)
    assert run("purge_trash") == "0 conversations and 0 attachments removed for ever.\n"
    trashed = store.folders.trash / f"{ID}.jsonl"
    then = trashed.stat().st_mtime - timedelta(days=31).total_seconds()
    os.utime(trashed, (then, then))
    assert run("purge_trash") == "1 conversations and 0 attachments removed for ever.\n"
    assert not trashed.exists()


@pytest.mark.django_db
def test_the_admin_shows_the_index_and_no_message(store: FileStore) -> None:
    store.create(conversation(), user("u1", text="a secret question"), answer("a1", "u1", "a secret answer"))
    reindex_all(store)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.create_superuser("root", "", "x"))
    for page in (
        "conversation/",
        f"conversation/{ID}/change/",
        "response/",
        "conversation/?q=title&damaged=no",
    ):
        response = client.get(f"/admin/conversations/{page}")
        assert response.status_code == 200, page
        body = response.content.decode()
        assert ID in body
        assert "secret" not in body
    assert client.get("/admin/conversations/conversation/add/").status_code == 403
    Conversation.objects.update(title="wrong")
    client.post("/admin/conversations/conversation/", {"action": "reindex", "_selected_action": [ID]})
    assert Conversation.objects.get().title == "A title"
