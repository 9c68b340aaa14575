"""Which messages of a conversation are at hand, without its file being read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.engine import recent as module
from chat.engine.recent import NotRecentError, RecentMessages
from conversations.files.store import FileStore
from conversations.records import Record
from conversations.store.memory import MemoryFile
from tests.conversations.samples import ID, answer, conversation, user


def test_what_was_shown_is_at_hand_as_the_file_has_it(store: FileStore) -> None:
    records: list[Record] = [user("u1"), answer("a1", "u1")]
    file, recent = store.create(conversation(), *records), RecentMessages()
    recent.keep_messages(file, [conversation(), *records])
    assert recent.read(file, ["a1", "u1"]) == file.messages(["a1", "u1"])
    with pytest.raises(NotRecentError):
        recent.read(file, ["u1", "u2"])


def test_of_a_file_that_was_replaced_nothing_is_at_hand(store: FileStore) -> None:
    file, recent = store.create(conversation(), user("u1")), RecentMessages()
    recent.keep_messages(file, [user("u1")])
    path = store.folders.path(ID)
    other = store.create(conversation("20261120-104233-aaaaaaaa"), user("u1", text="Other"))
    path.unlink()
    store.folders.path(other.id).rename(path)
    file.refresh()
    with pytest.raises(NotRecentError):
        recent.read(file, ["u1"])
    recent.keep_messages(file, [user("u1", text="Other")])
    assert recent.read(file, ["u1"]) == file.messages(["u1"])


@given(st.lists(st.integers(0, 6_000), min_size=1, max_size=30))
def test_what_is_at_hand_is_the_last_and_bounded(sizes: list[int]) -> None:
    file, recent = MemoryFile(conversation()), RecentMessages()
    for number, size in enumerate(sizes):
        record = user(f"u{number}", text="x" * size)
        file.append([record])
        recent.keep_messages(file, [record])
    known = list(recent._messages)
    assert known == [f"u{number}" for number in range(len(sizes))][len(sizes) - len(known) :]
    lengths = [file.tree.places[message][1] for message in known]
    assert sum(lengths) == recent._bytes <= module.MOST
    if len(known) < len(sizes):
        assert sum(lengths) + file.tree.places[f"u{len(sizes) - len(known) - 1}"][1] > module.MOST
