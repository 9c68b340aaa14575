"""A file or a journal may end at any byte: after a crash, a full disk, a copy that was broken off."""

import os

import orjson
import pytest

from conversations.errors import ConversationDamagedError
from conversations.export.outline import outline_conversation
from conversations.files.store import FileStore
from conversations.store.lines import encode_record, encode_records

from .samples import ID, answer, conversation, header, record, user


def read(store: FileStore) -> list[object]:
    return [record for _, record in store.open(ID).records_from(0)]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda fd: None)


def test_cut_at_any_byte_the_whole_records_open_and_more_can_be_appended(store: FileStore) -> None:
    records = [conversation(), user("u1"), answer("a1", "u1", "İstanbul\u2028ёлка \0 😀"), record("hologram")]
    lines = [encode_record(record) for record in records]
    data = b"".join(lines)
    new = user("after", None)
    store.folders.conversations.mkdir(parents=True)
    for cut in range(len(lines[0]) - 1, len(data) + 1):
        store.folders.path(ID).write_bytes(data[:cut])
        whole, length = 0, 0
        while whole < len(lines) and length + len(lines[whole]) - 1 <= cut:
            length += len(lines[whole])
            whole += 1
        file = store.open(ID)
        assert file.damaged is None
        assert read(store) == records[:whole]
        file.append([new], durable=False)
        assert read(store) == [*records[:whole], new]
        torn = data[length:cut]
        kept = store.folders.conversations / f"{ID}.torn-1"
        assert (kept.read_bytes() if kept.exists() else b"") == torn
        kept.unlink(missing_ok=True)


def test_cut_in_its_first_line_a_file_is_never_written_again(store: FileStore) -> None:
    data = encode_records([conversation()])
    store.folders.conversations.mkdir(parents=True)
    for cut in range(len(data) - 1):
        store.folders.path(ID).write_bytes(data[:cut])
        file = store.open(ID)
        assert file.damaged is not None
        assert file.damaged.line == 1
        assert file.refresh() == []
        for append in (file.append, lambda records: store.append(ID, records)):
            with pytest.raises(ConversationDamagedError):
                append([user("u1")])
        assert store.folders.path(ID).read_bytes() == data[:cut]


def test_a_reader_takes_a_growing_line_once_it_is_whole(store: FileStore) -> None:
    file = store.create(conversation())
    line = encode_record(user("u1", text="😀 ё"))
    found = []
    with store.folders.path(ID).open("ab", buffering=0) as writer:
        for byte in line:
            writer.write(bytes([byte]))
            found += file.refresh()
    assert found == [user("u1", text="😀 ё")]
    assert file.append([user("u2")]) == [user("u2")]
    assert file.damaged is None


def test_a_journal_cut_at_any_byte_gives_what_had_arrived(store: FileStore) -> None:
    texts = ["Bir ", "ёлка", "\u2028", " 😀", " son"]
    deltas = [orjson.dumps({"seq": n, "part": "text", "text": text}) + b"\n" for n, text in enumerate(texts)]
    head = encode_record(header("a1", "u1"))  # type: ignore[arg-type]
    data = head + b"".join(deltas)
    store.create(conversation(), user("u1"))
    start = store.folders.path(ID).read_bytes()
    for cut in range(len(head) - 1, len(data) + 1):
        store.folders.path(ID).write_bytes(start)
        store.journals.begin(ID, header("a1", "u1")).close()
        (store.folders.journal_folder(ID) / "a1.jsonl").write_bytes(data[:cut])
        (found,) = store.journals.recover(ID)
        length, whole = len(head), 0
        while whole < len(deltas) and length + len(deltas[whole]) - 1 <= cut:
            length += len(deltas[whole])
            whole += 1
        expected = "".join(texts[:whole])
        assert "".join(part["text"] for part in found["parts"] if part["type"] == "text") == expected
        assert found["status"] == "interrupted"


BAD_LINES = [
    b"\0" * 40,
    b"[1]",
    b'"x"',
    b"{}",
    b'{"type":"message"}',
    b'{"type":"head"}',
    b'{"type":1}',
    b"\xff\xfe",
    b"NaN",
]


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_damaged_middle_shows_the_rest_and_takes_nothing(store: FileStore, bad: bytes) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"), user("u2", "a1"), answer("a2", "u2"))
    lines = store.folders.path(ID).read_bytes().split(b"\n")
    data = b"\n".join([*lines[:2], bad, *lines[3:]])
    store.folders.path(ID).write_bytes(data)
    file = store.open(ID)
    assert file.tree.path() == ["u2", "a2"]
    assert [orjson.loads(record).get("id") for record in file.snapshot()] == [ID, "u1", "u2", "a2"]
    assert file.damaged is not None
    assert (file.damaged.line, file.damaged.lines) == (3, 1)
    with pytest.raises(ConversationDamagedError):
        file.append([user("u3")])
    assert store.folders.path(ID).read_bytes() == data


def test_the_line_of_the_damage_is_the_one_an_editor_shows(store: FileStore) -> None:
    store.create(conversation())
    with store.folders.path(ID).open("ab") as file:
        file.write(b"\n\n" + encode_record(user("u1")) + b"oops\nagain\n")
    damaged = store.open(ID).damaged
    assert damaged is not None
    assert (damaged.line, damaged.lines) == (5, 2)


@pytest.mark.parametrize("hurt", ["u1", "a1", "u2", "a2"])
@pytest.mark.parametrize("with_", [b"\0", b"x", b"{", b"\xff"])
def test_a_line_made_unreadable_while_the_file_is_open_hides_no_other_message(
    store: FileStore, hurt: str, with_: bytes
) -> None:
    ids = ["u1", "a1", "u2", "a2", "u3", "a3"]
    store.create(conversation(), user("u1"), answer("a1", "u1"), user("u2", "a1"), answer("a2", "u2"))
    store.append(ID, [user("u3", "a2"), answer("a3", "u3")])
    file = store.open(ID)
    whole = {record["id"]: record for record in file.messages(ids)}
    lines = store.folders.path(ID).read_bytes().split(b"\n")
    number = 1 + ids.index(hurt)
    with store.folders.path(ID).open("r+b") as raw:
        raw.seek(len(b"\n".join(lines[:number])) + 1)
        raw.write(with_ * len(lines[number]))
    assert [message["id"] for message in file.messages(ids)] == ids
    for message in file.messages(ids):
        assert (message == whole[message["id"]]) == (message["id"] != hurt)
    assert [orjson.loads(record).get("id") for record in file.snapshot()] == [ID, *ids]
    lost = next(found for found in map(orjson.loads, file.snapshot()) if found.get("id") == hurt)
    assert lost["parts"] == [{"type": "text", "text": "[…]"}]
    assert [
        message["id"] for section in outline_conversation(file, "path") for message in section.messages
    ] == ids
    assert file.append([user("u4", "a3")])
    assert file.tree.path() == [*ids, "u4"]


def test_a_file_rewritten_in_its_place_is_read_anew(store: FileStore) -> None:
    store.create(conversation(), user("u1", text="one"), answer("a1", "u1"))
    file = store.open(ID)
    data = store.folders.path(ID).read_bytes()
    with store.folders.path(ID).open("r+b") as raw:
        raw.write(data.replace(b'"u1"', b'"v1"'))
    assert file.messages(["u1"]) == []
    assert file.tree.path() == ["v1", "a1"]
