"""Files that other programs put into the folder, change or remove, as a running engine takes them in."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async

from chat.engine.engine import Engine
from chat.engine.frames import make_frame
from chat.engine.peers import file_watch as module
from chat.engine.reader import Reader
from chat.engine.room import Room
from conversations.errors import ConversationNotFoundError
from conversations.ids import new_conversation_id
from conversations.listing import list_conversations
from tests.chat.engine.conftest import Event, folders_here, taken
from tests.conversations.samples import ID, answer, conversation, record, user

HEADER = conversation(owner="local", title="By hand")


def put(engine: Engine, *records: Any) -> Path:
    """As git and rsync do: written elsewhere, then renamed."""
    path = folders_here().conversations / f"{records[0]['id']}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in records))
    return draft.replace(path)


def add(path: Path, *records: Any) -> None:
    with path.open("ab") as file:
        file.write(b"".join(orjson.dumps(one) + b"\n" for one in records))


async def look(engine: Engine, reader: Reader) -> list[Event]:
    """What a reader hears of one look."""
    await engine.file_watch.look()
    reader.put(make_frame({"type": "end of the look"}))
    return (await taken(reader))[:-1]


async def titles(q: str = "") -> list[str]:
    page = await sync_to_async(list_conversations)("local", q=q)
    return [row.title for row in page.rows]


@pytest.fixture
def watching(engine: Engine) -> Reader:
    reader = Reader()
    engine.activity.watch("local", reader)
    return reader


async def test_a_file_that_appears_changes_and_goes_is_told_to_the_list_and_found(
    engine: Engine, watching: Reader
) -> None:
    path = put(engine, HEADER, user("u1", text="Nilüfer"))
    (told,) = await look(engine, watching)
    assert (told["type"], told["conversation"]) == ("activity", ID)
    assert (told["title"], told["folder"]) == ("By hand", None)
    assert await titles("nilüfer") == ["By hand"]
    placed = {"folder": "Çiçekler", "tags": ["x"], "pinned": True, "archived": False}
    add(path, answer("a1", "u1", "Papatya"), record("settings", **placed))
    (told,) = await look(engine, watching)
    assert {name: told[name] for name in placed} == placed
    assert await titles("papatya") == ["By hand"]
    path.unlink()
    assert await look(engine, watching) == [{"type": "activity", "conversation": ID, "removed": True}]
    assert await titles() == []
    with pytest.raises(ConversationNotFoundError):
        await engine.rooms.open(ID)


async def test_what_did_not_change_is_not_told_again(engine: Engine, watching: Reader) -> None:
    put(engine, HEADER)
    assert len(await look(engine, watching)) == 1
    assert await look(engine, watching) == []


async def test_what_this_process_appends_is_no_news(engine: Engine, watching: Reader) -> None:
    room, _ = await engine.rooms.create(HEADER)
    await room.append(user("u1"))
    await engine.index.wait_until_written()
    await taken(watching)
    assert await look(engine, watching) == []


async def test_an_open_page_is_shown_what_was_added_and_what_was_replaced(
    engine: Engine, watching: Reader
) -> None:
    path = put(engine, HEADER, user("u1"))
    room, reader = await engine.rooms.open(ID), Reader()
    await room.open(reader)
    await taken(reader)
    add(path, answer("a1", "u1"))
    (event,) = await look(engine, reader)
    assert (event["type"], event["record"]["id"]) == ("record", "a1")
    put(engine, {**HEADER, "title": "Merged"}, user("u1"), answer("a2", "u1", "New"))
    (event,) = await look(engine, reader)
    assert (event["type"], [one["id"] for one in event["records"]]) == ("snapshot", [ID, "u1", "a2"])
    assert (await taken(watching))[-1]["title"] == "Merged"


async def test_what_its_room_has_shown_already_is_not_read_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [
        (await engine.rooms.create({**HEADER, "id": new_conversation_id()}, user("u1")))[0] for _ in range(9)
    ]
    await engine.file_watch.look()
    caught_up: list[str] = []

    async def catch_up(room: Room) -> None:
        caught_up.append(room.id)

    monkeypatch.setattr(Room, "catch_up", catch_up)
    for room in rooms:
        await room.append(answer("a1", "u1"))
    add(folders_here().path(rooms[4].id), answer("a2", "u1"))
    await engine.file_watch.look()
    assert caught_up == [rooms[4].id]


async def test_a_change_behind_an_index_that_has_it_already_is_shown_to_an_open_page(engine: Engine) -> None:
    path = put(engine, HEADER, user("u1"))
    room, reader = await engine.rooms.open(ID), Reader()
    await room.open(reader)
    await taken(reader)
    await engine.file_watch.look()
    add(path, answer("a1", "u1"))
    engine.index.note_change(ID)
    await engine.index.wait_until_written()
    assert [event["type"] for event in await look(engine, reader)] == ["record"]


async def test_many_at_once_are_all_taken_in(
    engine: Engine, watching: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    ids = {new_conversation_id() for _ in range(10)}
    for one in ids:
        put(engine, {**HEADER, "id": one})
    assert {event["conversation"] for event in await look(engine, watching)} == ids
    assert len(await titles()) == 10


async def test_what_changed_while_no_server_ran_is_taken_in_by_the_first_look(
    engine: Engine, watching: Reader
) -> None:
    path = put(engine, HEADER)
    await look(engine, watching)
    add(path, record("settings", title="Changed meanwhile"))
    started = Engine(engine.homes)
    started.activity.watch("local", watching)
    (told,) = await look(started, watching)
    assert told["title"] == "Changed meanwhile"
    assert await titles() == ["Changed meanwhile"]
    await started.index.aclose()


async def test_a_look_that_fails_is_made_again_from_the_beginning(
    engine: Engine, watching: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST", 0.0)
    put(engine, HEADER)
    real, tried = engine.store.stamps, asyncio.Event()
    loop = asyncio.get_running_loop()

    def fail_once() -> Any:
        monkeypatch.setattr(engine.store, "stamps", real)
        loop.call_soon_threadsafe(tried.set)
        raise OSError("the disk went away")

    monkeypatch.setattr(engine.store, "stamps", fail_once)
    engine.file_watch.start()
    async with asyncio.timeout(30):
        await tried.wait()
        (told,) = await taken(watching)
    assert told["title"] == "By hand"
    await engine.file_watch.wait_for_first_look()
