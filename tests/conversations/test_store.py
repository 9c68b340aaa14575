import os
import stat
from contextlib import AbstractContextManager
from pathlib import Path

import orjson
import pytest

from conversations.errors import (
    ConversationDamagedError,
    ConversationExistsError,
    ConversationNotFoundError,
    InvalidCursorError,
    InvalidIdError,
    InvalidRecordError,
    OvertakenError,
)
from conversations.files.content import FileContent, opened
from conversations.files.store import FileStore
from conversations.records import Record
from conversations.store.homes import Homes

from .samples import ID, answer, conversation, one_of_each, record, user


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_appended_is_read_back_as_it_was(store: FileStore) -> None:
    first, *rest = one_of_each()
    store.create(conversation())
    store.append(ID, rest)
    assert [found for _, found in store.open(ID).records_from(0)] == [first, *rest]


def test_a_file_that_was_just_written_is_not_read_back(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def open_noting(path: Path) -> AbstractContextManager[FileContent]:
        read.append(path.stem)
        return opened(path)

    monkeypatch.setattr("conversations.files.store.opened", open_noting)
    made = Homes(store).create(conversation(), user("u1"))
    assert (list(made.tree.messages), read) == (["u1"], [])
    assert [found for _, found in made.records_from(0)] == [conversation(), user("u1")]
    assert read == [ID]


def test_files_are_the_owners_alone(store: FileStore) -> None:
    old = os.umask(0)
    try:
        store.create(conversation())
        store.trash(ID)
    finally:
        os.umask(old)
    assert mode(store.folders.conversations) == mode(store.folders.trash) == 0o700
    assert mode(store.folders.trash / f"{ID}.jsonl") == 0o600


def test_a_conversation_is_made_once(store: FileStore) -> None:
    store.create(conversation(), user("u1"))
    with pytest.raises(ConversationExistsError):
        store.create(conversation(title="Another"))
    assert store.open(ID).tree.settings["title"] == "A title"
    assert [path.name for path in store.folders.conversations.iterdir()] == [f"{ID}.jsonl"]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "..",
        "../x",
        "a/b",
        f"{ID}/../x",
        f"../{ID}",
        f"{ID}\n",
        f"{ID}\0",
        ID.upper(),
        f"{ID}.jsonl",
        "٢" * 8,
    ],
)
def test_an_id_cannot_leave_the_folder(store: FileStore, bad: str) -> None:
    for call in (store.open, store.trash, store.restore, store.exists, store.folders.journal_folder):
        with pytest.raises(InvalidIdError):
            call(bad)
    with pytest.raises(InvalidIdError):
        store.append(bad, [])
    with pytest.raises(InvalidIdError):
        store.create(conversation(bad))


def test_a_conversation_that_is_not_there_is_not_made_by_appending(store: FileStore) -> None:
    with pytest.raises(ConversationNotFoundError):
        store.append(ID, [user("u1")])
    with pytest.raises(ConversationNotFoundError):
        store.open(ID)
    assert not store.folders.conversations.exists()


def test_an_open_file_sees_what_others_append_once(store: FileStore) -> None:
    mine, theirs = store.create(conversation()), store.open(ID)
    assert theirs.append([user("u1")]) == [user("u1")]
    assert mine.append([answer("a1", "u1")]) == [user("u1"), answer("a1", "u1")]
    assert mine.refresh() == []
    assert theirs.refresh() == [answer("a1", "u1")]
    assert mine.tree.path() == theirs.tree.path() == ["u1", "a1"]
    assert mine.size == theirs.size == store.folders.path(ID).stat().st_size


