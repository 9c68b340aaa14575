"""Answers from their begin to their record, by a whole engine and the `echo` server in this process."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from chat.actions.records import answer_header
from chat.engine import away as away_module
from chat.engine import engine as module
from chat.engine.answers.answer import Answer
from chat.engine.answers.plan import Plan, Prepared
from chat.engine.engine import Engine
from chat.engine.reader import Reader
from chat.engine.room import Room
from chat.protocol.errors import DatabaseAwayError
from conversations.errors import ConversationDamagedError, ConversationNotFoundError, StorageAwayError
from conversations.records import AnswerFacts
from conversations.settings import Lane
from conversations.store.journal_lines import Journalled
from core.originals.base import OriginalsAwayError
from providers.registry import Target
from providers.types import ChatRequest, Message, Text
from tests.chat.engine.conftest import Event, Peers, folders_here, taken
from tests.conversations.samples import ID, conversation, user
from tests.services.processes import wait_until

SLOW = "/echo length=2000 speed=200"
LANE: Lane = {"id": "l1", "model": "echo/echo"}


def plan(text: str = "Hello", facts: AnswerFacts | None = None, **more: Any) -> Plan:
    async def prepare(target: Target) -> Prepared:
        return Prepared(ChatRequest(target.model, [Message("user", (Text(text),))]), facts or {})

    return Plan(answer_header("u1", LANE), LANE, prepare, **more)


async def begin(engine: Engine, room: Room, *plans: Plan, **more: Any) -> list[Answer]:
    ids = await engine.begin(room, plans, **{"together": True, "language": "en", **more})
    return [engine.answers[answer] for answer in ids]


async def end(answers: Sequence[Answer]) -> list[Any]:
    async with asyncio.timeout(30):
        for answer in answers:
            await answer.ended.wait()
    return [answer.record for answer in answers]


async def words(reader: Reader, answer: Answer, seq: int = 3) -> list[Event]:
    """Returns once the reader has had delta number `seq` of the answer, with all until then."""
    events: list[Event] = []
    async with asyncio.timeout(30):
        while not any(
            one["type"] == "delta" and one["message"] == answer.id and one["seq"] >= seq for one in events
        ):
            events += await taken(reader)
    return events


async def journalled(engine: Engine, answer: Answer, pieces: int) -> Journalled:
    """Its journal, once it has so many pieces."""

    def read() -> Journalled:
        return engine.store.journals.read(answer.room.id, answer.id)

    await asyncio.to_thread(wait_until, lambda: len(read().pieces) >= pieces, seconds=30, what="the journal")
    return read()


@pytest.fixture
async def room(engine: Engine) -> Room:
    return (await engine.rooms.create(conversation(owner="local"), user("u1")))[0]


def text_of(record: Any) -> str:
    return "".join(part["text"] for part in record["parts"] if part["type"] == "text")


def naming(folder: Path, text: str) -> list[Path]:
    """Files with the text in them, or in their names."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text in str(path) or text.encode() in path.read_bytes()]


async def test_an_answer_is_told_numbered_and_ends_as_one_record_in_the_file(
    engine: Engine, room: Room, peers: Peers
) -> None:
    reader = Reader()
    room.follow(reader)
    facts: AnswerFacts = {"memory": 5, "sources": [{"n": 1}]}
    (answer,) = await begin(engine, room, plan("Merhaba", facts))
    (record,) = await end([answer])
    events = await taken(reader)
    deltas = [event for event in events if event["type"] == "delta"]
    assert [event["type"] for event in events] == ["start", *["delta"] * len(deltas), "record"]
    assert [event["seq"] for event in deltas] == list(range(len(deltas)))
    assert "".join(event["text"] for event in deltas) == text_of(record) != ""
    assert events[-1]["record"] == record
    assert (record["status"], record["memory"], record["sources"]) == ("complete", 5, [{"n": 1}])
    assert engine.store.open(ID).messages([answer.id]) == [record]
    assert not folders_here().journal_folder(ID).exists()
    assert [event for _, event in peers.frames] == events[:-1]
    assert (engine.answers, room.live) == ({}, {})


@pytest.mark.parametrize("error", [OperationalError("starting up"), StorageAwayError(), DatabaseAwayError()])
@pytest.mark.parametrize(("away", "status"), [(2, "complete"), (1000, "failed")])
async def test_one_that_begins_while_the_database_is_away_waits_a_moment_for_it(
    engine: Engine, room: Room, monkeypatch: pytest.MonkeyPatch, away: int, status: str, error: Exception
) -> None:
    monkeypatch.setattr(away_module, "TRY_AGAIN", 0.0)
    monkeypatch.setattr(away_module, "BACK_WITHIN", 0.1 if status == "failed" else 60.0)
    begun, tries = plan("Merhaba"), list[int]()

    async def prepare(target: Target) -> Prepared:
        tries.append(1)
        if len(tries) <= away:
            raise error
        return await begun.prepare(target)

    (answer,) = await begin(engine, room, replace(begun, prepare=prepare))
    (record,) = await end([answer])
    assert record["status"] == status
    assert len(tries) > 2 or status == "failed"


