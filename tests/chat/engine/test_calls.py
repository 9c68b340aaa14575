"""Answers whose models call tools, by a whole engine and `echo`; the tools are functions."""

import asyncio
from typing import Any

import pytest

from chat.engine.answers.answer import Answer
from chat.engine.answers.toolbox import CallOutcome
from chat.engine.broadcast import Approval
from chat.engine.engine import Engine
from chat.engine.reader import Reader
from chat.engine.room import Room
from conversations.answer_parts import INTERRUPTED
from conversations.records import ToolCallPart
from providers.tokens import estimate_tools
from tests.chat.engine.conftest import Event, folders_here, taken
from tests.chat.engine.test_engine import begin, end, plan, text_of
from tests.chat.engine.tools import Box, Held, gave, repeat
from tests.conversations.samples import conversation, user

CALL = '/echo speed=0 tool=repeat args={"a":1}'


@pytest.fixture
async def room(engine: Engine) -> Room:
    return (await engine.rooms.create(conversation(owner="local"), user("u1")))[0]


async def call(engine: Engine, room: Room, box: Box, text: str = CALL) -> Answer:
    return (await begin(engine, room, plan(text, open_toolbox=box.open)))[0]


async def until(reader: Reader, kind: str, **fields: Any) -> list[Event]:
    """Returns once the reader has had such an event, with all until then. `fields`: of its message."""
    events: list[Event] = []
    async with asyncio.timeout(30):
        while not any(
            one["type"] == kind and all(one["message"][name] == value for name, value in fields.items())
            for one in events
        ):
            events += await taken(reader)
    return events


def kinds(record: Any) -> list[str]:
    return [part["type"] for part in record["parts"]]


def results(record: Any) -> list[Any]:
    return [part for part in record["parts"] if part["type"] == "tool_result"]


async def test_a_call_and_its_result_stand_before_the_words_that_follow(engine: Engine, room: Room) -> None:
    reader = Reader()
    room.follow(reader)
    (record,) = await end([await call(engine, room, Box())])
    assert (record["status"], kinds(record)) == ("complete", ["tool_call", "tool_result", "text"])
    called, result, _ = record["parts"]
    assert called == {
        "type": "tool_call",
        "id": "echo-1",
        "name": "repeat",
        "arguments": '{"a":1}',
        "source": "builtin",
    }
    assert (result["id"], result["content"], result["is_error"]) == (
        "echo-1",
        'repeat gave {"a":1}',
        False,
    )
    assert 'repeat gave {"a":1}' in text_of(record)
    assert record["usage"]["output"] > 1
    events = await taken(reader)
    numbered = [event for event in events if event["type"] in ("part", "delta")]
    assert [event["seq"] for event in numbered] == list(range(len(numbered)))
    assert [event["part"] for event in numbered[:2]] == [called, result]
    assert [event["type"] for event in events[-1:]] == ["record"]


@pytest.mark.parametrize(("rounds", "made"), [(3, 3), (10, 10), (30, 10)])
async def test_a_model_calls_again_until_the_last_round(
    engine: Engine, room: Room, rounds: int, made: int
) -> None:
    reader = Reader()
    room.follow(reader)
    (record,) = await end([await call(engine, room, Box(), f"/echo speed=0 tool=repeat rounds={rounds}\nHi")])
    assert kinds(record) == [*["tool_call", "tool_result"] * made, "text"]
    assert len({part["id"] for part in results(record)}) == made
    assert record["status"] == "complete"
    notes = [event["code"] for event in await taken(reader) if event["type"] == "note"]
    assert notes == ["tool_limit"] * (made == 10)


async def test_tokens_and_cost_are_those_of_all_rounds(engine: Engine, room: Room) -> None:
    (once,) = await end([await call(engine, room, Box())])
    (thrice,) = await end([await call(engine, room, Box(), f"{CALL} rounds=3")])
    assert thrice["usage"]["input"] > once["usage"]["input"]
    assert thrice["usage"]["output"] >= once["usage"]["output"] + 2
    assert thrice["cost"] == {"usd": 0.0, "source": "free"}


