"""A snapshot shows the same however its file was opened, and opening one for a reader parses it once."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from conversations.errors import InvalidRecordError
from conversations.files.store import FileStore
from conversations.records import Record
from conversations.store import conversation as opened
from conversations.store.homes import Homes
from conversations.store.lines import encode_record

from .samples import ID, answer, conversation, one_of_each, record, user


def turns(count: int) -> list[bytes]:
    path: list[Record] = [conversation(), user("u0"), answer("a0", "u0"), answer("b0", "u0", lane="l2")]
    for n in range(1, count):
        path += [user(f"u{n}", f"a{n - 1}"), answer(f"a{n}", f"u{n}"), answer(f"b{n}", f"u{n}", lane="l2")]
    return [encode_record(one) for one in path]


SOURCED: Any = {**answer("a9", "u1"), "sources": [{"document": "d", "name": "n", "text": "words"}]}
FILES: dict[str, list[bytes]] = {
    "one of each": [encode_record(one) for one in one_of_each()],
    "turns": turns(12),
    "a branch that was left": [
        *turns(6),
        encode_record(user("aside", "b0")),
        encode_record(record("head", message="a5")),
    ],
    "votes, names and what nobody knows": [
        *turns(5),
        encode_record(record("vote", message="a0", value=1)),
        encode_record(record("branch", name="mine", head="a1")),
        encode_record(record("hologram", depth=3)),
    ],
    "something deleted": [*turns(5), encode_record(record("delete", message="u3"))],
    "sources": [*turns(2), encode_record(SOURCED), *turns(4)[7:]],
    "blank lines": [turns(3)[0], b"\n", b"\r\n", *turns(3)[1:]],
    "damaged lines": [*turns(4)[:5], b"\xff\n", b"{}\n", b'{"type":"message"}\n', *turns(4)[5:]],
    "half characters": [*turns(3), encode_record(user("u", "a2")).replace(b"Hello", b"\\ud83d")],
    "a torn end": [*turns(3), encode_record(user("torn", "a2"))[:-9]],
    "no newline at the end": [*turns(3), encode_record(user("last", "a2"))[:-1]],
    "a cycle": [*turns(2), encode_record(user("x", "y")), encode_record(user("y", "x"))],
}


@pytest.fixture(params=FILES)
def written(request: pytest.FixtureRequest, store: FileStore) -> FileStore:
    store.folders.conversations.mkdir(parents=True)
    store.folders.path(ID).write_bytes(b"".join(FILES[request.param]))
    return store


def shown(lines: Sequence[bytes]) -> list[Any]:
    return [orjson.loads(line) for line in lines]


@pytest.mark.parametrize("keep", [1, 3, 200])
def test_a_file_that_is_opened_to_be_shown_shows_what_one_that_was_open_shows(
    written: FileStore, keep: int
) -> None:
    file = Homes(written).open(ID, to_show=True)
    first = shown(file.snapshot(keep))
    assert first == shown(file.snapshot(keep)) == shown(written.open(ID).snapshot(keep))
    assert [one["id"] for one in first if one["type"] == "message"] == list(file.tree.messages)


@pytest.mark.parametrize("keep", [1, 3, 200])
def test_the_end_of_a_path_is_that_of_the_whole(written: FileStore, keep: int) -> None:
    tree = written.open(ID).tree
    assert tree.path_end(keep) == tree.path()[-keep:]


def test_opening_a_long_conversation_for_a_reader_parses_each_line_once(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.folders.conversations.mkdir(parents=True)
    lines = turns(60)
    store.folders.path(ID).write_bytes(b"".join(lines))
    parsed = []

    def decode_record(line: bytes) -> Any:
        parsed.append(line)
        return orjson.loads(line)

    monkeypatch.setattr(opened, "decode_record", decode_record)
    file = Homes(store).open(ID, to_show=True)
    whole = [one for one in shown(file.snapshot(keep=2)) if one["type"] == "message" and "parts" in one]
    # Besides, only what is near is read again, for its words.
    assert len(parsed) == len(lines) + len(whole)
    assert len(whole) < len(lines) / 20


def test_what_came_while_it_was_opened_is_shown(store: FileStore) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"))
    file = Homes(store).open(ID, to_show=True)
    store.append(ID, [user("u2", "a1")])
    file.refresh()
    assert [one.get("id") for one in shown(file.snapshot())] == [ID, "u1", "a1", "u2"]


def test_what_is_appended_before_it_is_shown_is_shown(store: FileStore) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"))
    file = Homes(store).open(ID, to_show=True)
    file.append([user("u2", "a1")])
    assert [one.get("id") for one in shown(file.snapshot())] == [ID, "u1", "a1", "u2"]


@pytest.mark.parametrize("how", ["another file", "other words in its place"])
def test_a_file_that_was_replaced_before_it_is_shown_is_shown_as_it_is_now(
    store: FileStore, how: str
) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"))
    file = Homes(store).open(ID, to_show=True)
    path = store.folders.path(ID)
    data = path.read_bytes().replace(b'"u1"', b'"v1"')
    if how == "another file":
        path.unlink()
    path.write_bytes(data)
    assert [one.get("id") for one in shown(file.snapshot())] == [ID, "v1", "a1"]


def test_of_a_message_that_stands_there_twice_the_later_words_are_shown(store: FileStore) -> None:
    store.create(conversation(), user("u1", text="Before"), answer("a1", "u1"))
    store.append(ID, [user("u1", text="After")])
    *_, last = shown(Homes(store).open(ID, to_show=True).snapshot())
    assert last["parts"] == [{"type": "text", "text": "After"}]


def test_what_no_reader_can_take_in_is_not_shown(store: FileStore) -> None:
    store.create(conversation())
    with pytest.raises(InvalidRecordError):
        store.append(ID, [record("vote")])
    with store.folders.path(ID).open("ab") as file:
        file.write(b'{"type":"vote"}\n')
    assert len(Homes(store).open(ID, to_show=True).snapshot()) == 1