async def test_its_journal_has_its_words_and_facts_while_it_streams(engine: Engine, room: Room) -> None:
    reader = Reader()
    room.follow(reader)
    begun = plan(SLOW, {"memory": 5})
    header = dict(begun.header)
    (answer,) = await begin(engine, room, begun)
    await words(reader, answer)
    found = await journalled(engine, answer, 1)
    assert (found.header, found.facts) == (header, {"memory": 5})
    assert begun.header == header
    engine.stop(room, None)
    (record,) = await end([answer])
    assert (record["status"], record["memory"]) == ("stopped", 5)


async def test_stop_ends_one_answer_with_its_words_and_leaves_the_others(
    engine: Engine, room: Room, peers: Peers
) -> None:
    reader = Reader()
    room.follow(reader)
    one, other = await begin(engine, room, plan(SLOW), plan(SLOW))
    await words(reader, one)
    engine.stop(room, one.id)
    (stopped,) = await end([one])
    await words(reader, other, other.transcript.seq + 3)
    engine.stop(room, None)
    (also,) = await end([other])
    assert (stopped["status"], also["status"]) == ("stopped", "stopped")
    assert text_of(stopped) == one.transcript.text != ""
    assert peers.stops == [(ID, one.id), (ID, None)]


async def test_an_answer_that_is_stopped_before_it_was_asked_ends_empty(engine: Engine, room: Room) -> None:
    (answer,) = await begin(engine, room, plan(SLOW))
    engine.stop(room, answer.id)
    (record,) = await end([answer])
    assert (record["status"], record["parts"], record["cost"]["source"]) == ("stopped", [], "unknown")


async def test_answers_in_line_are_told_their_place_and_asked_one_after_the_other(
    engine: Engine, room: Room
) -> None:
    reader = Reader()
    room.follow(reader)
    answers = await begin(
        engine, room, *(plan(f"/echo length=5 speed=0 {n}") for n in range(3)), together=False
    )
    records = await end(answers)
    events = await taken(reader)
    assert [record["status"] for record in records] == ["complete"] * 3
    ends = [event["record"]["id"] for event in events if event["type"] == "record"]
    assert ends == [answer.id for answer in answers]
    starts = [event["message"] for event in events if event["type"] == "start"]
    last = [(one["status"], one.get("position")) for one in starts if one["id"] == answers[2].id]
    assert last == [("queued", 2), ("queued", 1), ("streaming", None)]
    first_words = next(
        place
        for place, event in enumerate(events)
        if event["type"] == "delta" and event["message"] == answers[1].id
    )
    assert events[:first_words][-1]["type"] in ("start", "record")
    assert {"type": "record", "conversation": ID, "record": records[0]} in events[:first_words]


@pytest.mark.parametrize("failing", ["prepare", "storage", "unknown model"])
async def test_one_that_fails_says_why_and_is_over(engine: Engine, room: Room, failing: str) -> None:
    async def refuse(target: Target) -> Prepared:
        raise OriginalsAwayError(5, "no answer") if failing == "storage" else RuntimeError("a fault")

    lane: Lane = {"id": "l1", "model": "nowhere/model"} if failing == "unknown model" else LANE
    (answer,) = await begin(engine, room, Plan(answer_header("u1", lane), lane, refuse))
    (record,) = await end([answer])
    assert record["status"] == "failed"
    codes = {"prepare": "internal", "storage": "storage_unavailable", "unknown model": "model_not_found"}
    assert record["error"]["code"] == codes[failing]
    assert room.live == {}


