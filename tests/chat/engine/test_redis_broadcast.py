"""Two engines that share a folder and a real Valkey, as two processes do, in one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from typing import Any, cast

import pytest
import pytest_asyncio
from channels.layers import channel_layers

from chat.engine.engine import Engine
from chat.engine.peers.redis_broadcast import RedisBroadcast
from chat.engine.peers.remote_answers import SeenJournals
from chat.engine.reader import Reader
from chat.engine.room import Position, Room
from conversations.errors import StorageError
from conversations.files.journals import FileJournals
from conversations.files.store import FileStore
from conversations.store.homes import Homes
from providers import registry
from tests.chat.engine.conftest import Event, taken
from tests.chat.engine.test_engine import SLOW, begin, end, plan, text_of
from tests.conversations.samples import ID, conversation, user


def made(store: FileStore, url: str) -> Engine:
    homes = Homes(store)
    broadcast = RedisBroadcast(homes, url)
    engine = Engine(homes, broadcast)
    broadcast.start(engine.rooms, engine.activity, engine.stop_here, engine.approve_here)
    return engine


@pytest_asyncio.fixture
async def pair(
    store: FileStore, valkey: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Engine, Engine]]:
    layer = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [valkey]}}
    }
    monkeypatch.setattr("django.conf.settings.CHANNEL_LAYERS", layer)
    monkeypatch.setattr(channel_layers, "backends", {})
    registry.reset_registry()
    engines = made(store, valkey), made(store, valkey)
    await heard_by_each_other(*engines)
    yield engines
    for engine in engines:
        await engine.shutdown()
    registry.reset_registry()


async def heard_by_each_other(*engines: Engine) -> None:
    """Returns once each hears what the other says over the layer: joining it takes a moment."""
    for here, there in (engines, engines[::-1]):
        reader = Reader()
        there.activity.watch("nobody", reader)
        heard = asyncio.create_task(reader.take_frames())
        async with asyncio.timeout(30):
            while not heard.done():
                here.broadcast.send_activity(ID, "nobody", {})
                await asyncio.wait({heard}, timeout=0.05)
        there.activity.unwatch("nobody", reader)


async def until(reader: Reader, kind: str, events: list[Event], **fields: Any) -> Event:
    """The first event of that kind, with those before it in `events`."""
    async with asyncio.timeout(30):
        while True:
            new = await taken(reader)
            events += new
            for event in new:
                if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
                    return event


@pytest.fixture
async def rooms(pair: tuple[Engine, Engine]) -> tuple[Room, Room]:
    one, other = pair
    room, _ = await one.rooms.create(conversation(owner="local"), user("u1"))
    return room, await other.rooms.open(ID)


async def test_a_reader_of_another_process_sees_an_answer_to_the_letter_and_stops_it(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room]
) -> None:
    (one, other), (room, far) = pair, rooms
    reader, events = Reader(), list[Event]()
    (answer,) = await begin(one, room, plan(SLOW, {"memory": 5}))
    await far.open(reader)
    await until(reader, "delta", events, seq=20)
    assert far.live[answer.id].remote
    other.stop(far, answer.id)
    (record,) = await end([answer])
    await until(reader, "record", events)
    assert record["status"] == "stopped"
    snapshot = next(event for event in events if event["type"] == "snapshot")
    live: Event = snapshot["live"][0] if snapshot["live"] else {"seq": 0, "parts": []}
    seqs = [event["seq"] for event in events if event["type"] == "delta"]
    assert seqs == list(range(live["seq"], live["seq"] + len(seqs)))
    seen = text_of(live) + "".join(event["text"] for event in events if event["type"] == "delta")
    assert text_of(record).startswith(seen)
    assert other.count_answering(ID) == 0


async def test_what_one_process_answers_is_found_by_the_other(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room]
) -> None:
    (one, other), (room, _) = pair, rooms
    (answer,) = await begin(one, room, plan(SLOW))
    assert await other.find_answering(answer.id, "local") == {ID}
    assert await other.find_answering("u1", "local") == {ID}
    one.stop(room, None)
    await end([answer])


async def test_records_and_rows_reach_the_other_process(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room]
) -> None:
    (_, other), (room, far) = pair, rooms
    page, listing = Reader(), Reader()
    await far.open(page)
    other.activity.watch("local", listing)
    await room.append({"type": "settings", "at": "2026-11-20T10:42:34.000Z", "title": "New"})
    assert (await until(page, "record", []))["record"]["title"] == "New"
    assert (await until(listing, "activity", [], title="New"))["conversation"] == ID


async def enter_by_opening(room: Room, reader: Reader) -> None:
    await room.open(reader)


async def enter_by_resuming(room: Room, reader: Reader) -> None:
    await room.resume(reader, Position(0))


async def enter_by_sending(room: Room, reader: Reader) -> None:
    room.follow(reader)


@pytest.mark.parametrize("enter", [enter_by_opening, enter_by_resuming, enter_by_sending])
async def test_a_room_is_followed_for_as_long_as_anybody_reads_it_however_they_came(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room], enter: Callable[[Room, Reader], Awaitable[None]]
) -> None:
    """Also where the process looks whom it need not follow any more while somebody is about to come in."""
    (one, other), (room, far) = pair, rooms
    assert isinstance(other.broadcast, RedisBroadcast)
    reader, events = Reader(), list[Event]()
    async with far._file_lock:
        entering = asyncio.ensure_future(enter(far, reader))
        await other.broadcast.follow(ID)
        await other.broadcast.look_at_followed()
    await entering
    (answer,) = await begin(one, room, plan(SLOW, {"memory": 5}))
    await until(reader, "delta", events, seq=20)
    one.stop(room, answer.id)
    (record,) = await end([answer])
    await until(reader, "record", events)
    said = "".join(event["text"] for event in events if event["type"] == "delta")
    assert said
    assert text_of(record).startswith(said)
    far.leave(reader)
    await other.broadcast.look_at_followed()
    assert not far.needs_other_processes
    assert ID not in other.broadcast._followed


async def test_all_that_is_followed_is_looked_at_in_one_step_and_what_fails_holds_up_no_other(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, other), (_, far) = pair, rooms
    assert isinstance(other.broadcast, RedisBroadcast)
    broken, _ = await other.rooms.create(conversation("20260101-000000-aaaaaaaa", owner="local"))
    asked: list[list[str]] = []
    seen: list[str] = []
    find = FileJournals.answer_ids_by_conversation

    def counted(self: FileJournals, conversations: Collection[str]) -> dict[str, list[str]]:
        asked.append(sorted(conversations))
        return find(self, conversations)

    async def take_in(found: SeenJournals) -> None:
        seen.append(found.room.id)
        raise StorageError("not this one")

    for room in (broken, far):
        room.follow(Reader())
        await other.broadcast.follow(room.id)
    monkeypatch.setattr(FileJournals, "answer_ids_by_conversation", counted)
    monkeypatch.setattr(other.broadcast._answers, "take_in", take_in)
    await other.broadcast.look_at_followed()
    assert asked[0] == sorted([broken.id, far.id])
    assert {broken.id, far.id} == set(seen)


def settings_record(title: str) -> Any:
    return {"type": "settings", "at": "2026-11-20T10:42:34.000Z", "title": title}


async def test_what_another_process_appends_is_shown_without_reading_it(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, _), (room, far) = pair, rooms
    page, events = Reader(), list[Event]()
    await far.open(page)
    here = cast(RedisBroadcast, one.broadcast)
    async with asyncio.timeout(30):
        while not here._relay.is_followed_elsewhere(ID):  # noqa: ASYNC110 -- which tells nobody
            await asyncio.sleep(0.01)

    async def catch_up() -> None:
        raise AssertionError("it was read")

    with monkeypatch.context() as patched:
        patched.setattr(far, "catch_up", catch_up)
        for number in range(3):
            await room.append(settings_record(f"{number}"))
        (answer,) = await begin(one, room, plan("Few words.", {"memory": 5}))
        (record,) = await end([answer])
        while (await until(page, "record", events))["record"].get("id") != answer.id:
            pass
        assert far.file.size == room.file.size
    shown = [event["record"] for event in events if event["type"] == "record"]
    assert shown[-1] == record
    assert [one.get("title") for one in shown[:3]] == ["0", "1", "2"]
    assert list(far.file.records_from(0)) == list(room.file.records_from(0))
    assert far.file.messages([answer.id]) == room.file.messages([answer.id])
    assert not await asyncio.to_thread(far.file.refresh)


async def test_what_was_not_told_is_read(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second record is told, and stands behind one that was not: neither is taken in alone."""
    (one, _), (room, far) = pair, rooms
    page = Reader()
    await far.open(page)
    with monkeypatch.context() as patched:
        patched.setattr(one.broadcast, "send_records", lambda *told: None)
        await room.append(settings_record("first"))
    await room.append(settings_record("second"))
    events = list[Event]()
    await until(page, "record", events)
    if sum(event["type"] == "record" for event in events) < 2:
        await until(page, "record", events)
    titles = [event["record"]["title"] for event in events if event["type"] == "record"]
    assert titles == ["first", "second"]


