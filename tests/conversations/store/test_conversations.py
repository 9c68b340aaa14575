"""Conversations in every home: the same records, the same bytes, the same cursors."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import accumulate
from typing import Any

import pytest

from conversations.errors import (
    ConversationDamagedError,
    ConversationExistsError,
    ConversationNotFoundError,
    InvalidCursorError,
    InvalidIdError,
    InvalidRecordError,
    MessageExistsError,
    OvertakenError,
)
from conversations.records import Record
from conversations.store.base import Store
from conversations.store.lines import encode_record, encode_records
from conversations.store.trash import owner_in_trash
from tests.conversations.samples import ID, answer, conversation, one_of_each, record, user
from tests.conversations.store.conftest import Home, in_all_homes

OTHER = "20250101-000000-aaaaaaaa"
ADA = "5f3b9a2e-9d4c-4d0a-8a3e-0f6f3c1d2e4b"


def bytes_of(store: Store, conversation: str = ID) -> bytes:
    with store.reading(conversation) as content:
        return b"".join(content.blocks(0, content.size))


def records_of(store: Store, conversation: str = ID) -> list[Record]:
    return [found for _, found in store.open(conversation).records_from(0)]


@in_all_homes
def test_what_is_appended_is_read_back_to_the_byte(home: Home) -> None:
    first, *rest = one_of_each()
    home.store.create(conversation(), rest[0])
    sizes = [home.store.append(ID, [one]) for one in rest[1:]]
    assert bytes_of(home.elsewhere()) == encode_records([first, *rest])
    assert records_of(home.elsewhere()) == [first, *rest]
    assert sizes[-1] == len(bytes_of(home.store))


@in_all_homes
def test_who_makes_one_is_given_what_it_begins_with_as_it_is_read(home: Home) -> None:
    first, *rest = one_of_each()
    made = home.store.create(conversation(), *rest)
    given = [made.take_first_records() for _ in range(2)]
    assert given == [list(made.records_from(0))] * 2
    assert [found for _, found in given[0]] == [first, *rest]
    # Whoever opens it reads it.
    assert home.elsewhere().open(ID).take_first_records() == given[0]


@in_all_homes
@pytest.mark.parametrize("text", ["", "a\u2028b\u0085c\r", "\0", "😀" * 3, "x" * 70_000, "\ud800"])
def test_any_text_is_one_line(home: Home, text: str) -> None:
    home.store.create(conversation(), user("u1", text=text))
    home.store.append(ID, [user("u2")])
    said = text.replace("\ud800", "\ufffd")
    assert records_of(home.elsewhere())[1:] == [user("u1", text=said), user("u2")]


@in_all_homes
@pytest.mark.parametrize("text", ["", "a\u2028b\u0085c\r", "😀" * 3, "x" * 70_000, "\ud800"])
def test_what_has_just_been_made_is_known_as_if_it_had_been_read(home: Home, text: str) -> None:
    made = home.store.create(conversation(title="Begun"), user("u1", text=text))
    read = home.elsewhere().open(ID)
    assert (made.size, made.readings, made.damaged) == (read.size, read.readings, read.damaged)
    assert vars(made.tree) == vars(read.tree)
    assert list(made.records_from(0)) == list(read.records_from(0))
    assert not made.is_behind()
    home.elsewhere().append(ID, [answer("a1", "u1")])
    assert made.is_behind()
    assert made.refresh() == [answer("a1", "u1")]
    assert made.readings == read.readings


@in_all_homes
def test_any_range_of_bytes_can_be_read(store: Store) -> None:
    store.create(conversation(), *(user(f"u{n}", text="é" * n) for n in range(30)))
    whole = bytes_of(store)
    with store.reading(ID) as content:
        for start in (*range(0, len(whole), 97), len(whole)):
            for length in (1, 2, 100, 1000, len(whole)):
                assert content.read(start, length) == whole[start : start + length]
            assert b"".join(content.blocks(start, len(whole))) == whole[start:]
            assert b"".join(content.blocks(0, start)) == whole[:start]


@in_all_homes
def test_each_record_ends_at_a_cursor_that_resumes_after_it(home: Home) -> None:
    records = one_of_each()
    file = home.store.create(conversation(), *records[1:])
    offsets = [offset for offset, _ in file.records_from(0)]
    assert offsets == list(accumulate(len(encode_record(one)) for one in records))
    there = home.elsewhere().open(ID)
    for index, offset in enumerate(offsets):
        assert [found for _, found in there.records_from(offset)] == records[index + 1 :]
    for wrong in (-1, 5, offsets[0] + 1, offsets[-1] + 1, 10**9):
        with pytest.raises(InvalidCursorError):
            list(there.records_from(wrong))


@in_all_homes
def test_a_conversation_is_made_once_however_many_try(home: Home) -> None:
    def make(number: int) -> int | None:
        try:
            home.elsewhere().create(conversation(title=str(number)), user("u1", text="x" * 1000))
        except ConversationExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        (made,) = [number for number in pool.map(make, range(8)) if number is not None]
    assert home.store.open(ID).tree.settings["title"] == str(made)
    assert len(records_of(home.store)) == 2


BAD_IDS = ["", "..", "../x", "a/b", f"{ID}/../x", f"{ID}\n", f"{ID}\0", ID.upper(), f"{ID}.jsonl", "٢" * 8]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_what_is_no_id_is_refused_by_all(store: Store, bad: str) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: store.open(bad),
        lambda: store.exists(bad),
        lambda: store.stamp(bad),
        lambda: store.append(bad, []),
        lambda: store.create(conversation(bad)),
        lambda: store.trash(bad),
        lambda: store.restore(bad),
        lambda: store.hand_over(bad, "ada", "Ada"),
        lambda: store.trashed.holds(bad),
        lambda: store.trashed.purge(bad),
        lambda: store.journals.answer_ids(bad),
        lambda: store.take_lead(bad),
    ]
    for call in calls:
        with pytest.raises(InvalidIdError):
            call()


def test_what_is_not_there_is_not_made_on_the_way(store: Store) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: store.open(ID),
        lambda: store.append(ID, [user("u1")]),
        lambda: store.locked(ID).__enter__(),
        lambda: store.reading(ID).__enter__(),
        lambda: store.trash(ID),
        lambda: store.restore(ID),
        lambda: store.hand_over(ID, "ada", "Ada"),
        lambda: store.trashed.open(ID),
        lambda: owner_in_trash(store, ID),
        lambda: store.trashed.purge(ID),
    ]
    for call in calls:
        with pytest.raises(ConversationNotFoundError):
            call()
    assert not store.exists(ID)
    assert store.stamp(ID) is None
    assert not store.trashed.holds(ID)
    assert list(store.ids()) == list(store.trashed.ids()) == []
    assert list(store.stamps()) == []


@in_all_homes
def test_nothing_of_what_no_reader_could_take_in_is_written(store: Store) -> None:
    file = store.create(conversation())
    size = file.size
    for bad in (record("message", id="x"), record("head"), record("settings", title={1, 2})):
        with pytest.raises(InvalidRecordError):
            file.append([user("u1"), bad])
    assert len(bytes_of(store)) == size


def test_a_newer_format_is_shown_and_not_written(store: Store) -> None:
    file = store.create(conversation(format=2), user("u1"))
    assert file.damaged is not None
    assert file.tree.path() == ["u1"]
    for append in (lambda: store.append(ID, [user("u2")]), lambda: file.append([user("u2")])):
        with pytest.raises(ConversationDamagedError):
            append()


@in_all_homes
def test_each_sees_what_the_other_appends_once_and_in_one_order(home: Home) -> None:
    mine, theirs = home.store.create(conversation()), home.elsewhere().open(ID)
    readings = (mine.readings, theirs.readings)
    assert theirs.append([user("u1")]) == [user("u1")]
    assert mine.append([answer("a1", "u1")]) == [user("u1"), answer("a1", "u1")]
    assert mine.refresh() == []
    assert theirs.refresh() == [answer("a1", "u1")]
    assert mine.size == theirs.size == len(bytes_of(home.store))
    assert mine.messages(["a1", "nowhere", "u1"]) == [answer("a1", "u1"), user("u1")]
    assert (mine.readings, theirs.readings) == readings


def test_whether_something_came_is_known_without_reading_it(home: Home) -> None:
    mine, theirs = home.store.create(conversation()), home.elsewhere().open(ID)
    assert not mine.is_behind()
    mine.append([user("u1")])
    assert (mine.is_behind(), theirs.is_behind()) == (False, True)
    theirs.refresh()
    assert not theirs.is_behind()
    home.store.trash(ID)
    assert theirs.is_behind()


@in_all_homes
def test_of_all_who_append_a_message_of_one_id_one_does(home: Home) -> None:
    """Eight at once, each of them with all messages: none is lost, none stands twice, and what was appended
    together stands together."""
    home.store.create(conversation())
    ids = [f"u{number}" for number in range(25)]

    def append(name: str) -> list[str]:
        file, done = home.elsewhere().open(ID), []
        for message in ids:
            with suppress(MessageExistsError):
                file.append([user(message, text=name), record("head", message=message)])
                done.append(message)
        return done

    with ThreadPoolExecutor(8) as pool:
        done = [message for found in pool.map(append, "abcdefgh") for message in found]
    assert sorted(done) == sorted(ids)
    found: list[Any] = records_of(home.store)[1:]
    assert sorted(one["id"] for one in found[::2]) == sorted(ids)
    assert [one["message"] for one in found[1::2]] == [one["id"] for one in found[::2]]


@in_all_homes
def test_what_follows_what_was_there_does_not_come_behind_another_message(home: Home) -> None:
    here = home.store.create(conversation())
    there = home.elsewhere().open(ID)
    seen = here.size
    there.append([record("settings", title="New")])
    # What is no message changes nothing of what a message follows.
    here.append([user("u1")], after=seen)
    with pytest.raises(OvertakenError):
        there.append([user("u2")], after=seen)
    there.append([user("u2")], after=here.size)
    assert list(home.store.open(ID).tree.messages) == ["u1", "u2"]


@in_all_homes
def test_who_holds_it_looks_and_appends_in_one_step(home: Home) -> None:
    home.store.create(conversation())

    def count_up(_: int) -> None:
        with home.elsewhere().locked(ID) as content:
            count = b"".join(content.blocks(0, content.size)).count(b"\n")
            assert content.append([user(f"u{count}")], durable=False) == content.size

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(20)))
    assert list(home.store.open(ID).tree.messages) == [f"u{count}" for count in range(1, 21)]


def test_a_stamp_tells_of_every_change(home: Home) -> None:
    home.store.create(conversation())
    home.store.create(conversation(OTHER))
    seen = [home.store.stamp(ID)]
    for text in ("a", "b"):
        home.elsewhere().append(ID, [user(text)])
        seen.append(home.store.stamp(ID))
    assert None not in seen
    assert len(set(seen)) == 3
    assert dict(home.store.stamps()) == {one: home.store.stamp(one) for one in (ID, OTHER)}
    with home.store.reading(ID) as content:
        assert seen[-1] == (content.size, content.changed_ns)


def test_many_conversations_come_oldest_first(home: Home) -> None:
    names = [f"2025{month:02}{day:02}-000000-aaaaaaaa" for month in range(1, 11) for day in range(1, 29)]
    for name in reversed(names):
        home.store.create(conversation(name))
    there = home.elsewhere()
    assert list(there.ids()) == names
    assert sorted(name for name, _ in there.stamps()) == names


@in_all_homes
def test_a_conversation_of_36_megabytes_is_opened_and_followed(home: Home) -> None:
    text = "Türkçe " * 12_000
    home.store.create(conversation())
    for batch in range(36):
        home.store.append(ID, [user(f"u{batch}-{n}", text=text) for n in range(11)], durable=False)
    here, there = home.store.open(ID), home.elsewhere().open(ID)
    assert here.size > 36_000_000
    assert len(here.tree.messages) == 396
    here.append([answer("last", "u35-10")])
    assert there.refresh() == [answer("last", "u35-10")]
    assert there.messages(["u17-3", "last"]) == [user("u17-3", text=text), answer("last", "u35-10")]
    assert [found for _, found in there.records_from(here.size)] == []


def test_what_is_thrown_away_comes_back_with_all_that_was_said(home: Home) -> None:
    file = home.store.create(conversation(owner=ADA), user("u1"))
    home.store.append(ID, [answer("a1", "u1")])
    before, whole = home.store.clock(), bytes_of(home.store)
    home.store.trash(ID)
    there = home.elsewhere()
    assert list(there.ids()) == []
    assert list(there.trashed.ids()) == [ID]
    assert there.trashed.holds(ID)
    assert owner_in_trash(there, ID) == ADA
    assert there.trashed.open(ID).tree.path() == ["u1", "a1"]
    assert before - 2 <= there.trashed.trashed_at(ID) <= there.clock() + 2
    with there.trashed.reading(ID) as content:
        assert content.read(0, content.size) == whole
    for call in (lambda: file.append([user("u2")]), lambda: there.trash(ID), lambda: there.open(ID)):
        with pytest.raises(ConversationNotFoundError):
            call()
    there.restore(ID)
    assert bytes_of(home.store) == whole
    assert not home.store.trashed.holds(ID)
    with pytest.raises(ConversationNotFoundError):
        there.restore(ID)


def test_how_much_is_kept_and_how_much_is_in_the_trash_is_told(store: Store) -> None:
    assert store.measure(trashed=False) == store.measure(trashed=True) == (0, 0)
    sizes = [store.create(conversation(f"20260101-00000{n}-aaaaaaaa"), user("u1")).size for n in range(3)]
    store.trash("20260101-000002-aaaaaaaa")
    assert store.measure(trashed=False) == (2, sum(sizes[:2]))
    assert store.measure(trashed=True) == (1, sizes[2])


def test_of_two_conversations_of_one_id_none_is_lost(store: Store) -> None:
    """The one that is in the trash is not overwritten by the other, nor the other way round."""
    store.create(conversation(title="Old"))
    store.trash(ID)

    def try_both() -> None:
        store.create(conversation(title="New"))
        store.restore(ID)

    with pytest.raises(ConversationExistsError):
        try_both()
    assert store.trashed.open(ID).tree.settings["title"] == "Old"
    if store.exists(ID):
        assert store.open(ID).tree.settings["title"] == "New"


def test_what_is_purged_is_gone_and_what_was_restored_is_not(store: Store) -> None:
    for one in (ID, OTHER):
        store.create(conversation(one))
        store.trash(one)
    store.restore(OTHER)
    store.trashed.purge(ID)
    with pytest.raises(ConversationNotFoundError):
        store.trashed.purge(OTHER)
    assert list(store.trashed.ids()) == []
    assert list(store.ids()) == [OTHER]
    store.create(conversation(title="Again"))
    assert records_of(store) == [conversation(title="Again")]


@pytest.mark.parametrize("heir", ["b", ADA, "long" * 30])
def test_whose_it_is_changes_and_nothing_behind_it(home: Home, heir: str) -> None:
    home.store.create(conversation(), user("u1"), answer("a1", "u1"))
    open_elsewhere = home.elsewhere().open(ID)
    readings = open_elsewhere.readings
    home.store.hand_over(ID, heir, "Bea")
    first, *rest = records_of(home.store)
    assert (first.get("owner"), first.get("owner_name")) == (heir, "Bea")
    assert rest == [user("u1"), answer("a1", "u1")]
    home.store.append(ID, [user("u2", "a1")])
    # Who had it open reads all of it anew, and finds every message in its new place.
    assert len(open_elsewhere.refresh()) == 4
    assert open_elsewhere.readings == readings + 1
    assert open_elsewhere.messages(["a1", "u2"]) == [answer("a1", "u1"), user("u2", "a1")]
    home.store.trash(ID)
    home.store.hand_over(ID, ADA, "Ada", trashed=True)
    assert owner_in_trash(home.store, ID) == ADA


@in_all_homes
def test_which_of_many_ids_a_conversation_has_is_found(home: Home) -> None:
    asked = [f"2025{month:02}01-000000-aaaaaaaa" for month in range(1, 13)]
    there = home.elsewhere()
    assert there.find_first(asked) is None
    assert there.find_first([]) is None
    home.store.create(conversation("20250601-000001-aaaaaaaa"))
    home.store.create(conversation("20250601-000000-bbbbbbbb"))
    assert there.find_first(asked) is None
    for one in (asked[7], asked[4]):
        home.store.create(conversation(one))
    assert there.find_first(asked) == asked[4]
    assert there.find_first(asked[::-1]) == asked[7]
