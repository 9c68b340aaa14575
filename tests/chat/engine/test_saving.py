"""A disk that takes nothing for a while: what was shown waits in memory, and is written in the end."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.engine.answers import journal_writer, saving
from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.engine import Engine
from chat.engine.reader import Reader
from chat.engine.room import Room
from conversations.answer_parts import GAP, Delta
from conversations.files.store import FileStore
from conversations.store.base import Store
from conversations.store.journal_lines import encode_line
from tests.chat.engine.conftest import folders_here, taken
from tests.chat.engine.test_engine import begin, plan, text_of, words
from tests.conversations.samples import ID, conversation, header, user
from tests.services.processes import wait_until


class Disk:
    """Of the data folder: full, or with so many bytes left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._write = os.write
        self._left: int | None = None
        self._changing = threading.Lock()
        self.refused = 0

    @property
    def left(self) -> int | None:
        return self._left

    @left.setter
    def left(self, left: int | None) -> None:
        """Never in the midst of a write, which another thread makes."""
        with self._changing:
            self._left = left

    def write(self, fd: int, data: Any) -> int:
        with self._changing:
            if self._left is None or not Path(f"/proc/self/fd/{fd}").readlink().is_relative_to(self._folder):
                return self._write(fd, data)
            if self._left == 0:
                self.refused += 1
                raise OSError(errno.ENOSPC, "No space left on device")
            written = self._write(fd, bytes(data)[: self._left])
            self._left -= written
            return written


@pytest.fixture
def disk(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk(store.folders.conversations)
    monkeypatch.setattr(os, "write", made.write)
    monkeypatch.setattr(journal_writer, "INTERVAL", 0.001)
    monkeypatch.setattr(journal_writer, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(saving, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(saving, "LONGEST_PAUSE", 0.01)
    return made


@pytest.fixture
async def room(engine: Engine) -> Room:
    return (await engine.rooms.create(conversation(owner="local"), user("u1")))[0]


async def until(holds: Callable[[], object]) -> None:
    await asyncio.to_thread(wait_until, lambda: bool(holds()), seconds=30, what="what the disk does")


@pytest.mark.parametrize("left", [0, 1, 30, 77])
async def test_lines_that_the_disk_refused_are_in_the_journal_in_the_end_and_in_order(
    store: FileStore, disk: Disk, left: int
) -> None:
    store.create(conversation(), user("u1"))
    journal, writer, told = (
        store.journals.begin(ID, header("a1", "u1")),
        JournalWriter(store.journals),
        list[bool](),
    )
    writer.watch(journal, told.append, lambda _: None)
    lines = [encode_line(Delta(seq, "text", str(seq))) for seq in range(30)]
    writer.add(journal, lines[0])
    disk.left = left
    for line in lines[1:20]:
        writer.add(journal, line)
    await until(lambda: disk.refused > 3)
    for line in lines[20:]:
        writer.add(journal, line)
    disk.left = None
    await until(lambda: told == [False, True])
    assert [piece.seq for piece in store.journals.read(ID, "a1").pieces] == list(range(30))
    await writer.close(journal, remove=True)


async def test_what_waits_for_the_disk_is_bounded_and_recovery_marks_what_was_given_up(
    store: FileStore, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_writer, "MOST_KEPT", 200)
    store.create(conversation(), user("u1"))
    journal, writer, told = (
        store.journals.begin(ID, header("a1", "u1")),
        JournalWriter(store.journals),
        list[bool](),
    )
    writer.watch(journal, told.append, lambda _: None)
    journal.write(encode_line(Delta(0, "text", "begin ")).encode())
    disk.left = 0
    for seq in range(1, 50):
        writer.add(journal, encode_line(Delta(seq, "text", f"{seq} ")))
    await until(lambda: disk.refused > 1)
    disk.left = None
    await until(lambda: told == [False, True])
    await writer.close(journal, remove=False)
    (record,) = recovered(store)
    said = text_of(record)
    assert said.startswith(f"begin {GAP}")
    assert said.endswith("48 49 ")
    assert (record["status"], record["gaps"]) == ("interrupted", 1)


def recovered(store: Store) -> list[Any]:
    return list(store.journals.recover(ID))


@pytest.mark.parametrize(
    ("seqs", "gaps"), [([0, 1, 2], 0), ([1, 2], 1), ([0, 2], 1), ([0, 2, 4], 2), ([0, 5, 6, 9], 2), ([], 0)]
)
def test_recovery_says_in_how_many_places_words_are_missing(
    store: FileStore, seqs: list[int], gaps: int
) -> None:
    store.create(conversation(), user("u1"))
    journal = store.journals.begin(ID, header("a1", "u1"))
    for seq in seqs:
        journal.write(encode_line(Delta(seq, "text", f"<{seq}>")).encode())
    journal.close()
    (record,) = recovered(store)
    assert record.get("gaps", 0) == text_of(record).count("[…]") == gaps
    assert text_of(record).replace(GAP, "") == "".join(f"<{seq}>" for seq in seqs)


async def test_an_answer_that_ends_while_the_disk_is_full_stays_and_is_kept_when_it_takes_it(
    engine: Engine, room: Room, disk: Disk
) -> None:
    reader = Reader()
    room.follow(reader)
    (answer,) = await begin(engine, room, plan("/echo speed=0 length=40"))
    disk.left = 0
    await until(lambda: disk.refused > 3 and answer.record is not None)
    assert answer.id in room.live
    late = Reader()
    await room.open(late)
    snapshot, note = (await taken(late))[:2]
    assert snapshot["live"][0]["message"]["id"] == answer.id
    assert (note["type"], note["code"]) == ("note", "unsaved")
    disk.left = None
    async with asyncio.timeout(30):
        await answer.ended.wait()
    events = await taken(reader)
    notes = [event["code"] for event in events if event["type"] == "note"]
    assert notes == ["unsaved", "saved"]
    (record,) = engine.store.open(ID).messages([answer.id])
    assert (record["status"], text_of(record)) == ("complete", answer.transcript.text)  # type: ignore[typeddict-item]
    assert not folders_here().journal_folder(ID).exists()


async def test_a_shutdown_does_not_wait_for_a_disk_that_takes_nothing(
    engine: Engine, room: Room, disk: Disk
) -> None:
    reader = Reader()
    room.follow(reader)
    (answer,) = await begin(engine, room, plan("/echo speed=100 length=2000"))
    await words(reader, answer)
    await until(lambda: engine.store.journals.read(ID, answer.id).pieces)
    disk.left = 0
    async with asyncio.timeout(30):
        await engine.shutdown()
    disk.left = None
    (record,) = recovered(engine.store)
    assert record["status"] == "interrupted"
    assert text_of(record)
    assert answer.transcript.text.startswith(text_of(record))


async def test_a_conversation_is_deleted_though_the_disk_takes_no_record(
    engine: Engine, room: Room, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.engine.engine.STOPPING_SECONDS", 0.05)
    (answer,) = await begin(engine, room, plan("/echo speed=0 length=40"))
    disk.left = 0
    await until(lambda: disk.refused > 3 and answer.record is not None)
    await engine.trash(room)
    disk.left = None
    async with asyncio.timeout(30):
        await answer.ended.wait()
    restored = await engine.restore(ID, owner="local")
    assert restored.file.tree.messages[answer.id]["status"] == "interrupted"
