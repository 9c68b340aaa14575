"""Lines that are written from the event loop, over a connection that it waits for itself."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from conversations.answer_parts import Delta
from conversations.postgresql import dead_processes, loop_statement
from conversations.postgresql.store import PostgresStore
from conversations.records import AnswerMessage
from conversations.store.base import Journal, LoopWriter
from conversations.store.journal_lines import encode_line
from tests.conversations.samples import ID, conversation, header, user

Make = Callable[[], PostgresStore]


def text(seq: int, words: str) -> bytes:
    return encode_line(Delta(seq, "text", words)).encode()


def texts(store: PostgresStore, message: str) -> list[str]:
    return [piece.text for piece in store.journals.read(ID, message).pieces if isinstance(piece, Delta)]


@pytest.fixture
def store(rows: Make) -> PostgresStore:
    made = rows()
    made.create(conversation(), user("u1"))
    return made


@pytest.fixture
async def writer(store: PostgresStore) -> Any:
    made = store.journals.loop_writer()
    yield made
    made.close()


@pytest.fixture
def journals(store: PostgresStore) -> list[Journal]:
    return [store.journals.begin(ID, header(f"a{n}", "u1")) for n in range(3)]


@pytest.fixture
def watched(tables: dict[str, Any], store: PostgresStore) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**tables, autocommit=True) as connection:
        yield connection


def end_all(watched: "psycopg.Connection[Any]") -> None:
    """Every connection but the one that says so."""
    watched.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


def is_waited_for(watched: "psycopg.Connection[Any]") -> bool:
    return bool(watched.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall())


async def until_it_waits(watched: "psycopg.Connection[Any]") -> None:
    """For the lock that `watched` has."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(is_waited_for, watched):
            pass


async def test_each_has_its_own_lines_in_their_order_and_no_thread_is_asked(
    store: PostgresStore, writer: LoopWriter, journals: list[Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await writer.write({}) == []
    assert await writer.write({journals[0]: text(0, "first ")}) == []

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a thread was asked")

    with monkeypatch.context() as alone:
        alone.setattr(ThreadPoolExecutor, "submit", refuse)
        for seq in (1, 2):
            lines = {journal: text(seq, f"{n}:{seq} ") for n, journal in enumerate(journals)}
            assert await writer.write(lines) == []
    assert texts(store, "a0") == ["first ", "0:1 ", "0:2 "]
    assert texts(store, "a2") == ["2:1 ", "2:2 "]


async def test_what_the_system_does_not_take_at_once_goes_in_the_end(
    store: PostgresStore, writer: LoopWriter, journals: list[Journal]
) -> None:
    large = "ş" * 4_000_000
    assert await writer.write({journals[0]: text(0, large)}) == []
    assert await writer.write({journals[0]: text(1, "on")}) == []
    assert texts(store, "a0") == [large, "on"]


def declare_dead(other: PostgresStore, number: int) -> list[tuple[str, AnswerMessage]]:
    with other._process.writing() as connection:
        return dead_processes.declare_dead(connection, number)


async def test_lines_of_an_answer_that_was_ended_are_refused(
    store: PostgresStore, writer: LoopWriter, journals: list[Journal], rows: Make
) -> None:
    other = rows()
    kept = other.journals.begin(ID, header("kept", "u1"))
    store._process.close()
    # PostgreSQL lets its lock go once it has seen that the connection is closed.
    ended: list[Any] = []
    async with asyncio.timeout(30):
        while not ended:
            ended = await asyncio.to_thread(declare_dead, other, journals[0].process)  # type: ignore[attr-defined]
    refused = await writer.write({journal: text(0, "late") for journal in (*journals, kept)})
    assert refused == journals
    assert [journal.is_taken for journal in (*journals, kept)] == [True, True, True, False]
    assert texts(other, "kept") == ["late"]


async def test_one_whose_connection_was_ended_while_it_was_idle_writes_over_another(
    store: PostgresStore, writer: LoopWriter, journals: list[Journal], watched: "psycopg.Connection[Any]"
) -> None:
    assert await writer.write({journals[0]: text(0, "before ")}) == []
    await asyncio.to_thread(end_all, watched)
    async with asyncio.timeout(30):
        while await writer.write({journals[0]: text(1, "after")}):
            assert not journals[0].is_taken
    assert texts(store, "a0") == ["before ", "after"]


async def test_what_is_cut_off_in_its_midst_is_refused_and_goes_the_next_time(
    store: PostgresStore, writer: LoopWriter, journals: list[Journal], watched: "psycopg.Connection[Any]"
) -> None:
    assert await writer.write({journals[0]: text(0, "before ")}) == []
    with watched.transaction():
        watched.execute("LOCK TABLE journal_lines IN EXCLUSIVE MODE")
        writing = asyncio.create_task(writer.write({journals[0]: text(1, "lost")}))
        await until_it_waits(watched)
        end_all(watched)
        assert await writing == journals[:1]
    assert not journals[0].is_taken
    assert await writer.write({journals[0]: text(1, "again")}) == []
    assert texts(store, "a0") == ["before ", "again"]


async def test_a_connection_of_which_the_loop_tells_nothing_is_looked_at(
    store: PostgresStore, writer: Any, journals: list[Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_statement, "LOOK_AGAIN", 0.01)
    assert await writer.write({journals[0]: text(0, "first ")}) == []
    asyncio.get_running_loop().remove_reader(writer._statement._socket)
    async with asyncio.timeout(30):
        assert await writer.write({journals[0]: text(1, "next")}) == []
    assert texts(store, "a0") == ["first ", "next"]


async def test_one_that_is_given_up_leaves_no_answer_to_the_next(
    store: PostgresStore, writer: LoopWriter, journals: list[Journal], watched: "psycopg.Connection[Any]"
) -> None:
    assert await writer.write({journals[0]: text(0, "before ")}) == []
    with watched.transaction():
        watched.execute("LOCK TABLE journal_lines IN EXCLUSIVE MODE")
        writing = asyncio.create_task(writer.write({journal: text(1, "lost") for journal in journals}))
        await until_it_waits(watched)
        writing.cancel()
        await asyncio.wait({writing})
    assert await writer.write({journals[1]: text(0, "next")}) == []
    assert texts(store, "a1")[-1] == "next"