async def test_who_waits_for_the_end_of_what_streams_elsewhere_is_told_of_no_end_before_it(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room]
) -> None:
    (one, other), (room, far) = pair, rooms
    assert isinstance(other.broadcast, RedisBroadcast)
    (answer,) = await begin(one, room, plan(SLOW, {"memory": 5}))
    await other.broadcast.follow(ID)
    waiting = asyncio.create_task(other._wait_until_silent(far))
    await asyncio.sleep(0)
    assert far.needs_other_processes
    for _ in range(3):
        await other.broadcast.look_at_followed()
    assert far.live[answer.id].remote
    assert not waiting.done()
    one.stop(room, None)
    await end([answer])
    await asyncio.wait_for(waiting, 30)


async def test_changes_of_a_moment_are_told_together_and_who_has_all_reads_nothing(
    pair: tuple[Engine, Engine], rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, other), (room, far) = pair, rooms
    here, there = cast(RedisBroadcast, one.broadcast), cast(RedisBroadcast, other.broadcast)
    while here._telling:
        await asyncio.wait(here._telling, timeout=30)
    sent: list[dict[str, Any]] = []
    caught_up: list[Room] = []

    async def tell(message: dict[str, Any]) -> None:
        sent.append(message)

    async def catch_up(room: Room) -> None:
        caught_up.append(room)

    async def ignore(message: dict[str, Any]) -> None:
        """What was told before, and arrives now."""

    monkeypatch.setattr(here, "_tell", tell)
    monkeypatch.setattr(there, "_heard", ignore)
    monkeypatch.setattr(far, "catch_up", partial(catch_up, far))
    one.activity.show_row(room, {"answering": 1})
    one.activity.show_row(room, {"updated": "now", "answered": ["a"]})
    one.activity.show_row(room, {"answered": ["b"], "answering": 0})
    await asyncio.gather(*here._telling)
    told = {"conversation": ID, "owner": "local"}
    changed = {"answering": 0, "updated": "now", "answered": ["a", "b"]}
    size = room.file.size
    assert sent == [{"type": "look", **told, "changed": changed, "size": size, "more": []}]
    await RedisBroadcast._heard(there, {**sent[0], "from": "another"})
    assert caught_up == []
    await RedisBroadcast._heard(there, {**sent.pop(), "from": "another", "size": size + 1})
    assert caught_up == [far]
    one.activity.show_change("20260101-000000-aaaaaaaa", "local", {"pinned": True})
    one.activity.show_row(room, {"waiting": 1})
    await asyncio.gather(*here._telling)
    (both,) = sent
    assert both["more"] == [{**told, "changed": {"waiting": 1}, "size": room.file.size}]
    reader = Reader()
    other.activity.watch("local", reader)
    await RedisBroadcast._heard(there, {**both, "from": "another"})
    assert [event["conversation"] for event in await taken(reader)] == [both["conversation"], ID]
    assert caught_up == [far]
    both["more"][0]["size"] += 1
    await RedisBroadcast._heard(there, {**both, "from": "another"})
    assert caught_up == [far, far]
