"""Journals of all answers, written together: nothing waits for the disk, and no line is lost on the way."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from chat.engine.answers import journal_writer
from chat.engine.answers.journal_writer import JournalWriter
from conversations.answer_parts import Delta
from conversations.errors import StorageError
from conversations.files.journals import FileJournals
from conversations.files.store import FileStore
from conversations.store.base import Journal
from conversations.store.journal_lines import encode_line
from tests.conversations.samples import ID, conversation, header, user
from tests.services.processes import wait_until


@pytest.fixture
def asked(store: FileStore) -> FileStore:
    store.create(conversation(), user("u1"))
    return store


def start(store: FileStore, message: str = "a1") -> Journal:
    return store.journals.begin(ID, header(message, "u1"))


def line(seq: int) -> str:
    return encode_line(Delta(seq, "text", f"{seq} "))


def seqs(store: FileStore, message: str = "a1") -> list[int]:
    return [piece.seq for piece in store.journals.read(ID, message).pieces]


async def journalled(store: FileStore, message: str, wanted: list[int]) -> None:
    """Returns when its journal has these lines."""
    await asyncio.to_thread(
        wait_until, lambda: seqs(store, message) == wanted, seconds=30, what="the journal"
    )


async def written(writer: JournalWriter) -> None:
    while writer._task is not None:
        await asyncio.wait({writer._task})


async def test_lines_are_written_in_their_order_in_one_hop_for_all_journals(
    asked: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hops: list[str] = []
    real = ThreadPoolExecutor.submit

    def count(self: ThreadPoolExecutor, work: Any, /, *given: Any, **named: Any) -> Any:
        hops.append(work.__name__)
        return real(self, work, *given, **named)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", count)
    writer, journals = JournalWriter(asked.journals), [start(asked, f"a{n}") for n in range(5)]
    for seq in range(20):
        for journal in journals:
            writer.add(journal, line(seq))
    await written(writer)
    assert hops == ["write_all"]
    assert all(seqs(asked, f"a{n}") == list(range(20)) for n in range(5))
    for journal in journals:
        journal.close()


async def test_no_other_work_in_threads_keeps_lines_from_the_disk(asked: FileStore) -> None:
    """As of a slow disk's fsync: all the loop's own threads wait."""
    loop, release = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    blocked = loop.run_in_executor(None, release.wait)
    writer, journal = JournalWriter(asked.journals), start(asked, "a1")
    writer.add(journal, line(0))
    try:
        async with asyncio.timeout(30):
            await written(writer)
        assert seqs(asked) == [0]
    finally:
        release.set()
        await blocked
        journal.close()


async def test_lines_that_come_while_it_writes_are_written_next(
    asked: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, journal = JournalWriter(asked.journals), start(asked)
    writing, go_on = asyncio.Event(), threading.Event()
    loop, real = asyncio.get_running_loop(), journal.write

    def slow(data: bytes) -> None:
        loop.call_soon_threadsafe(writing.set)
        go_on.wait(30)
        real(data)

    monkeypatch.setattr(journal, "write", slow)
    writer.add(journal, line(0))
    await writing.wait()
    writer.add(journal, line(1))
    go_on.set()
    await written(writer)
    assert seqs(asked) == [0, 1]
    journal.close()


async def test_a_journal_that_is_closed_has_all_its_lines_for_recovery(asked: FileStore) -> None:
    writer, journal = JournalWriter(asked.journals), start(asked)
    for seq in range(3):
        writer.add(journal, line(seq))
    await writer.close(journal, remove=False)
    (found,) = asked.journals.recover(ID)
    assert found["parts"] == [{"type": "text", "text": "0 1 2 "}]


async def test_one_whose_record_is_in_the_file_is_gone_and_comes_back_by_no_late_line(
    asked: FileStore,
) -> None:
    writer, journal, other = JournalWriter(asked.journals), start(asked), start(asked, "a2")
    writer.add(journal, line(0))
    writer.add(other, line(0))
    await writer.close(journal, remove=True)
    await written(writer)
    assert [path.name for path in asked.folders.journal_folder(ID).iterdir()] == ["a2.jsonl"]
    assert seqs(asked, "a2") == [0]
    other.close()


async def test_a_journal_that_cannot_be_written_takes_nothing_from_the_others(
    asked: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, broken, other = JournalWriter(asked.journals), start(asked), start(asked, "a2")

    def refuse(data: bytes) -> None:
        raise StorageError("No space left on device")

    monkeypatch.setattr(broken, "write", refuse)
    for journal in (broken, other):
        writer.add(journal, line(0))
    await journalled(asked, "a2", [0])
    writer.add(other, line(1))
    await writer.close(broken, remove=False)
    await journalled(asked, "a2", [0, 1])
    assert seqs(asked) == []
    other.close()


async def test_an_answer_that_another_process_has_ended_is_stopped_and_its_lines_are_let_go(
    asked: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: bytes) -> None:
        raise StorageError("declared dead")

    stopped: list[str] = []
    writer, journal = JournalWriter(asked.journals), asked.journals.begin(ID, header("a1", "u1"))
    writer.watch(journal, lambda _: None, stopped.append)
    monkeypatch.setattr(journal, "write", refuse)
    monkeypatch.setattr(journal, "is_taken", True)
    writer.add(journal, line(0))
    await written(writer)
    assert stopped == ["interrupted"]
    assert writer._lines == {}
    await writer.close(journal, remove=True)


@pytest.fixture
def written_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileJournals, "write_first", True)


@pytest.mark.usefixtures("written_first")
async def test_what_is_shown_is_written_before_it(asked: FileStore) -> None:
    writer, journal = JournalWriter(asked.journals), start(asked)
    shown: list[tuple[int, list[int]]] = []

    def show(seq: int) -> None:
        shown.append((seq, seqs(asked)))

    for seq in range(3):
        writer.add(journal, line(seq), partial(show, seq))
    assert shown == []
    await written(writer)
    assert shown == [(seq, [0, 1, 2]) for seq in range(3)]
    journal.close()


@pytest.mark.usefixtures("written_first")
async def test_what_the_disk_refuses_is_shown_once_that_is_told(
    asked: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, journal = JournalWriter(asked.journals), start(asked)
    told: list[Any] = []
    writer.watch(journal, told.append, lambda status: None)

    def refuse(data: bytes) -> None:
        raise StorageError("No space left on device")

    with monkeypatch.context() as full:
        full.setattr(journal, "write", refuse)
        writer.add(journal, line(0), lambda: told.append("0"))
        while told != [False, "0"]:
            assert writer._task is not None
            await asyncio.wait({writer._task})
        writer.add(journal, line(1), lambda: told.append("1"))
        assert told == [False, "0", "1"]
    await journalled(asked, "a1", [0, 1])
    await written(writer)
    assert told == [False, "0", "1", True]
    writer.add(journal, line(2), lambda: told.append("2"))
    assert told == [False, "0", "1", True]
    await written(writer)
    assert told == [False, "0", "1", True, "2"]
    journal.close()


@pytest.mark.usefixtures("written_first")
async def test_what_is_not_written_for_long_is_told_and_shown(
    asked: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_writer, "SHOWN_AT_LAST", 0.01)
    writer, journal = JournalWriter(asked.journals), start(asked)
    go_on, real, told = threading.Event(), journal.write, list[Any]()
    shown = asyncio.Event()
    writer.watch(journal, told.append, lambda status: None)

    def slow(data: bytes) -> None:
        go_on.wait(30)
        real(data)

    monkeypatch.setattr(journal, "write", slow)
    writer.add(journal, line(0), lambda: told.append("0"))
    writer.add(journal, line(1), shown.set)
    async with asyncio.timeout(30):
        await shown.wait()
    assert (told, seqs(asked)) == ([False, "0"], [])
    go_on.set()
    await written(writer)
    assert (told, seqs(asked)) == ([False, "0", True], [0, 1])
    journal.close()


@pytest.mark.usefixtures("written_first")
async def test_where_the_record_is_written_first_nothing_is_shown_after_it(asked: FileStore) -> None:
    """And where it could not be, all that waited is."""
    writer, journal, shown = JournalWriter(asked.journals), start(asked), list[int]()
    writer.add(journal, line(0), lambda: shown.append(0))

    async def end_on_a_full_disk() -> None:
        async with writer.ending(journal):
            writer.add(journal, line(1), lambda: shown.append(1))
            raise StorageError("No space left on device")

    with pytest.raises(StorageError):
        await end_on_a_full_disk()
    await written(writer)
    assert shown == [0, 1]
    writer.add(journal, line(2), lambda: shown.append(2))
    async with writer.ending(journal) as remove:
        await asyncio.to_thread(remove)
    await written(writer)
    assert shown == [0, 1]
