"""A long file is taken into the index a piece at a time, and its rows are those that one piece would make."""

import random
from typing import Any

import pytest

from conversations.files.store import FileStore
from conversations.index import indexing
from conversations.index.indexing import index_conversation, index_conversations, reindex_all
from conversations.index.rows_writer import write_rows
from conversations.models import Conversation, MessageEntry
from conversations.records import Record

from .samples import ID, answer, conversation, record, user
from .test_index import all_rows, wide_store

pytestmark = pytest.mark.usefixtures("database")


def long_conversation(seed: int) -> list[Record]:
    """Turns with branches, votes, settings and deletions, in any order."""
    chance = random.Random(seed)
    records: list[Record] = [conversation(ID, owner="ada")]
    users: list[str | None] = [None]
    answers: list[str] = []
    for number in range(60):
        match chance.randint(0, 9):
            case 0 if answers:
                records.append(record("vote", message=chance.choice(answers), value=chance.choice([1, -1])))
            case 1:
                records.append(record("settings", title=f"Title {number}", tags=[f"tag{number % 3}"]))
            case 2 if answers and number % 3 == 0:
                records.append(record("delete", message=chance.choice(answers)))
            case 3 | 4 | 5 if len(users) > 1:
                answers.append(f"a{number}")
                records.append(answer(answers[-1], str(users[-1]), text=f"words {number} " * 5))
            case _:
                users.append(f"u{number}")
                records.append(
                    user(f"u{number}", chance.choice([None, *answers[-3:]]), text=f"words {number}")
                )
    return records


@pytest.mark.parametrize("most", [1, 300, 2_000])
@pytest.mark.parametrize("seed", range(4))
def test_pieces_of_any_size_make_the_same_rows(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, seed: int, most: int
) -> None:
    first, *rest = long_conversation(seed)
    store.create(first)  # type: ignore[arg-type]
    store.append(ID, rest)
    index_conversation(store, ID)
    at_once = all_rows()
    monkeypatch.setattr(indexing, "_index", smaller(most))
    index_conversation(store, ID, whole=True)
    assert all_rows() == at_once


def smaller(most: int) -> Any:
    """The index's own work, in pieces of `most` bytes."""
    original = indexing._index

    def index(*arguments: Any, **options: Any) -> Any:
        return original(*arguments, **{"most": most, **options})

    return index


def test_conversations_of_every_kind_are_taken_in_piece_by_piece(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _, (first, *rest) in wide_store(store):
        store.create(first)  # type: ignore[arg-type]
        store.append(str(first["id"]), rest)  # type: ignore[typeddict-item]
    report = reindex_all(store)
    at_once = all_rows()
    monkeypatch.setattr(indexing, "_index", smaller(200))
    assert reindex_all(store) == report
    assert all_rows() == at_once


def test_no_more_than_a_piece_and_a_record_is_in_memory_at_a_time(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{number} " + "word " * 40 for number in range(100)]
    store.create(conversation(ID))
    store.append(ID, [user(f"u{number}", text=text) for number, text in enumerate(texts)])
    held: list[int] = []

    def counting(using: str, found: Any) -> None:
        held.append(sum(len(rows.entries) for rows in found))
        write_rows(using, found)

    monkeypatch.setattr(indexing, "write_rows", counting)
    monkeypatch.setattr(indexing, "_index", smaller(1_500))
    index_conversation(store, ID)
    assert MessageEntry.objects.exclude(message="").count() == 100
    assert max(held) < 10
    assert Conversation.objects.get().message_count == 100


def test_many_short_files_share_a_piece(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [f"20260101-0000{number:02d}-aaaaaaaa" for number in range(20)]
    for one in ids:
        store.create(conversation(one))
    pieces: list[int] = []

    def counting(using: str, found: Any) -> None:
        pieces.append(len(found))
        write_rows(using, found)

    monkeypatch.setattr(indexing, "write_rows", counting)
    assert index_conversations(ids).conversations == 20
    assert pieces == [20]


def test_what_a_dead_process_took_in_is_gone_on_from(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *rest = long_conversation(1)
    store.create(first)  # type: ignore[arg-type]
    store.append(ID, rest)
    index_conversation(store, ID)
    at_once = all_rows()
    Conversation.objects.all().delete()
    MessageEntry.objects.all().delete()
    calls = 0

    def dying(using: str, found: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        write_rows(using, found)

    monkeypatch.setattr(indexing, "write_rows", dying)
    monkeypatch.setattr(indexing, "_index", smaller(900))
    with pytest.raises(KeyboardInterrupt):
        index_conversation(store, ID)
    row = Conversation.objects.get()
    assert 0 < row.size < store.stamp(ID)[0]  # type: ignore[index]
    assert MessageEntry.objects.exclude(message="").exists()
    index_conversation(store, ID)
    assert all_rows() == at_once


def test_a_message_that_comes_again_in_a_later_piece_is_one_row(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(conversation(ID))
    store.append(ID, [user(f"u{number}", text="word " * 30) for number in range(20)])
    store.append(ID, [user("u2", text="other words")])
    monkeypatch.setattr(indexing, "_index", smaller(700))
    index_conversation(store, ID)
    assert MessageEntry.objects.exclude(message="").count() == 20
    assert Conversation.objects.get().message_count == 20
