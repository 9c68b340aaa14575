"""Which conversations are open: each once, for as long as somebody has to do with it."""

import asyncio

import pytest

from chat.engine import rooms as module
from chat.engine.broadcast import NoPeers
from chat.engine.reader import Reader
from chat.engine.room import Room
from chat.engine.rooms import Rooms
from conversations.errors import ConversationNotFoundError, InvalidIdError
from conversations.files.store import FileStore
from conversations.ids import new_conversation_id
from conversations.store.homes import Homes
from core.shared_work import has_failed
from tests.chat.engine.conftest import Peers, Shown, taken
from tests.conversations.samples import ID, answer, conversation, header, user


@pytest.fixture
def opened() -> list[str]:
    return []


@pytest.fixture
def rooms(store: FileStore, shown: Shown, opened: list[str]) -> Rooms:
    return Rooms(Homes(store), NoPeers(), shown, opened.append, lambda room: None)


async def test_a_conversation_is_read_once_however_many_ask(
    store: FileStore, rooms: Rooms, opened: list[str]
) -> None:
    store.create(conversation(), user("u1"))
    found = await asyncio.gather(*(rooms.open(ID) for _ in range(8)))
    assert all(room is found[0] for room in found)
    assert rooms.find_loaded(ID) is found[0]
    assert opened == [ID]


async def test_one_that_is_not_there_may_come_later(store: FileStore, rooms: Rooms) -> None:
    for _ in range(2):
        with pytest.raises(ConversationNotFoundError):
            await rooms.open(ID)
        assert rooms.find_loaded(ID) is None
    store.create(conversation())
    assert (await rooms.open(ID)).id == ID


@pytest.mark.parametrize("bad", ["", "..", "a/b", "x" * 200])
async def test_what_is_no_id_is_refused(rooms: Rooms, bad: str) -> None:
    with pytest.raises(InvalidIdError):
        await rooms.open(bad)


async def test_who_gives_up_while_it_is_opened_takes_it_from_nobody(store: FileStore, rooms: Rooms) -> None:
    store.create(conversation())
    first = asyncio.create_task(rooms.open(ID))
    await asyncio.sleep(0)
    first.cancel()
    assert (await rooms.open(ID)).id == ID


async def test_what_a_dead_process_left_is_in_the_room(store: FileStore, rooms: Rooms) -> None:
    store.create(conversation(), user("u1"))
    journal = store.journals.begin(ID, header("a1", "u1"))
    journal.write(b'{"seq":0,"part":"text","text":"Hal"}\n')
    journal.close()
    room = await rooms.open(ID)
    assert room.file.tree.messages["a1"]["status"] == "interrupted"


@pytest.mark.parametrize("alone", [True, False])
async def test_a_room_that_is_open_has_what_others_wrote_when_others_are_there(
    store: FileStore, shown: Shown, peers: Peers, *, alone: bool
) -> None:
    rooms = Rooms(Homes(store), NoPeers() if alone else peers, shown, lambda _: None, lambda room: None)
    store.create(conversation(), user("u1"))
    await rooms.open(ID)
    store.append(ID, [answer("a1", "u1")])
    room = await rooms.open(ID)
    assert ("a1" in room.file.tree.messages) is not alone


async def test_a_new_one_is_on_disk_and_shown_with_its_first_records(
    store: FileStore, rooms: Rooms, shown: Shown
) -> None:
    room, news = await rooms.create(conversation(), user("u1"))
    assert store.open(ID).tree.path() == ["u1"]
    assert [record.get("id") for _, record in news] == [ID, "u1"]
    assert shown.news == [(ID, [ID, "u1"], True)]
    assert await rooms.open(ID) is room


