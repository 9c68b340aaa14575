"""Which message stands below which, when it was said, and which was shown last."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.files.store import FileStore
from conversations.importers.chat import Node
from conversations.importers.forest import build_trees
from conversations.importers.times import parse_time
from tests.conversations.test_import import chatgpt, chatgpt_node, only, spoken, take

pytestmark = pytest.mark.django_db
EXPORTS = Path(__file__).parent / "exports"
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)

NOTHING: list[Any] = [None, 0, "", "0", -5, True, "soon", [], {}, "1970-01-01T00:00:00Z"]
ODD: list[Any] = [float("nan"), float("inf"), "nan", "1e999", "10:00:00 GMT+0300", "9" * 400]
NAMES = [f"m{number}" for number in range(8)]
NODES = st.lists(
    st.builds(
        Node,
        id=st.sampled_from(NAMES),
        parent=st.none() | st.sampled_from([*NAMES, "gone"]),
        role=st.sampled_from(["user", "assistant"]),
        parts=st.lists(
            st.builds(lambda text: {"type": "text", "text": text}, st.text(max_size=3)), max_size=1
        ),
        at=st.none() | st.sampled_from([NOON, NOON.replace(hour=13)]),
        children=st.lists(st.sampled_from([*NAMES, "gone"]), max_size=3),
    ),
    max_size=10,
)


@given(NODES)
def test_any_graph_becomes_a_forest_with_every_message_once(nodes: list[Node]) -> None:
    said = {(node.id, node.parent, node.role, repr(node.parts)) for node in nodes}
    placed, cut = build_trees(nodes)
    ids = [node.id for node in placed]
    assert len(ids) == len(set(ids)) == len(said)
    seen: set[str | None] = {None}
    for node in placed:
        assert node.parent in seen
        seen.add(node.id)
    assert cut <= len(placed)


@given(NODES)
def test_a_forest_stays_as_it_is(nodes: list[Node]) -> None:
    once, _ = build_trees(nodes)
    order = [(node.id, node.parent) for node in once]
    twice, cut = build_trees(once)
    assert ([(node.id, node.parent) for node in twice], cut) == (order, 0)


def parents(*pairs: tuple[str, str | None]) -> tuple[dict[str, str | None], int]:
    """Of users' (u…) and assistants' (a…) messages."""
    nodes = [
        Node(name, parent, "user" if name.startswith("u") else "assistant", [{"type": "text", "text": name}])
        for name, parent in pairs
    ]
    placed, cut = build_trees(nodes)
    return {node.id: node.parent for node in placed}, cut


@pytest.mark.parametrize(
    ("given", "stand", "cut"),
    [
        ([("u1", "u1"), ("a1", "u1")], {"u1": None, "a1": "u1"}, 1),
        ([("a1", "u1"), ("u1", "a1")], {"u1": None, "a1": "u1"}, 1),
        (
            [("u1", "a2"), ("a1", "u1"), ("u2", "a1"), ("a2", "u2")],
            {"u1": None, "a1": "u1", "u2": "a1", "a2": "u2"},
            1,
        ),
        (
            [("u1", None), ("a1", "u1"), ("u2", "a2"), ("a2", "u2"), ("u3", "a3"), ("a3", "u3")],
            {"u1": None, "a1": "u1", "u2": None, "a2": "u2", "u3": None, "a3": "u3"},
            2,
        ),
        (
            [("u1", "a1"), ("a1", "u1"), ("u2", "a1"), ("a2", "u2")],
            {"u1": None, "a1": "u1", "u2": "a1", "a2": "u2"},
            1,
        ),
        ([("u1", "gone"), ("a1", "u1")], {"u1": None, "a1": "u1"}, 0),
        ([("u1", None), ("a1", None), ("u2", None)], {"u1": None, "a1": "u1", "u2": "a1"}, 0),
        ([("u1", None), ("u2", None)], {"u1": None, "u2": None}, 0),
    ],
)
def test_rings_are_cut_above_the_message_that_began_them(
    given: list[tuple[str, str | None]], stand: dict[str, str | None], cut: int
) -> None:
    assert parents(*given) == (stand, cut)


def test_a_ring_of_many_is_cut_in_time() -> None:
    count = 20_000
    ring = [("u" if number % 2 else "a") + str(number) for number in range(count)]
    stand, cut = parents(*((name, ring[number - 1]) for number, name in enumerate(ring)))
    assert (len(stand), cut, list(stand.values()).count(None)) == (count, 1, 1)
    nodes = [Node(name, None, "user", children=[after]) for name, after in pairwise(ring)]
    placed, cut = build_trees([*nodes, Node(ring[-1], None, "user")])
    assert ([node.id for node in placed], cut) == (ring, 0)


def test_ids_that_stand_twice_keep_both_messages(store: FileStore, tmp_path: Path) -> None:
    def said(number: str, text: str, parent: str | None) -> dict[str, Any]:
        return {"messageId": number, "parentMessageId": parent, "isCreatedByUser": True, "text": text}

    rows = [said("1", "one", None), said("1", "two", None), said("1", "one", None)]
    report = take(store, tmp_path / "a.json", {"conversationId": "x", "messages": rows})
    assert report.messages == 2


@pytest.mark.parametrize("name", ["owui_ring", "chatgpt_ring"])
def test_a_ring_in_an_export_loses_nothing_and_is_told(store: FileStore, tmp_path: Path, name: str) -> None:
    report = take(store, tmp_path / "a.json", (EXPORTS / f"{name}.json").read_text())
    assert (report.conversations, report.messages, report.skipped) == (1, 4, [])
    assert report.mended == [
        (
            "Halka",
            "Some messages named each other as the one before. The earliest of them became a beginning.",
        )
    ]
    assert only(store).tree.head == "a2"


RINGS: dict[str, Callable[[str, str], Any]] = {
    "librechat": lambda one, other: {
        "conversationId": "r",
        "messages": [
            {"messageId": "1", "parentMessageId": one, "isCreatedByUser": True, "text": "q"},
            {"messageId": "2", "parentMessageId": other, "isCreatedByUser": False, "text": "a"},
        ],
    },
    "claude": lambda one, other: {
        "uuid": "r",
        "chat_messages": [
            {"uuid": "1", "parent_message_uuid": one, "sender": "human", "text": "q"},
            {"uuid": "2", "parent_message_uuid": other, "sender": "assistant", "text": "a"},
        ],
    },
    "chatgpt": lambda one, other: chatgpt(
        chatgpt_node("1", one, "user", "q"), chatgpt_node("2", other, "assistant", "a")
    ),
    "openwebui": lambda one, other: {
        "id": "r",
        "chat": {
            "history": {
                "messages": {
                    "1": {"parentId": one, "role": "user", "content": "q"},
                    "2": {"parentId": other, "role": "assistant", "content": "a"},
                }
            }
        },
    },
}


@pytest.mark.parametrize("program", RINGS)
@pytest.mark.parametrize("edges", [("2", "1"), ("1", "1"), ("1", "2"), ("gone", "1")])
def test_every_importer_keeps_what_stands_in_a_ring(
    store: FileStore, tmp_path: Path, program: str, edges: tuple[str, str]
) -> None:
    report = take(store, tmp_path / "a.json", RINGS[program](*edges))
    assert report.messages == 2
    assert spoken(only(store)) == ["user: q", "assistant: a"]
    assert bool(report.mended) == (edges != ("gone", "1"))


def test_a_tree_that_only_lists_children_is_built_from_them(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", (EXPORTS / "chatgpt_children_only.json").read_text())
    assert spoken(only(store)) == ["user: bir", "assistant: iki", "user: üç", "assistant: dört"]


def test_of_equal_times_the_last_in_the_file_is_shown(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", (EXPORTS / "librechat_equal_times.json").read_text())
    file = only(store)
    assert file.tree.head == "6"
    assert spoken(file)[-1] == "assistant: yanıt 3"


@pytest.mark.parametrize(
    ("times", "head"),
    [
        ([1, 2, 4, 3], "3"),
        ([1, 2, 3, 3], "4"),
        ([1, None, 4, 3], "4"),
        ([None, None, None, None], "4"),
        ([9, 2, 2, 2], "4"),
        (["2026-09-01T10:00:01Z", "2026-09-01T10:00:02Z", 1788256804000, 1788256803], "3"),
    ],
)
def test_the_last_message_is_found_by_its_time_or_its_place(
    store: FileStore, tmp_path: Path, times: list[Any], head: str
) -> None:
    rows = [
        {"messageId": str(number), "parentMessageId": parent, "isCreatedByUser": number == 1, "text": "x"}
        | {"createdAt": at if not isinstance(at, int) or at > 9 else 1788256800 + at}
        for (number, parent), at in zip([(1, None), (2, "1"), (3, "1"), (4, "1")], times, strict=True)
    ]
    take(store, tmp_path / "a.json", {"conversationId": "x", "messages": rows})
    assert only(store).tree.head == head


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        (1788256800, "2026-09-01T10:00:00+00:00"),
        (1788256800.5, "2026-09-01T10:00:00.500000+00:00"),
        (1788256800000, "2026-09-01T10:00:00+00:00"),
        (1788256800000000, "2026-09-01T10:00:00+00:00"),
        (1788256800000000000, "2026-09-01T10:00:00+00:00"),
        ("1788256800", "2026-09-01T10:00:00+00:00"),
        ("1788256800000", "2026-09-01T10:00:00+00:00"),
        ("2026-09-01T10:00:00Z", "2026-09-01T10:00:00+00:00"),
        ("2026-09-01T13:00:00.000+03:00", "2026-09-01T10:00:00+00:00"),
        ("2026-09-01 10:00:00", "2026-09-01T10:00:00+00:00"),
        (" 2026-09-01 ", "2026-09-01T00:00:00+00:00"),
        ("Tue, 01 Sep 2026 10:00:00 GMT", "2026-09-01T10:00:00+00:00"),
        ({"$date": "2026-09-01T10:00:00Z"}, "2026-09-01T10:00:00+00:00"),
        ({"$date": {"$numberLong": "1788256800000"}}, "2026-09-01T10:00:00+00:00"),
        *[(nothing, None) for nothing in NOTHING],
        *[(odd, None) for odd in ODD],
    ],
)
def test_times_are_read_however_they_are_written(given: Any, moment: str | None) -> None:
    found = parse_time(given)
    assert (found and found.isoformat()) == moment


def test_a_time_that_nobody_wrote_is_the_conversations_or_the_files(store: FileStore, tmp_path: Path) -> None:
    entry = json.loads((EXPORTS / "chatgpt_no_children.json").read_text())
    take(store, tmp_path / "a.json", entry)
    assert only(store).id.startswith("20260921-")
    assert only(store).tree.settings["title"] == "merhaba"
    for name in ("create_time", "update_time"):
        entry[0][name] = None
    take(store, tmp_path / "b.json", entry[0] | {"conversation_id": "other"})
    times = [message["at"] for one in store.ids() for message in store.open(one).messages(["u1", "a1"])]
    written = datetime.fromtimestamp((tmp_path / "b.json").stat().st_mtime, UTC)
    assert (
        times
        == ["2026-09-21T14:15:00.500Z"] * 2 + [f"{written:%Y-%m-%dT%H:%M:%S}.{written:%f}"[:23] + "Z"] * 2
    )
    again = take(
        store, tmp_path / "c.json", entry[0] | {"conversation_id": "other", "update_time": 1790000000}
    )
    assert again.reasons() == {"here already": 1}


def test_chats_without_an_id_are_told_apart(store: FileStore, tmp_path: Path) -> None:
    chats = [
        {"title": "New Chat", "chat": {"messages": [{"role": "user", "content": text}]}} for text in "abb"
    ]
    report = take(store, tmp_path / "a.json", chats)
    assert (report.conversations, report.reasons()) == (2, {"here already": 1})


def test_the_path_that_the_other_program_showed_is_shown(store: FileStore, tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("u1", "root", "user", "q"),
        chatgpt_node("a1", "u1", "assistant", "first"),
        chatgpt_node("a2", "u1", "assistant", "second"),
        chatgpt_node("end", "a1", "system", ""),
    ]
    take(store, tmp_path / "a.json", chatgpt(*nodes))
    assert only(store).tree.head == "a1"


def test_a_leaf_that_is_not_there_is_not_asked_for(store: FileStore, tmp_path: Path) -> None:
    nodes = [chatgpt_node("u1", "root", "user", "q"), chatgpt_node("a1", "u1", "assistant", "first")]
    take(store, tmp_path / "a.json", chatgpt(*nodes, current_node="gone"))
    assert only(store).tree.head == "a1"
