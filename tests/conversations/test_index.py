from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.db import connections, router
from django.test.utils import CaptureQueriesContext

from conversations.files.store import FileStore
from conversations.index.indexing import (
    index_conversation,
    index_conversations,
    reindex_all,
    remove_from_index,
)
from conversations.models import Conversation, MessageEntry, Response, Tag
from conversations.records import Record

from .samples import AT, ID, answer, conversation, one_of_each, record, user

pytestmark = pytest.mark.usefixtures("database")
NUMBERS = ("id", "offset", "length")


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """The whole index, without numbers that only say in which order it was written."""
    return {
        model.__name__: sorted(
            (
                {name: value for name, value in row.items() if model is Conversation or name != "id"}
                for row in model._default_manager.values()
            ),
            key=str,
        )
        for model in (Conversation, Response, MessageEntry, Tag)
    }


def wide_store(store: FileStore) -> list[tuple[str, list[Record]]]:
    """Conversations of every kind of record, in the steps in which they were appended."""
    other = "20260101-000000-aaaaaaaa"
    damaged = "20260102-000000-bbbbbbbb"
    return [
        (ID, one_of_each()),
        (
            other,
            [
                conversation(other, owner="grace", title="Ёлка"),
                user(
                    "u1",
                    parts=[{"type": "image", "sha256": "0" * 64, "name": "cat.png", "mime": "", "bytes": 1}],
                ),
                answer("a1", "u1", status="stopped", usage=None, cost={"usd": None, "source": "unknown"}),
                user("u1b", None),
                record("delete", message="u1"),
                answer("late", "u1"),
                record("settings", archived=True, folder=None, tags=[]),
            ],
        ),
        (damaged, [conversation(damaged), user("u1", text="NUL \0 and \u2028"), answer("a1", "u1")]),
    ]


def test_appending_and_reindexing_give_the_same_rows(store: FileStore) -> None:
    for conversation_id, (first, *rest) in wide_store(store):
        store.create(first)  # type: ignore[arg-type]
        index_conversation(store, conversation_id)
        for one in rest:
            store.append(conversation_id, [one])
            index_conversation(store, conversation_id)
    appended = all_rows()
    for model in (Tag, Response, MessageEntry, Conversation):
        model._default_manager.all().delete()
    report = reindex_all(store)
    assert report.conversations == 3
    assert all_rows() == appended
    assert len(appended["Response"]) == 6


def test_a_row_says_what_the_file_says(store: FileStore) -> None:
    store.create(conversation(), *one_of_each()[1:])
    index_conversation(store, ID)
    row = Conversation.objects.get()
    assert row.title == "A better title"
    assert row.owner == "ada"
    assert row.pinned
    assert row.folder == "Öğrenme"
    assert row.tags == ["work", "физика"]
    assert row.models == ["echo/echo", "ollama/qwen3:8b"]
    assert row.message_count == 5
    assert row.answer_count == 3
    assert (row.input_tokens, row.output_tokens, row.cost_usd) == (30, 15, 0.75)
    assert row.has_branches
    assert not row.has_attachments
    assert row.damage == ""
    assert row.created == row.updated == datetime.fromisoformat(AT)
    votes = {
        response.message: (response.vote, response.preferred_over) for response in Response.objects.all()
    }
    assert votes == {"a1": (1, None), "a2": (None, ["a1"]), "a3": (None, None)}
    failed = Response.objects.get(message="a3")
    assert (failed.status, failed.error_code, failed.server) == ("failed", "timeout", "echo")
    assert failed.total_ms == 120


def test_before_any_answer_the_models_are_those_that_are_asked(store: FileStore) -> None:
    store.create(conversation())
    index_conversation(store, ID)
    assert Conversation.objects.get().models == ["echo/echo", "ollama/qwen3:8b"]
    store.append(ID, [record("settings", lanes=[{"id": "l1", "model": "gemini/flash"}])])
    index_conversation(store, ID)
    assert Conversation.objects.get().models == ["gemini/flash"]


def test_indexing_twice_counts_once(store: FileStore) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"))
    for _ in range(3):
        index_conversation(store, ID)
    row = Conversation.objects.get()
    assert (row.message_count, row.answer_count, row.output_tokens) == (2, 1, 5)


def test_a_lost_call_is_made_good_by_the_next(store: FileStore) -> None:
    store.create(conversation(), user("u1"))
    index_conversation(store, ID)
    store.append(ID, [answer("a1", "u1")])
    store.append(ID, [user("u2", "a1")])
    index_conversation(store, ID)
    assert Conversation.objects.get().message_count == 3


def test_unknown_costs_are_not_zero(store: FileStore) -> None:
    unknown = {"usd": None, "source": "unknown"}
    store.create(conversation(), user("u1"), answer("a1", "u1", cost=unknown))
    index_conversation(store, ID)
    assert Conversation.objects.get().cost_usd is None
    store.append(
        ID, [answer("a2", "u1", cost={"usd": 0.5, "source": "provider"}), answer("a3", "u1", cost=unknown)]
    )
    index_conversation(store, ID)
    assert Conversation.objects.get().cost_usd == 0.5