async def test_rooms_that_nobody_uses_are_let_go_and_the_others_stay(
    store: FileStore, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROOMS_KEPT", 3)
    ids = [new_conversation_id() for _ in range(6)]
    reader = Reader()
    for one in ids:
        room, _news = await rooms.create(conversation(one))
        if one == ids[0]:
            room.follow(reader)
        elif one == ids[1]:
            room.live["a1"] = None  # type: ignore[assignment]
        del room
    await rooms.open(ids[5])
    assert [one for one in ids if rooms.find_loaded(one)] == [ids[0], ids[1], ids[3], ids[4], ids[5]]
    assert (await rooms.open(ids[2])).id == ids[2]


async def test_where_many_are_in_use_opening_one_more_looks_at_few(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    def count_looking(opening: asyncio.Task[Room]) -> bool:
        nonlocal looks
        looks += 1
        return has_failed(opening)

    monkeypatch.setattr(module, "ROOMS_KEPT", 1)
    monkeypatch.setattr(module, "has_failed", count_looking)
    used = []
    for _ in range(100):
        room, _news = await rooms.create(conversation(new_conversation_id()))
        room.live["a1"] = None  # type: ignore[assignment]
        used.append(room)
        del room
    assert looks < 10 * 100
    ids = [room.id for room in used]
    for room in used:
        room.live.clear()
    del room
    used.clear()
    for _ in range(100 // 4):
        await rooms.create(conversation(new_conversation_id()))
    assert [one for one in ids if rooms.find_loaded(one)] == []


@pytest.mark.parametrize("again", ["find_loaded", "open"])
async def test_one_that_was_let_go_is_the_same_for_who_still_has_it_at_hand(
    store: FileStore, rooms: Rooms, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    monkeypatch.setattr(module, "ROOMS_KEPT", 1)
    room, _news = await rooms.create(conversation(), user("u1"))
    for _ in range(3):
        await rooms.create(conversation(new_conversation_id()))
    store.append(ID, [answer("a1", "u1")])
    if again == "open":
        assert await rooms.open(ID) is room
        assert "a1" in room.file.tree.messages
    assert rooms.find_loaded(ID) is room
    rooms.drop(ID)
    assert rooms.find_loaded(ID) is None


async def test_a_temporary_one_is_in_memory_alone_until_it_is_kept(
    store: FileStore, shown: Shown, peers: Peers
) -> None:
    rooms = Rooms(Homes(store), peers, shown, lambda _: None, lambda room: None)
    room, news = await rooms.create(conversation(), user("u1"), temporary=True)
    assert (room.temporary, len(news), store.exists(ID), shown.news) == (True, 2, False, [])
    assert await rooms.open(ID) is rooms.find_loaded(ID) is room
    assert rooms.first_known([new_conversation_id(), ID], temporary=True) == ID
    room.note("budget_soft")
    async with room.following_other_processes():
        pass
    assert (peers.frames, peers.followed) == ([], [])
    await rooms.keep_temporary(room)
    assert (room.temporary, store.open(ID).tree.path()) == (False, ["u1"])
    assert await rooms.open(ID) is room
    room.note("budget_soft")
    async with room.following_other_processes():
        pass
    assert ([where for where, _ in peers.frames], peers.followed) == ([ID], [ID])


async def test_a_temporary_one_that_was_left_is_forgotten_when_nobody_came_back(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[object, ...]] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda seconds, *call: looks.append(call))
    room, _ = await rooms.create(conversation(), temporary=True)
    reader = Reader()
    for present in (True, False, True, False):
        if present:
            room.follow(reader)
        else:
            room.leave(reader)
        look, *arguments = looks.pop()
        look(*arguments)  # type: ignore[operator]
        assert rooms.find_loaded(ID) is room
    look, *arguments = looks.pop()
    look(*arguments)  # type: ignore[operator]
    assert rooms.find_loaded(ID) is None
    assert looks == []


async def test_one_whose_file_went_is_dropped_and_its_readers_keep_the_room(
    store: FileStore, rooms: Rooms
) -> None:
    store.create(conversation())
    room, reader = await rooms.open(ID), Reader()
    await room.open(reader)
    assert rooms.drop(ID) is room
    assert (rooms.find_loaded(ID), rooms.drop(ID)) == (None, None)
    room.note("budget_soft")
    assert [event["type"] for event in await taken(reader)] == ["snapshot", "note"]