async def test_one_that_cannot_be_written_keeps_its_journal_and_readers_are_told(
    engine: Engine, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    room.follow(reader)

    async def refuse(*_: object) -> None:
        raise ConversationDamagedError("line 1 cannot be read")

    monkeypatch.setattr(room, "append_then", refuse)
    (answer,) = await begin(engine, room, plan("/echo speed=0 length=4"))
    await end([answer])
    events = await taken(reader)
    assert (events[-1]["type"], events[-1]["code"]) == ("error", "internal")
    monkeypatch.undo()
    engine.rooms.drop(ID)
    again = await engine.rooms.open(ID)
    (record,) = again.file.messages([answer.id])
    assert (record["status"], text_of(record)) == ("interrupted", answer.transcript.text)  # type: ignore[typeddict-item]


async def test_shutdown_ends_all_as_interrupted_with_their_words(
    engine: Engine, room: Room, peers: Peers
) -> None:
    reader = Reader()
    room.follow(reader)
    one, waiting = await begin(engine, room, plan(SLOW), plan(SLOW), together=False)
    await words(reader, one)
    await engine.shutdown()
    records: list[Any] = list(engine.store.open(ID).messages([one.id, waiting.id]))
    assert [record["status"] for record in records] == ["interrupted", "interrupted"]
    assert (text_of(records[0]), text_of(records[1])) == (one.transcript.text, "")
    assert peers.closed


async def test_what_a_person_stopped_is_not_interrupted_by_a_shutdown(engine: Engine, room: Room) -> None:
    (answer,) = await begin(engine, room, plan(SLOW))
    engine.stop(room, None)
    await engine.shutdown()
    assert answer.record is not None
    assert answer.record["status"] == "stopped"


async def test_the_trash_takes_a_conversation_with_the_words_of_what_streams(
    engine: Engine, room: Room, peers: Peers
) -> None:
    reader = Reader()
    room.follow(reader)
    (answer,) = await begin(engine, room, plan(SLOW))
    await words(reader, answer)
    await engine.trash(room)
    assert (engine.rooms.find_loaded(ID), engine.store.exists(ID)) == (None, False)
    assert peers.activities[-1] == (ID, "local", {"removed": True})
    restored = await engine.restore(ID, owner="local")
    assert restored.file.tree.messages[answer.id]["status"] == "stopped"


async def test_a_temporary_conversation_is_gone_with_its_process_and_leaves_nothing(
    engine: Engine, data_dir: Path
) -> None:
    room, _ = await engine.rooms.create(conversation(owner="local"), user("u1"), temporary=True)
    (record,) = await end(await begin(engine, room, plan("/echo speed=0")))
    assert record["status"] == "complete"
    assert room.file.tree.path() == ["u1", record["id"]]
    await engine.shutdown()
    assert naming(data_dir, ID) == []
    again = Engine(engine.homes)
    with pytest.raises(ConversationNotFoundError):
        await again.rooms.open(ID)
    await again.index.aclose()


async def test_what_streams_in_a_temporary_conversation_is_journalled_from_when_it_is_kept(
    engine: Engine, peers: Peers
) -> None:
    room, _ = await engine.rooms.create(conversation(owner="local"), user("u1"), temporary=True)
    reader = Reader()
    room.follow(reader)
    (answer,) = await begin(engine, room, plan(SLOW, {"memory": 5}))
    await words(reader, answer)
    assert (folders_here().journal_folder(ID).exists(), peers.frames, peers.activities) == (False, [], [])
    await engine.keep_temporary(room)
    known = answer.transcript.seq
    await words(reader, answer, known + 3)
    found = await journalled(engine, answer, known)
    assert [piece.seq for piece in found.pieces] == list(range(len(found.pieces)))
    assert found.facts == {"memory": 5}
    engine.stop(room, None)
    (record,) = await end([answer])
    assert engine.store.open(ID).messages([answer.id]) == [record]
    assert peers.activities[-1] == (ID, "local", {"answering": 0})


async def test_an_answer_that_begins_while_its_conversation_is_kept_is_journalled(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, _ = await engine.rooms.create(conversation(owner="local"), user("u1"), temporary=True)
    loop, started, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    create = engine.store.create

    def wait_and_create(*given: Any) -> Any:
        loop.call_soon_threadsafe(started.set)
        go_on.wait(30)
        return create(*given)

    monkeypatch.setattr(engine.store, "create", wait_and_create)
    keeping = asyncio.create_task(engine.keep_temporary(room))
    await started.wait()
    (answer,) = await begin(engine, room, plan(SLOW))
    go_on.set()
    await keeping
    assert (await journalled(engine, answer, 1)).header["id"] == answer.id
    engine.stop(room, None)
    (record,) = await end([answer])
    assert engine.store.open(ID).messages([answer.id]) == [record]
    assert not folders_here().journal_folder(ID).exists()


async def test_an_answer_is_found_by_its_id_or_its_questions_for_its_owner_alone(
    engine: Engine, room: Room
) -> None:
    (answer,) = await begin(engine, room, plan(SLOW))
    for asked in (answer.id, "u1"):
        assert await engine.find_answering(asked, "local") == {ID}
        assert await engine.find_answering(asked, "bob") == set()
    assert (await engine.find_answering("a9", "local"), engine.count_answering(ID)) == (set(), 1)
    engine.stop(room, None)
    await end([answer])
    assert (await engine.find_answering(answer.id, "local"), engine.count_answering(ID)) == (set(), 0)


async def test_what_counts_an_answer_is_told_before_it_is_shown_and_what_names_it_after(
    engine: Engine, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    after = asyncio.Event()

    async def name(_: Room, answer: Answer) -> None:
        order.append(f"after, ended {answer.ended.is_set()}")
        after.set()

    monkeypatch.setattr(
        module, "when_ended", [lambda _, answer: order.append(f"ended {answer.ended.is_set()}")]
    )
    monkeypatch.setattr(module, "after_answer", [name])
    await end(await begin(engine, room, plan("/echo speed=0")))
    async with asyncio.timeout(30):
        await after.wait()
    assert order == ["ended False", "after, ended True"]