def test_files_that_others_changed_appear_and_those_removed_disappear(store: FileStore) -> None:
    other = "20260101-000000-aaaaaaaa"
    store.create(conversation(), user("u1"))
    store.create(conversation(other))
    reindex_all(store)
    lines = [conversation(title="From elsewhere"), user("u7"), answer("a7", "u7"), user("u8", "a7")]
    store.folders.path(ID).write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    store.folders.path(other).unlink()
    report = reindex_all(store, changed_only=True)
    assert (report.conversations, report.removed) == (1, 1)
    row = Conversation.objects.get()
    assert (row.title, row.message_count) == ("From elsewhere", 3)
    assert set(MessageEntry.objects.values_list("message", flat=True)) == {"", "u7", "a7", "u8"}
    assert reindex_all(store, changed_only=True).conversations == 0


def test_a_damaged_file_is_indexed_as_far_as_it_goes(store: FileStore) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"))
    index_conversation(store, ID)
    lines = store.folders.path(ID).read_bytes().split(b"\n")
    lines[1] = b"\0" * len(lines[1])
    store.folders.path(ID).write_bytes(b"\n".join(lines))
    report = reindex_all(store)
    row = Conversation.objects.get()
    assert report.damaged == [ID]
    assert row.damage.startswith(f"at byte {len(lines[0]) + 1}: ")
    assert row.message_count == 1
    lines[0] = b"?"
    store.folders.path(ID).write_bytes(b"\n".join(lines))
    assert reindex_all(store).damaged == [ID]
    assert Conversation.objects.get().owner == "ada"


def test_a_torn_last_line_does_not_count_until_it_is_whole(store: FileStore) -> None:
    store.create(conversation())
    line = orjson.dumps(user("u1"))
    with store.folders.path(ID).open("ab") as file:
        file.write(line[:40])
        file.flush()
        index_conversation(store, ID)
        assert Conversation.objects.get().message_count == 0
        file.write(line[40:])
        file.flush()
        index_conversation(store, ID)
        assert Conversation.objects.get().message_count == 1
        file.write(b"\n" + orjson.dumps(answer("a1", "u1")) + b"\n")
    index_conversation(store, ID)
    row = Conversation.objects.get()
    assert (row.message_count, row.damage) == (2, "")
    assert row.size == store.folders.path(ID).stat().st_size


def test_the_same_message_twice_is_one_row(store: FileStore) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1", status="stopped"))
    index_conversation(store, ID)
    store.append(ID, [answer("a1", "u1")])
    index_conversation(store, ID)
    row = Conversation.objects.get()
    assert (row.message_count, row.answer_count, row.output_tokens) == (2, 1, 5)
    assert Response.objects.get().status == "complete"


def in_a_batch(store: FileStore, count: int) -> list[str]:
    ids = [f"2026010{count}-00000{number}-aaaaaaaa" for number in range(count)]
    for name in ids:
        store.create(conversation(name), user("u1"))
    assert index_conversations(ids).conversations == count
    for name in ids:
        store.append(name, [answer("a1", "u1")])
    return ids


def test_one_that_repeats_a_message_holds_up_no_other_of_its_batch(store: FileStore) -> None:
    ids = in_a_batch(store, 3)
    store.append(ids[1], [user("u1")])
    assert index_conversations(ids).conversations == 3
    counts = Conversation.objects.values_list("pk", "message_count", "answer_count")
    assert sorted(counts) == [(name, 2, 1) for name in ids]


def test_many_in_one_batch_ask_the_database_no_more_often_than_one(store: FileStore) -> None:
    asked = []
    connection = connections[router.db_for_write(Conversation)]
    for count in (1, 8):
        ids = in_a_batch(store, count)
        with CaptureQueriesContext(connection) as queries:
            index_conversations(ids)
        asked.append(len(queries))
    assert 0 < asked[0] == asked[1]


def test_strange_values_do_not_stop_the_index(store: FileStore) -> None:
    strange = answer("a1", "u1", usage=[], cost={"usd": "much"}, timing={"total_ms": -1}, model=7, at="soon")
    store.create(conversation(), user("u1", parts=None, lanes=7, at=None), strange)
    store.append(ID, [record("settings", title=7, tags="x", folder=[], lanes={}, pinned="yes")])
    index_conversation(store, ID)
    row = Conversation.objects.get()
    assert (row.title, row.tags, row.folder, row.pinned) == ("A title", [], None, False)
    assert row.updated == datetime.fromisoformat(AT)
    assert Response.objects.get().total_ms is None


def test_a_trashed_conversation_leaves_the_index(store: FileStore) -> None:
    store.create(conversation(), *one_of_each()[1:])
    index_conversation(store, ID)
    store.trash(ID)
    index_conversation(store, ID)
    assert not any(all_rows().values())
    store.restore(ID)
    index_conversation(store, ID)
    assert Conversation.objects.count() == 1
    remove_from_index(ID)
    assert not any(all_rows().values())


def test_a_file_without_a_readable_date_takes_its_ids(store: FileStore) -> None:
    store.create(conversation(at="long ago"))
    index_conversation(store, ID)
    assert Conversation.objects.get().created == datetime(2026, 11, 20, 10, 42, 33, tzinfo=UTC)


def test_a_file_that_cannot_be_opened_is_reported(store: FileStore) -> None:
    store.create(conversation())
    other = "20260101-000000-aaaaaaaa"
    store.create(conversation(other))
    store.folders.path(other).unlink()
    store.folders.path(other).symlink_to(store.folders.path(other))
    report = reindex_all(store)
    assert report.failed == [other]
    assert report.conversations == 1
