"""One conversation: what its readers get, in which order, and what others are told."""

import asyncio
from queue import Queue
from typing import Any

import pytest

from chat.engine import room as module
from chat.engine.broadcast import NoPeers
from chat.engine.reader import Reader
from chat.engine.room import Position, Room
from chat.engine.transcript import Transcript
from conversations.errors import InvalidCursorError
from conversations.files.store import FileStore
from core import heap
from tests.chat.engine.conftest import Event, Peers, Shown, taken
from tests.conversations.samples import ID, answer, conversation, header, record, user


@pytest.fixture
def room(store: FileStore, shown: Shown, peers: Peers) -> Room:
    return Room(store.create(conversation(), user("u1")), shown, peers)


def begin(room: Room, message: str = "a1", *words: str) -> Transcript:
    live = room.live[message] = Transcript(room.id, header(message, "u1"))
    for word in words:
        live.add("text", word)
    return live


def kinds(events: list[Event]) -> list[Any]:
    return [
        (event["type"], event.get("seq", event.get("record", {}).get("id") or event.get("code")))
        for event in events
    ]


async def test_who_opens_gets_a_snapshot_with_what_streams_and_then_all_that_happens(
    room: Room, shown: Shown, peers: Peers
) -> None:
    live, reader = begin(room, "a1", "Hel", "lo"), Reader()
    live.set_facts({"memory": 3})
    position = await room.open(reader, "r1")
    room.show(live.add("text", "!")[0])
    await room.append(answer("a1", "u1", "Hello!"))
    snapshot, *after = await taken(reader)
    assert (snapshot["ref"], [one["id"] for one in snapshot["records"]]) == ("r1", [ID, "u1"])
    assert snapshot["live"] == [
        {
            "message": {**header("a1", "u1"), "memory": 3},
            "seq": 2,
            "parts": [{"type": "text", "text": "Hello"}],
        }
    ]
    assert kinds(after) == [("delta", 2), ("record", "a1")]
    assert position.seqs == {"a1": 2}
    assert room.live == {}
    assert shown.news == [(ID, ["a1"], True)]
    assert peers.followed == [ID]


