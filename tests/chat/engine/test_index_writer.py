"""When the index is written behind the files, and over which connection."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.db import OperationalError, connection, connections

from chat.engine import index_writer
from chat.engine.index_writer import IndexWriter


class Rows:
    """What was written, batch by batch; `failures` are raised before anything is."""

    def __init__(self) -> None:
        self.written: list[list[str]] = []
        self.failures: list[Exception] = []
        self.connections: list[object] = []

    def write(self, ids: list[str]) -> None:
        connection.ensure_connection()
        self.connections.append(connection.connection)
        if self.failures:
            raise self.failures.pop(0)
        self.written.append(ids)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def busy() -> list[bool]:
    """Busy where something is in it."""
    return []


@pytest.fixture
async def writer(rows: Rows, busy: list[bool], transactional_db: None) -> AsyncIterator[IndexWriter]:
    made = IndexWriter(rows.write, lambda: bool(busy))
    yield made
    await made.aclose()


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long enough for the gathering to end by itself."""
    monkeypatch.setattr(index_writer, "GATHERED", 1_000.0)


async def test_what_changes_together_is_written_together(
    never: None, writer: IndexWriter, rows: Rows
) -> None:
    for name in ("b", "a", "b", "c"):
        writer.note_change(name)
    await writer.wait_until_written()
    assert rows.written == [["a", "b", "c"]]


async def test_nothing_to_write_is_no_reason_to_wait(writer: IndexWriter, rows: Rows) -> None:
    await writer.wait_until_written()
    assert rows.written == []


async def test_while_answers_stream_it_is_gathered_for_longer(
    monkeypatch: pytest.MonkeyPatch, writer: IndexWriter, rows: Rows, busy: list[bool]
) -> None:
    monkeypatch.setattr(index_writer, "GATHERED", 0.0)
    monkeypatch.setattr(index_writer, "GATHERED_WHILE_BUSY", 1_000.0)
    writer.note_change("idle")
    await writer.wait_until_written()
    busy.append(True)
    writer.note_change("begun", may_wait=True)
    for _ in range(100):
        await asyncio.sleep(0)
    writer.note_change("ended", may_wait=True)
    assert rows.written == [["idle"]]
    await writer.wait_until_written()
    assert rows.written == [["idle"], ["begun", "ended"]]


async def test_what_may_not_wait_takes_with_it_what_has_gathered(
    monkeypatch: pytest.MonkeyPatch, writer: IndexWriter, rows: Rows, busy: list[bool]
) -> None:
    monkeypatch.setattr(index_writer, "GATHERED", 0.0)
    monkeypatch.setattr(index_writer, "GATHERED_WHILE_BUSY", 1_000.0)
    busy.append(True)
    writer.note_change("begun", may_wait=True)
    for _ in range(100):
        await asyncio.sleep(0)
    assert rows.written == []
    assert writer._round is not None
    writer.note_change("new")
    async with asyncio.timeout(60):
        await writer._round
    assert rows.written == [["begun", "new"]]


async def test_who_waits_does_not_wait_for_what_changes_meanwhile(
    never: None, writer: IndexWriter, rows: Rows
) -> None:
    """However much streams, a list is given."""
    writer.note_change("first")
    waiting = asyncio.create_task(writer.wait_until_written())
    while not rows.written:
        await asyncio.sleep(0)
        writer.note_change("and on")
    async with asyncio.timeout(60):
        await waiting
    assert rows.written[0][0] in ("and on", "first")


async def test_one_connection_is_kept_from_one_writing_to_the_next(writer: IndexWriter, rows: Rows) -> None:
    for name in ("a", "b", "c"):
        writer.note_change(name)
        await writer.wait_until_written()
    assert len(rows.connections) == 3
    assert len({id(one) for one in rows.connections}) == 1


async def test_a_connection_that_was_lost_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, writer: IndexWriter, rows: Rows
) -> None:
    monkeypatch.setattr(type(connections[connection.alias]), "is_usable", lambda _: False)
    rows.failures.append(OperationalError("the server closed the connection"))
    writer.note_change("a")
    await writer.wait_until_written()
    assert rows.written == [["a"]]


async def test_a_refusal_of_a_sound_connection_is_logged_and_the_next_change_is_written(
    writer: IndexWriter, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    rows.failures.append(OperationalError("database is locked"))
    writer.note_change("a")
    await writer.wait_until_written()
    assert "The index could not be written" in caplog.text
    writer.note_change("b")
    await writer.wait_until_written()
    assert rows.written == [["b"]]
