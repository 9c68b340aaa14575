"""Lists of conversations: who is told what, and when the index is brought up."""

from typing import Any

import pytest

from chat.engine.activity import Activity, changes_of_row
from chat.engine.broadcast import NoPeers
from chat.engine.frames import make_frame
from chat.engine.reader import Reader
from chat.engine.room import Room
from conversations.files.store import FileStore
from conversations.store.memory import MemoryFile
from tests.chat.engine.conftest import Peers, Shown, taken
from tests.conversations.samples import AT, ID, conversation, record, user


class Index:
    def __init__(self) -> None:
        self.ids: list[str] = []
        self.waiting: list[bool] = []

    def note_change(self, conversation: str, *, may_wait: bool = False) -> None:
        self.ids.append(conversation)
        self.waiting.append(may_wait)


@pytest.fixture
def index() -> Index:
    return Index()


@pytest.fixture
def room(store: FileStore, shown: Shown) -> Room:
    return Room(store.create(conversation(owner="local"), user("u1")), shown)


async def test_pages_that_watch_the_owners_list_are_told_and_no_others(index: Any, peers: Peers) -> None:
    activity, mine, mine_too, other = Activity(index, peers), Reader(), Reader(), Reader()
    activity.watch("ada", mine)
    activity.watch("ada", mine_too)
    activity.watch("bob", other)
    activity.show_change(ID, "ada", {"title": "New"})
    told = {"type": "activity", "conversation": ID, "title": "New"}
    assert await taken(mine) == await taken(mine_too) == [told]
    activity.show_change(ID, "bob", {"pinned": True})
    assert await taken(other) == [{"type": "activity", "conversation": ID, "pinned": True}]
    assert peers.activities == [(ID, "ada", {"title": "New"}), (ID, "bob", {"pinned": True})]


async def test_what_another_process_told_is_not_told_on(index: Any, peers: Peers) -> None:
    activity, reader = Activity(index, peers), Reader()
    activity.watch("ada", reader)
    activity.show_change_here(ID, "ada", {"title": "New"})
    assert len(await taken(reader)) == 1
    assert peers.activities == []


async def test_a_page_that_left_is_told_nothing(index: Any) -> None:
    activity, left, stays = Activity(index, NoPeers()), Reader(), Reader()
    activity.unwatch("ada", left)
    for reader in (left, stays):
        activity.watch("ada", reader)
    activity.unwatch("ada", left)
    activity.show_change(ID, "ada", {"title": "New"})
    assert len(await taken(stays)) == 1
    left.put(make_frame({"type": "nothing else"}))
    assert [event["type"] for event in await taken(left)] == ["nothing else"]


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_records_reach_the_index_once_whichever_process_wrote_them(
    index: Index, room: Room, peers: Peers, *, own: bool, alone: bool
) -> None:
    activity = Activity(index, NoPeers() if alone else peers)  # type: ignore[arg-type]
    activity.take_records(room, list(room.file.records_from(0)), own)
    mine = own or alone
    assert index.ids == ([ID] if mine else [])
    assert len(peers.activities) == (own and not alone)


def test_what_other_processes_list_waits_only_where_it_has_grown(
    index: Index, room: Room, peers: Peers
) -> None:
    placed = list(room.file.records_from(0))
    for broadcast in (peers, NoPeers()):
        activity = Activity(index, broadcast)  # type: ignore[arg-type]
        activity.take_records(room, placed, True)
        activity.take_records(room, placed[1:], True)
        activity.note_change(ID)
    assert [news["type"] for _, news in placed] == ["conversation", "message"]
    assert index.waiting == [False, True, False, True, True, True]


@pytest.mark.parametrize("watched", [True, False])
def test_what_changes_in_a_row_is_made_out_where_somebody_is_told(
    index: Index, room: Room, monkeypatch: pytest.MonkeyPatch, *, watched: bool
) -> None:
    made: list[Any] = []

    def noting(records: Any) -> dict[str, Any]:
        made.append(records)
        return changes_of_row(records)

    monkeypatch.setattr("chat.engine.activity.changes_of_row", noting)
    activity = Activity(index, NoPeers())  # type: ignore[arg-type]
    if watched:
        activity.watch(room.owner or "", Reader())
    activity.take_records(room, list(room.file.records_from(0)), True)
    assert (len(made), index.ids) == (int(watched), [ID])


def test_a_temporary_conversation_is_in_no_list(index: Index, peers: Peers, shown: Shown) -> None:
    room = Room(MemoryFile(conversation(), user("u1")), shown)
    activity = Activity(index, peers)  # type: ignore[arg-type]
    activity.take_records(room, list(room.file.records_from(0)), True)
    activity.show_row(room, {"answering": 1})
    # Other processes hear that it has grown.
    assert (index.ids, peers.activities) == ([], [(room.id, "", {})])


def test_a_row_names_the_models_of_answers_as_they_end() -> None:
    records = [
        record("message", id="a1", role="assistant", model="echo/echo", parent="u1", at=AT),
        record("message", id="a2", role="assistant", model="echo/other", parent="u1", at=AT),
    ]
    assert changes_of_row(records) == {"updated": AT, "answered": ["echo/echo", "echo/other"]}


def test_a_row_follows_what_its_records_say_last() -> None:
    records = [
        conversation(title="A"),
        user("u1"),
        record("settings", title="B", pinned=True, mode="sequential"),
        record("settings", title="C", folder=None, tags=["x"], archived=False),
        record("vote", message="u1", value=1),
    ]
    assert changes_of_row(records) == {
        "updated": AT,
        "title": "C",
        "pinned": True,
        "folder": None,
        "tags": ["x"],
        "archived": False,
    }