async def test_what_a_long_snapshot_took_is_given_back_to_the_system(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: Queue[int] = Queue()
    monkeypatch.setattr(heap, "return_free_memory", lambda: given_back.put(module.LONG_SNAPSHOT))
    monkeypatch.setattr(module, "UNTIL_SENT", 0.0)
    reader = Reader()
    await room.open(reader)
    for limit in (reader.waiting, reader.waiting - 1):
        monkeypatch.setattr(module, "LONG_SNAPSHOT", limit)
        await room.open(Reader())
    assert await asyncio.to_thread(given_back.get, timeout=30) == limit
    assert given_back.empty()


async def test_who_resumes_gets_what_they_missed_and_nothing_twice(room: Room) -> None:
    live, first = begin(room, "a1", "a", "b", "c"), Reader()
    position = await room.open(first)
    live.add("text", "d")
    await room.append(record("settings", title="B"))
    begin(room, "a2", "x")
    again = Reader()
    await room.resume(again, Position(position.offset, {"a1": 2}))
    assert kinds(await taken(again)) == [
        ("record", None),
        ("delta", 2),
        ("delta", 3),
        ("start", None),
        ("delta", 0),
    ]


@pytest.mark.parametrize("known", [None, 0, 1, 3, 4, 5])
@pytest.mark.parametrize("read", [0, 1, 4])
async def test_who_resumes_where_less_is_known_than_they_have_read_gets_no_delta_twice(
    room: Room, known: int | None, read: int
) -> None:
    """Another process, at which they read before, gives the answer. `known`: how many deltas are here."""
    words = ["a", "b", "c", "d", "e", "f"]
    live = None if known is None else begin(room, "a1", *words[:known])
    other = begin(room, "a2")
    reader = Reader()
    await room.resume(reader, Position(room.file.size, {"a1": read, "a2": 0}))
    live = live or begin(room, "a1")
    for word in words[live.seq :]:
        room.show(live.add("text", word)[0])
        room.show(other.add("text", word)[0])
    events = await taken(reader)
    seqs = [event["seq"] for event in events if event["message"] == "a1"]
    assert seqs == list(range(read, len(words)))
    assert len(events) == len(seqs) + other.seq


async def test_a_snapshot_begins_anew_for_who_resumed_with_more_than_is_known(room: Room) -> None:
    live, reader = begin(room, "a1", "a", "b"), Reader()
    await room.resume(reader, Position(room.file.size, {"a1": 4}))
    room.show(live.add("text", "c")[0])
    await room.show_snapshot()
    room.show(live.add("text", "d")[0])
    snapshot, *after = await taken(reader)
    assert (snapshot["type"], snapshot["live"][0]["seq"]) == ("snapshot", 3)
    assert kinds(after) == [("delta", 3)]


async def test_a_place_that_is_no_records_end_is_refused(room: Room) -> None:
    with pytest.raises(InvalidCursorError):
        await room.resume(Reader(), Position(7))


async def test_who_just_sent_follows_without_a_snapshot_and_only_once(room: Room) -> None:
    begin(room, "a1", "a")
    reader = Reader()
    room.follow(reader, list(room.file.records_from(0)))
    room.follow(reader)
    assert kinds(await taken(reader)) == [("record", ID), ("record", "u1"), ("start", None), ("delta", 0)]


async def test_who_left_gets_nothing_more(room: Room) -> None:
    reader, other = Reader(), Reader()
    room.follow(reader)
    room.follow(other)
    room.leave(reader)
    await room.append(answer("a1", "u1"))
    assert kinds(await taken(other)) == [("record", "a1")]
    assert not reader._frames


async def test_records_that_others_append_are_shown_in_the_order_of_the_file(
    room: Room, store: FileStore, shown: Shown
) -> None:
    reader = Reader()
    room.follow(reader)
    store.append(ID, [answer("a1", "u1")])
    await room.append(user("u2", "a1"))
    store.append(ID, [answer("a2", "u2")])
    await room.catch_up()
    await room.catch_up()
    assert kinds(await taken(reader)) == [("record", "a1"), ("record", "u2"), ("record", "a2")]
    assert [(ids, own) for _, ids, own in shown.news] == [(["a1", "u2"], True), (["a2"], False)]


async def test_readers_of_a_file_that_was_replaced_get_a_snapshot(
    room: Room, store: FileStore, shown: Shown
) -> None:
    reader = Reader()
    room.follow(reader)
    draft = store.folders.conversations / "draft"
    draft.write_bytes(store.folders.path(ID).read_bytes().replace(b"u1", b"u9"))
    draft.replace(store.folders.path(ID))
    await room.catch_up()
    (event,) = await taken(reader)
    assert (event["type"], [one["id"] for one in event["records"]]) == ("snapshot", [ID, "u9"])
    assert shown.news == [(ID, [ID, "u9"], False)]


async def test_many_that_append_and_open_at_once_see_each_record_once(room: Room) -> None:
    readers = [Reader() for _ in range(6)]

    async def write(name: str) -> None:
        for number in range(5):
            await room.append(user(f"{name}{number}", "a1"))

    await asyncio.gather(*(write(name) for name in "xyz"), *(room.open(reader) for reader in readers))
    order = [record.get("id") for _, record in room.file.records_from(0)]
    for reader in readers:
        snapshot, *after = await taken(reader)
        seen = [one["id"] for one in snapshot["records"]] + [event["record"]["id"] for event in after]
        assert seen == order


async def test_frames_of_this_process_reach_its_readers_and_other_processes(room: Room, peers: Peers) -> None:
    reader, live = Reader(), begin(room)
    room.follow(reader)
    room.broadcast(live.add("text", "a")[0])
    room.show(live.add("text", "b")[0])
    assert kinds(await taken(reader)) == [("start", None), ("delta", 0), ("delta", 1)]
    assert [(where, event["seq"]) for where, event in peers.frames] == [(ID, 0)]


async def test_a_note_beside_an_answer_comes_again_for_who_opens_later(room: Room) -> None:
    begin(room)
    room.note("reading_files", message="a1")
    room.note("searching", message="a1")
    reader = Reader()
    await room.open(reader)
    assert kinds(await taken(reader)) == [
        ("snapshot", None),
        ("note", "reading_files"),
        ("note", "searching"),
    ]
    room.live["a1"].add("text", "a")
    late = Reader()
    await room.open(late)
    assert kinds(await taken(late)) == [("snapshot", None), ("note", "reading_files")]


async def test_it_is_idle_only_when_nobody_has_to_do_with_it(room: Room) -> None:
    reader, idle = Reader(), [room.idle]
    room.follow(reader)
    idle.append(room.idle)
    room.leave(reader)
    begin(room)
    idle.append(room.idle)
    room.live.clear()
    idle.append(room.idle)
    assert idle == [True, False, False, True]


async def test_where_there_are_no_other_processes_nobody_is_told() -> None:
    alone = NoPeers()
    await alone.follow(ID)
    await alone.look(ID)
    alone.send_frame(ID, begin_frame())
    alone.send_activity(ID, "ada", {})
    alone.send_stop(ID, None)
    assert (alone.alone, await alone.find_answering("a1")) == (True, {})
    await alone.aclose()


def begin_frame() -> Any:
    return Transcript(ID, header("a1", "u1")).add("text", "a")[0]
