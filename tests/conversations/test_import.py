# ruff: noqa: E501 -- samples, as other programs write them
import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.management import CommandError, call_command

from chat.models import Upload
from conversations.attachments import AttachmentStore
from conversations.export import export_document
from conversations.files.store import FileStore
from conversations.importers import ImportReport, import_file
from conversations.listing import list_conversations
from conversations.store.conversation import ConversationFile

from .samples import ID, answer, conversation, one_of_each, user

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def take(store: FileStore, path: Path, content: object, **options: Any) -> ImportReport:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return import_file(store.folders.data, path, "ada", **options)


def only(store: FileStore) -> ConversationFile:
    (conversation_id,) = store.ids()
    file = store.open(conversation_id)
    assert file.damaged is None
    return file


def whole(file: ConversationFile, *ids: str) -> list[Any]:
    return cast(list[Any], file.messages(ids))


def spoken(file: ConversationFile, leaf: str | None = None) -> list[str]:
    """Who said what on a path."""
    said = []
    for message in file.messages(file.tree.path(leaf)):
        texts = [part["text"] for part in message["parts"] if part["type"] == "text"]
        said.append(f"{message['role']}: {' | '.join(texts)}")
    return said


def chatgpt_node(
    identifier: str, parent: str | None, role: str, *parts: Any, **fields: Any
) -> dict[str, Any]:
    content = {"content_type": "text", "parts": list(parts)} | fields.pop("content", {})
    message = {"author": {"role": role}, "content": content, "create_time": 1700000000.5, "metadata": {}}
    return {"id": identifier, "parent": parent, "children": [], "message": message | fields}


