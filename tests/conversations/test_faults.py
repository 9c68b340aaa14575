"""The system says no: a full disk, half a write, an I/O error."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conversations.answer_parts import Delta
from conversations.errors import ConversationNotFoundError, StorageError
from conversations.files.store import FileStore
from conversations.store.lines import encode_record

from .samples import ID, answer, conversation, header, user


@contextmanager
def disk_that(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, instead: Callable[..., Any]
) -> Iterator[None]:
    """`instead(real, fd, …)` in place of os.`name`, for files below the folder alone."""
    real = getattr(os, name)

    def call(fd: int, *args: Any) -> Any:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        return instead(real, fd, *args) if path.is_relative_to(folder) else real(fd, *args)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, call)
        yield


def full_after(room: int) -> Callable[..., int]:
    left = room

    def write(real: Callable[..., int], fd: int, data: memoryview) -> int:
        nonlocal left
        if left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(fd, data[:left])
        left -= written
        return written

    return write


def refuse(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_disk_that_fills_up_at_any_byte_leaves_the_file_as_it_was(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = store.create(conversation(), user("u1"))
    before = store.folders.path(ID).read_bytes()
    record = answer("a1", "u1")
    for room in range(len(encode_record(record))):
        with (
            disk_that(monkeypatch, store.folders.conversations, "write", full_after(room)),
            pytest.raises(StorageError, match="No space left"),
        ):
            file.append([record], durable=False)
        assert store.folders.path(ID).read_bytes() == before
    assert file.append([record]) == [record]
    assert store.open(ID).tree.path() == ["u1", "a1"]


def test_short_writes_are_written_on(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with disk_that(
        monkeypatch, store.folders.conversations, "write", lambda real, fd, data: real(fd, data[:7])
    ):
        file = store.create(conversation(), user("u1"))
        file.append([answer("a1", "u1")])
    assert [record for _, record in file.records_from(0)] == [conversation(), user("u1"), answer("a1", "u1")]


def test_a_write_that_writes_nothing_ends(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create(conversation())
    with (
        disk_that(monkeypatch, store.folders.conversations, "write", lambda *_: 0),
        pytest.raises(StorageError),
    ):
        store.append(ID, [user("u1")])


def test_what_could_not_even_be_cut_off_is_set_aside_by_the_next_append(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(conversation())
    line = encode_record(user("u1"))
    with (
        disk_that(monkeypatch, store.folders.conversations, "write", full_after(20)),
        disk_that(monkeypatch, store.folders.conversations, "ftruncate", refuse),
        pytest.raises(StorageError),
    ):
        store.append(ID, [user("u1")])
    assert store.open(ID).refresh() == []
    store.append(ID, [user("u2")])
    assert store.open(ID).tree.path() == ["u2"]
    assert (store.folders.conversations / f"{ID}.torn-1").read_bytes() == line[:20]


def test_what_could_not_be_synced_is_not_acknowledged_and_not_there(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = store.create(conversation())
    with (
        disk_that(monkeypatch, store.folders.conversations, "fdatasync", refuse),
        pytest.raises(StorageError),
    ):
        file.append([user("u1")])
    assert file.refresh() == []
    assert file.append([user("u2")]) == [user("u2")]


@pytest.mark.parametrize("name", ["write", "fsync"])
def test_a_conversation_that_could_not_be_made_leaves_nothing(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with disk_that(monkeypatch, store.folders.conversations, name, refuse), pytest.raises(StorageError):
        store.create(conversation(), user("u1"))
    assert list(store.folders.conversations.iterdir()) == []
    store.create(conversation())


def test_a_full_disk_leaves_a_journal_readable(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create(conversation(), user("u1"))
    journal = store.journals.begin(ID, header("a1", "u1"))
    journal.write(b'{"seq":0,"part":"text","text":"Hel"}\n')
    with (
        disk_that(monkeypatch, store.folders.conversations, "write", full_after(9)),
        pytest.raises(StorageError),
    ):
        journal.write(b'{"seq":1,"part":"text","text":"never"}\n')
    journal.write(b'{"seq":1,"part":"text","text":"lo"}\n')
    assert store.journals.read(ID, "a1").pieces == [Delta(0, "text", "Hel"), Delta(1, "text", "lo")]
    journal.remove()


def test_a_folder_that_may_not_be_read_is_an_error_and_not_an_empty_conversation(store: FileStore) -> None:
    store.create(conversation(), user("u1"))
    store.folders.path(ID).unlink()
    store.folders.path(ID).symlink_to(store.folders.path(ID))
    with pytest.raises(StorageError):
        store.open(ID)
    with pytest.raises(StorageError):
        store.append(ID, [user("u2")])


def test_whoever_waited_while_a_conversation_was_trashed_finds_none(store: FileStore) -> None:
    store.create(conversation())
    failed: list[type[BaseException]] = []
    started = threading.Event()

    def append() -> None:
        started.set()
        try:
            store.append(ID, [user("u1")])
        except ConversationNotFoundError as error:
            failed.append(type(error))

    waiting = threading.Thread(target=append)
    with store.locked(ID):
        waiting.start()
        started.wait()
        store.folders.trash.mkdir()
        store.folders.path(ID).rename(store.folders.trash / f"{ID}.jsonl")
    waiting.join(10)
    assert failed == [ConversationNotFoundError]
    store.restore(ID)
    assert store.open(ID).tree.path() == []