@pytest.mark.parametrize(
    ("text", "offered"),
    [("/echo speed=0", 1), (CALL, 2), (f"{CALL} rounds=3", 4), (f"{CALL} rounds=30", 10)],
    ids=["nothing called", "one call", "three calls", "the limit"],
)
async def test_tokens_of_definitions_are_counted_for_each_round_that_was_offered_them(
    engine: Engine, room: Room, text: str, offered: int
) -> None:
    box = Box({"repeat": repeat, "other": repeat})
    (record,) = await end([await call(engine, room, box, text)])
    assert record["usage"]["tools"] == offered * estimate_tools(box.offered(None)) > 0


@pytest.mark.parametrize("box", [None, Box({})], ids=["tools off", "no tools"])
async def test_where_no_tools_were_offered_no_tokens_are_said_to_be_theirs(
    engine: Engine, room: Room, box: Box | None
) -> None:
    asked = plan("/echo speed=0", open_toolbox=box.open if box else None)
    (record,) = await end(await begin(engine, room, asked))
    assert "tools" not in record["usage"]


async def test_an_answer_that_is_stopped_says_what_its_tools_took_so_far(engine: Engine, room: Room) -> None:
    held = Held()
    box = Box({"repeat": held})
    answer = await call(engine, room, box)
    await asyncio.wait_for(held.begun.wait(), 30)
    engine.stop(room, answer.id)
    (record,) = await end([answer])
    assert record["usage"]["tools"] == estimate_tools(box.offered(None))


async def test_a_call_is_on_disk_before_it_begins(engine: Engine, room: Room) -> None:
    found: list[Any] = []

    async def look(call: ToolCallPart) -> CallOutcome:
        found.append(await asyncio.to_thread(engine.store.journals.read, room.id, answer.id))
        return gave(call, "seen")

    answer = await call(engine, room, Box({"repeat": look}))
    await end([answer])
    assert [piece.part["id"] for piece in found[0].pieces] == ["echo-1"]


async def test_stop_gives_up_a_call_and_says_that_nobody_knows(engine: Engine, room: Room) -> None:
    held = Held()
    answer = await call(engine, room, Box({"repeat": held}))
    await asyncio.wait_for(held.begun.wait(), 30)
    engine.stop(room, answer.id)
    (record,) = await end([answer])
    assert (record["status"], held.cancelled) == ("stopped", True)
    assert [(part["content"], part["is_error"]) for part in results(record)] == [(INTERRUPTED, True)]


async def test_what_a_dead_process_had_called_is_not_known_to_be_done(engine: Engine, room: Room) -> None:
    held = Held()
    answer = await call(engine, room, Box({"repeat": held}))
    await asyncio.wait_for(held.begun.wait(), 30)
    journal = folders_here().journal_folder(room.id) / f"{answer.id}.jsonl"
    data = journal.read_bytes()
    held.go.set()
    await end([answer])
    other = (await engine.rooms.create(conversation("20261120-104233-aaaaaaaa", owner="local"), user("u1")))[
        0
    ]
    folder = folders_here().journal_folder(other.id)
    folder.mkdir()
    (folder / journal.name).write_bytes(data)
    (record,) = engine.store.journals.recover(other.id)
    assert record["status"] == "interrupted"
    assert [(part["id"], part["content"]) for part in results(record)] == [("echo-1", INTERRUPTED)]
    assert engine.store.journals.recover(other.id) == []