def test_refresh_reads_only_what_was_appended(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    file = store.create(conversation(), *(user(f"u{n}", text="x" * 1000) for n in range(500)))
    store.append(ID, [user("last")])
    read = 0
    pread = os.pread

    def counting(fd: int, length: int, offset: int) -> bytes:
        nonlocal read
        data = pread(fd, length, offset)
        read += len(data)
        return data

    monkeypatch.setattr(os, "pread", counting)
    assert file.refresh() == [user("last")]
    assert read < 1000


def test_appending_costs_the_same_however_long_the_file(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(conversation())
    calls: list[int] = []
    pread = os.pread

    def counting(fd: int, length: int, offset: int) -> bytes:
        data = pread(fd, length, offset)
        calls.append(len(data))
        return data

    store.append(ID, [user(f"u{n}", text="x" * 1000) for n in range(2000)])
    monkeypatch.setattr(os, "pread", counting)
    store.append(ID, [user("last")])
    assert sum(calls) <= 65536 + 1


def test_messages_are_read_by_place(store: FileStore) -> None:
    file = store.create(conversation(), user("u1", text="one"), answer("a1", "u1", "two"))
    assert file.messages(["a1", "nowhere", "u1"]) == [answer("a1", "u1", "two"), user("u1", text="one")]


def test_a_file_replaced_by_another_program_is_read_anew(store: FileStore, tmp_path: Path) -> None:
    file = store.create(conversation(), user("u1"))
    other = tmp_path / "new"
    other.write_bytes(orjson.dumps(conversation()) + b"\n" + orjson.dumps(user("other")) + b"\n")
    other.replace(store.folders.path(ID))
    assert file.messages(["other"]) == [user("other")]
    assert file.tree.path() == ["other"]
    store.append(ID, [answer("a1", "other")])
    assert file.refresh() == [answer("a1", "other")]


def test_a_cursor_resumes_after_its_record(store: FileStore) -> None:
    records = one_of_each()
    file = store.create(conversation(), *records[1:])
    offsets = [offset for offset, _ in file.records_from(0)]
    assert offsets[-1] == file.size
    for index, offset in enumerate(offsets):
        assert [found for _, found in file.records_from(offset)] == records[index + 1 :]


@pytest.mark.parametrize("offset", [-1, 5, 10**9])
def test_a_cursor_inside_a_record_is_refused(store: FileStore, offset: int) -> None:
    file = store.create(conversation())
    with pytest.raises(InvalidCursorError):
        list(file.records_from(offset))


def test_a_snapshot_holds_the_end_of_the_path_and_of_the_file_whole_and_the_rest_elided(
    store: FileStore,
) -> None:
    records: list[Record] = [user("u0"), answer("a0", "u0"), answer("b0", "u0", lane="l2")]
    for n in range(1, 10):
        records += [user(f"u{n}", f"a{n - 1}"), answer(f"a{n}", f"u{n}"), answer(f"b{n}", f"u{n}", lane="l2")]
    records += [record("vote", message="a0", value=1), user("aside", "b0")]
    records += [record("head", message="a9"), record("hologram", depth=3)]
    first, *shown = map(orjson.loads, store.create(conversation(), *records).snapshot(keep=4))
    assert first == conversation()
    whole = {"u8", "a8", "b8", "u9", "a9", "b9", "aside"}
    for found, written in zip(shown, records, strict=True):
        if written["type"] != "message" or written["id"] in whole:
            assert found == written
        else:
            assert found == {**{k: v for k, v in written.items() if k != "parts"}, "elided": True}


def test_a_short_conversation_is_shown_whole(store: FileStore) -> None:
    records = one_of_each()
    shown = store.create(conversation(), *records[1:]).snapshot()
    assert not any("elided" in orjson.loads(found) for found in shown)


def test_deleting_moves_to_the_trash_and_back(store: FileStore) -> None:
    file = store.create(conversation(), user("u1"))
    store.trash(ID)
    assert list(store.ids()) == []
    assert list(store.trashed.ids()) == [ID]
    with pytest.raises(ConversationNotFoundError):
        file.append([user("u2")])
    with pytest.raises(ConversationNotFoundError):
        store.trash(ID)
    store.restore(ID)
    assert store.open(ID).tree.path() == ["u1"]
    with pytest.raises(ConversationNotFoundError):
        store.restore(ID)


def test_restoring_never_overwrites(store: FileStore) -> None:
    store.create(conversation(title="Old"))
    store.trash(ID)
    store.create(conversation(title="New"))
    with pytest.raises(ConversationExistsError):
        store.restore(ID)
    assert store.open(ID).tree.settings["title"] == "New"
    assert list(store.trashed.ids()) == [ID]


def test_ids_come_oldest_first_and_only_of_conversations(store: FileStore) -> None:
    for conversation_id in ("20260101-000000-bbbbbbbb", "20250101-000000-aaaaaaaa"):
        store.create(conversation(conversation_id))
    (store.folders.conversations / "notes.txt").write_text("mine")
    (store.folders.conversations / "draft.jsonl").write_text("mine")
    (store.folders.conversations / f"{ID}.live").mkdir()
    assert list(store.ids()) == ["20250101-000000-aaaaaaaa", "20260101-000000-bbbbbbbb"]


def test_a_record_that_no_reader_could_take_in_is_not_written(store: FileStore) -> None:
    file = store.create(conversation())
    size = file.size
    for bad in (record("message", id="x"), record("head"), record("settings", title={1, 2})):
        with pytest.raises(InvalidRecordError):
            file.append([user("u1"), bad])
    assert store.folders.path(ID).stat().st_size == size


def test_a_newer_format_is_shown_and_not_written(store: FileStore) -> None:
    store.create(conversation())
    store.folders.path(ID).write_bytes(
        orjson.dumps(conversation(format=2)) + b"\n" + orjson.dumps(user("u1")) + b"\n"
    )
    file = store.open(ID)
    assert file.damaged is not None
    assert "format 2" in file.damaged.reason
    assert file.tree.path() == ["u1"]
    for append in (lambda: store.append(ID, [user("u2")]), lambda: file.append([user("u2")])):
        with pytest.raises(ConversationDamagedError):
            append()


def test_what_follows_what_was_there_does_not_come_behind_another_message(store: FileStore) -> None:
    store.create(conversation())
    here, there = store.open(ID), store.open(ID)
    seen = here.size
    there.append([user("u1")])
    for refreshed in (False, True):
        if refreshed:
            here.refresh()
        with pytest.raises(OvertakenError):
            here.append([user("u2")], after=seen)
    here.append([user("u2")], after=here.size)
    seen = here.size
    there.append([record("settings", title="New")])
    # What is no message changes nothing of what a message follows.
    here.append([user("u3")], after=seen)
    assert list(store.open(ID).tree.messages) == ["u1", "u2", "u3"]