def chatgpt(*nodes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    entry = {
        "title": "Kediler",
        "create_time": 1700000000.25,
        "conversation_id": "c0ffee",
        "current_node": nodes[-1]["id"],
        "mapping": {"root": {"id": "root", "message": None, "parent": None}}
        | {one["id"]: one for one in nodes},
    }
    return entry | fields


CHATGPT = chatgpt(
    chatgpt_node("sys", "root", "system", "You are"),
    chatgpt_node("u1", "sys", "user", "Kediler neden mırlar?"),
    chatgpt_node("a1", "u1", "assistant", "Eski cevap", metadata={"model_slug": "gpt-4o"}),
    chatgpt_node(
        "t1", "u1", "assistant", content={"content_type": "thoughts", "thoughts": [{"content": "Hm"}]}
    ),
    chatgpt_node("tool", "t1", "tool", "search results"),
    chatgpt_node("a2", "tool", "assistant", "Yeni cevap", metadata={"model_slug": "o3"}),
    chatgpt_node("hidden", "a2", "user", "x", metadata={"is_visually_hidden_from_conversation": True}),
    chatgpt_node("u2", "hidden", "user", "Teşekkürler"),
    is_archived=True,
)


def test_a_chatgpt_export_keeps_its_tree(store: FileStore, tmp_path: Path) -> None:
    report = take(store, tmp_path / "conversations.json", [CHATGPT])
    assert (report.conversations, report.messages, report.skipped) == (1, 4, [])
    file = only(store)
    assert file.id.startswith("20231114-221320-")
    assert spoken(file) == ["user: Kediler neden mırlar?", "assistant: Yeni cevap", "user: Teşekkürler"]
    (first, second) = file.messages(file.tree.children("u1"))
    assert [part["type"] for part in second["parts"]] == ["reasoning", "text"]
    assert first["parts"] == [{"type": "text", "text": "Eski cevap"}]
    assert file.tree.settings["archived"] is True
    assert list_conversations("ada", archived=True, q="mırlar").rows[0].title == "Kediler"


def test_what_is_imported_twice_stands_once(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", [CHATGPT, CHATGPT])
    again = take(store, tmp_path / "b.json", [CHATGPT])
    assert again.skipped == [("Kediler", "here already")]
    conversation_id = only(store).id
    store.trash(conversation_id)
    assert take(store, tmp_path / "b.json", [CHATGPT]).reasons() == {"in the trash": 1}
    assert list(store.ids()) == []


def test_a_dry_run_counts_and_writes_nothing(store: FileStore, tmp_path: Path) -> None:
    entries = [CHATGPT, {"odd": 1}, CHATGPT | {"mapping": {}, "conversation_id": "empty", "title": "Leer"}]
    report = take(store, tmp_path / "a.json", entries, dry_run=True)
    assert (report.conversations, report.messages) == (1, 4)
    assert report.skipped == [("a.json", "no conversation of a known kind"), ("Leer", "without messages")]
    assert not store.folders.conversations.exists()


def test_a_chatgpt_zip_brings_its_pictures(store: FileStore, tmp_path: Path) -> None:
    pointer = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AbC123"}
    asked = chatgpt_node(
        "u1", "root", "user", pointer, "Bu ne?",
        content={"content_type": "multimodal_text"},
        metadata={"attachments": [{"id": "file-AbC123", "name": "kedi.png"}]},
    )  # fmt: skip
    drawn = chatgpt_node(
        "d1",
        "u1",
        "tool",
        pointer | {"asset_pointer": "sediment://file_ff00"},
        content={"content_type": "multimodal_text"},
    )
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/conversations.json", json.dumps([chatgpt(asked, drawn)]))
        archive.writestr("x/user.json", "{}")
        archive.writestr("x/file-AbC123-kedi.png", PNG)
        archive.writestr("x/dalle/file_ff00-sanitized.png", PNG + b"1")
        archive.writestr("../../evil.json", "{}")
    report = import_file(store.folders.data, path, "ada")
    assert (report.conversations, report.attachments) == (1, 2)
    assert report.skipped == [("../../evil.json", "no conversation of a known kind")]
    question, made = whole(only(store), "u1", "d1")
    assert [part["type"] for part in question["parts"]] == ["text", "image"]
    picture = question["parts"][1]
    assert (picture["name"], picture["mime"]) == ("kedi.png", "image/png")
    assert AttachmentStore(store.folders.data).read(picture["sha256"]) == PNG
    assert made["role"] == "assistant"
    assert not (tmp_path / "evil.json").exists()


def test_a_claude_export(store: FileStore, tmp_path: Path) -> None:
    entry = {
        "uuid": "11111111-2222-3333-4444-555555555555",
        "name": "Poem",
        "created_at": "2024-05-01T10:00:00.000000Z",
        "chat_messages": [
            {
                "uuid": "m1",
                "sender": "human",
                "text": "Write",
                "content": [{"type": "text", "text": "Write a poem"}],
                "created_at": "2024-05-01T10:00:01Z",
                "attachments": [{"file_name": "a.txt", "extracted_content": "words"}],
                "files": [{"file_name": "cat.png"}],
            },
            {
                "uuid": "m2",
                "sender": "assistant",
                "text": "Roses",
                "content": [{"type": "thinking", "thinking": "Rhyme?"}, {"type": "tool_use", "input": {}}],
            },
        ],
    }
    report = take(store, tmp_path / "conversations.json", [entry])
    assert (report.conversations, report.messages, report.attachments) == (1, 2, 1)
    file = only(store)
    assert spoken(file) == ["user: Write a poem | [cat.png]", "assistant: Roses"]
    (reply,) = whole(file, "m2")
    assert reply["parts"][0] == {"type": "reasoning", "text": "Rhyme?"}
    assert reply["model"] == "anthropic/claude"


def test_a_claude_export_with_parents_keeps_branches(store: FileStore, tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"
    rows = [("u", root, "human"), ("a", "u", "assistant"), ("b", "u", "assistant")]
    messages = [
        {"uuid": one, "parent_message_uuid": parent, "sender": sender, "text": one}
        for one, parent, sender in rows
    ]
    take(store, tmp_path / "c.json", [{"uuid": "x", "name": "", "chat_messages": messages}])
    assert only(store).tree.children("u") == ["a", "b"]


def test_an_open_webui_export(store: FileStore, tmp_path: Path) -> None:
    picture = "data:image/png;base64," + base64.b64encode(PNG).decode()
    thought = '<details type="reasoning" done="true" duration="3">\n<summary>Thought</summary>\n&gt; Let me\n&gt; see\n</details>\n42'
    messages = {
        "q": {
            "id": "q",
            "parentId": None,
            "role": "user",
            "content": "6*7?",
            "timestamp": 1710000000,
            "files": [{"type": "image", "url": picture}],
        },
        "x": {"id": "x", "parentId": "q", "role": "assistant", "content": thought, "model": "qwen3:8b"},
        "y": {"id": "y", "parentId": "q", "role": "assistant", "content": "43", "model": "llama 3"},
    }
    entry = {
        "id": "owui-1",
        "title": "Sum",
        "created_at": 1710000000,
        "pinned": True,
        "meta": {"tags": ["math"]},
        "chat": {"history": {"currentId": "x", "messages": messages}},
    }
    report = take(store, tmp_path / "chats.json", [entry])
    assert (report.conversations, report.messages, report.attachments) == (1, 3, 1)
    file = only(store)
    assert spoken(file) == ["user: 6*7?", "assistant: 42"]
    x, y = whole(file, "x", "y")
    assert x["parts"][0] == {"type": "reasoning", "text": "Let me\nsee"}
    assert y["model"] == "openwebui/llama-3"
    assert file.tree.settings["tags"] == ["math"]
    assert file.tree.settings["pinned"] is True


@pytest.mark.parametrize("nested", [False, True])
def test_a_librechat_export(store: FileStore, tmp_path: Path, nested: bool) -> None:
    no_parent = "00000000-0000-0000-0000-000000000000"
    u1 = {
        "messageId": "u1",
        "parentMessageId": no_parent,
        "isCreatedByUser": True,
        "text": "Hi",
        "createdAt": "2024-01-01T00:00:00Z",
    }
    a1 = {
        "messageId": "a1",
        "parentMessageId": "u1",
        "isCreatedByUser": False,
        "model": "gpt-4o",
        "text": "",
        "content": [{"type": "think", "think": "So"}, {"type": "text", "text": {"value": "Hello"}}],
        "createdAt": "2024-01-01T00:00:02Z",
    }
    a0 = {
        "messageId": "a0",
        "parentMessageId": "u1",
        "isCreatedByUser": False,
        "sender": "GPT",
        "text": "Hey",
        "createdAt": "2024-01-01T00:00:01Z",
    }
    messages = (
        [{**u1, "children": [{**a0, "children": []}, {**a1, "children": []}]}] if nested else [u1, a0, a1]
    )
    take(
        store,
        tmp_path / "c.json",
        {"conversationId": "l-1", "title": "Greeting", "recursive": nested, "messages": messages},
    )
    file = only(store)
    assert spoken(file) == ["user: Hi", "assistant: Hello"]
    assert file.tree.children("u1") == ["a0", "a1"]


@pytest.mark.parametrize("name", ["json", "file", "zip of files"])
def test_our_own_comes_back_as_it_was(store: FileStore, tmp_path: Path, name: str) -> None:
    attachments = AttachmentStore(store.folders.data)
    image = {
        "type": "image",
        "sha256": attachments.add(PNG).sha256,
        "name": "a.png",
        "mime": "image/png",
        "bytes": 28,
    }
    records = [*one_of_each(), user("u9", parts=[image])]
    store.create(conversation(), *records[1:])
    Upload.objects.create(owner="ada", sha256=str(image["sha256"]), name="a.png", mime="image/png", size=28)
    path = tmp_path / "export.json"
    if name == "json":
        path.write_bytes(export_document(store.open(ID), attachments, "json").data)
    elif name == "file":
        path = tmp_path / "some.jsonl"
        path.write_bytes(store.folders.path(ID).read_bytes())
    else:
        path = tmp_path / "files.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(store.folders.path(ID), f"{ID}.jsonl")
    assert import_file(store.folders.data, path, "ada").reasons() == {"here already": 1}
    elsewhere = FileStore(tmp_path / "elsewhere")
    report = import_file(tmp_path / "elsewhere", path, "ada")
    assert (report.ids, report.attachments) == ([ID], int(name == "json"))
    assert [found for _, found in elsewhere.open(ID).records_from(0)] == records
    if name == "json":
        assert AttachmentStore(tmp_path / "elsewhere").read(image["sha256"]) == PNG  # type: ignore[arg-type]


def test_anothers_conversation_is_neither_changed_nor_taken(store: FileStore, tmp_path: Path) -> None:
    store.create(conversation(owner="grace"), user("u1"))
    before = store.folders.path(ID).read_bytes()
    document = {"divan": 1, "records": [conversation(owner="grace"), user("u1"), answer("a1", "u1")]}
    report = take(store, tmp_path / "a.json", document)
    assert report.conversations == 1
    assert report.ids != [ID]
    assert store.folders.path(ID).read_bytes() == before
    mine = store.open(report.ids[0]).tree.conversation
    assert mine is not None
    assert mine["owner"] == "ada"
    assert take(store, tmp_path / "a.json", document).reasons() == {"here already": 1}


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([], "does not begin with a conversation"),
        ([user("u1")], "does not begin with a conversation"),
        ([conversation("../../etc/passwd")], "does not begin with a conversation"),
        ([conversation(format=2)], "made by a newer version of Divan"),
        ([conversation(), {"type": "message", "id": 7}], "a message without a usable id and parent"),
    ],
)
def test_what_is_not_right_of_ours_is_left_out(
    store: FileStore, tmp_path: Path, records: list[Any], reason: str
) -> None:
    report = take(store, tmp_path / "a.json", {"divan": 1, "records": records})
    assert list(report.reasons()) == [reason]
    assert not store.folders.conversations.exists()


def test_importing_by_command(store: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([CHATGPT, {"odd": 1}]))
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"1 of a.json would not be imported: a.json"):
        call_command("import_chats", path, owner="local", dry_run=True, stdout=out)
    assert "1 conversations with 4 messages and 0 attachments would be imported." in out.getvalue()
    assert not store.folders.conversations.exists()
    with pytest.raises(CommandError, match=r"1 of a.json not imported: a.json"):
        call_command("import_chats", path, owner="local", stdout=out)
    assert "1 skipped: no conversation of a known kind." in out.getvalue()
    assert list_conversations("local", archived=True).rows[0].title == "Kediler"
    with pytest.raises(CommandError, match="no user grace"):
        call_command("import_chats", path, owner="grace", stdout=out)
    path.write_text("{}")
    with pytest.raises(CommandError, match=r"1 of a.json not imported: a.json"):
        call_command("import_chats", path, owner="local", stdout=out)