class TestApproval:
    async def waiting(self, engine: Engine, room: Room, box: Box, text: str = CALL) -> tuple[Answer, Reader]:
        reader = Reader()
        room.follow(reader)
        answer = await call(engine, room, box, text)
        await until(reader, "start", status="waiting", id=answer.id)
        return answer, reader

    def approve(self, engine: Engine, answer: Answer, decision: Any, *calls: str) -> None:
        engine.approve(Approval(answer.room.id, answer.id, calls or ("echo-1",), decision))

    async def test_an_answer_waits_and_shows_what_for(self, engine: Engine, room: Room) -> None:
        box = Box(asking=["repeat"])
        answer, _ = await self.waiting(engine, room, box)
        asked = {"id": "echo-1", "name": "repeat", "arguments": '{"a":1}', "source": "builtin"}
        assert answer.transcript.header["calls"] == [asked]
        journal = engine.store.journals.read(room.id, answer.id)
        assert journal.waiting == [asked]
        assert (box.begun, answer.life.state) == ([], "waiting")
        engine.stop(room, None)
        await end([answer])

    @pytest.mark.parametrize("decision", ["allow", "always"])
    async def test_what_is_allowed_runs_once(self, engine: Engine, room: Room, decision: str) -> None:
        box = Box(asking=["repeat"])
        answer, reader = await self.waiting(engine, room, box)
        for _ in range(3):
            self.approve(engine, answer, decision)
        (record,) = await end([answer])
        self.approve(engine, answer, "deny")
        assert (record["status"], box.begun, box.settled) == ("complete", ["echo-1"], [("echo-1", decision)])
        starts = [event["message"] for event in await taken(reader) if event["type"] == "start"]
        assert [start["status"] for start in starts] == ["streaming"]
        assert "calls" not in starts[0]
        assert "calls" not in record

    async def test_what_is_denied_does_not_run_and_the_model_hears_of_it(
        self, engine: Engine, room: Room
    ) -> None:
        box = Box(asking=["repeat"])
        answer, _ = await self.waiting(engine, room, box)
        self.approve(engine, answer, "deny")
        (record,) = await end([answer])
        assert (record["status"], box.begun) == ("complete", [])
        assert results(record)[0]["is_error"]
        assert "did not allow" in text_of(record)

    async def test_of_what_is_no_call_of_it_nothing_is_decided(self, engine: Engine, room: Room) -> None:
        box = Box(asking=["repeat"])
        answer, _ = await self.waiting(engine, room, box)
        self.approve(engine, answer, "allow", "another")
        assert answer.transcript.header["status"] == "waiting"
        self.approve(engine, answer, "allow", "another", "echo-1")
        await end([answer])
        assert box.begun == ["echo-1"]

    async def test_stop_ends_it_while_it_waits(self, engine: Engine, room: Room) -> None:
        box = Box(asking=["repeat"])
        answer, _ = await self.waiting(engine, room, box)
        engine.stop(room, answer.id)
        (record,) = await end([answer])
        assert (record["status"], box.begun, kinds(record)) == ("stopped", [], ["tool_call", "tool_result"])

    async def test_who_opens_later_sees_what_it_waits_for(self, engine: Engine, room: Room) -> None:
        answer, _ = await self.waiting(engine, room, Box(asking=["repeat"]))
        late = Reader()
        await room.open(late)
        (snapshot,) = [event for event in await taken(late) if event["type"] == "snapshot"]
        (live,) = snapshot["live"]
        assert live["message"]["status"] == "waiting"
        assert [one["id"] for one in live["message"]["calls"]] == ["echo-1"]
        assert ([part["type"] for part in live["parts"]], live["seq"]) == (["tool_call"], 1)
        engine.stop(room, None)
        await end([answer])

    @pytest.mark.parametrize("changing", [False, True])
    async def test_one_approval_holds_for_equal_calls_of_all_lanes_that_only_read(
        self, engine: Engine, room: Room, changing: bool
    ) -> None:
        boxes = [Box(asking=["repeat"], changing=["repeat"] * changing) for _ in range(3)]
        answers = [(await self.waiting(engine, room, box))[0] for box in boxes]
        self.approve(engine, answers[1], "allow")
        if changing:
            await end([answers[1]])
            assert [answer.life.state for answer in (answers[0], answers[2])] == ["waiting"] * 2
            engine.stop(room, None)
        records = await end(answers)
        ran = [["echo-1"]] * 3 if not changing else [[], ["echo-1"], []]
        assert [box.begun for box in boxes] == ran
        assert [record["status"] for record in records].count("complete") == (1 if changing else 3)
