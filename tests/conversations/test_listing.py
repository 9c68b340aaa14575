from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.errors import InvalidCursorError
from conversations.files.store import FileStore
from conversations.ids import new_conversation_id
from conversations.index.indexing import reindex_all
from conversations.listing import Filters, list_conversations
from conversations.models import Conversation
from core.times import timestamp

from .samples import answer, conversation, one_of_each, record, user

START = datetime(2026, 1, 1, tzinfo=UTC)


def add(store: FileStore, hours: int, *more: object, **fields: object) -> str:
    at = START + timedelta(hours=hours)
    conversation_id = new_conversation_id(at)
    store.create(
        conversation(conversation_id, at=timestamp(at), **fields),
        user("u1", at=timestamp(at)),
        *more,  # type: ignore[arg-type]
    )
    return conversation_id


@pytest.mark.usefixtures("database")
def test_pinned_ones_come_first_then_the_newest_and_pages_join_without_a_gap(store: FileStore) -> None:
    ids = [add(store, n // 2, record("settings", pinned=n % 5 == 0)) for n in range(23)]
    reindex_all(store)
    pinned = [one for n, one in enumerate(ids) if n % 5 == 0]
    rest = [one for n, one in enumerate(ids) if n % 5]
    hours = {one: n // 2 for n, one in enumerate(ids)}
    expected = [
        *sorted(pinned, key=lambda one: (hours[one], one), reverse=True),
        *sorted(rest, key=lambda one: (hours[one], one), reverse=True),
    ]
    for limit in (1, 2, 3, 5, 22, 23, 50):
        found: list[str] = []
        cursor = None
        while True:
            page = list_conversations("ada", cursor=cursor, limit=limit)
            found += [row.id for row in page.rows]
            assert len(page.rows) <= limit
            cursor = page.next
            if cursor is None:
                break
        assert found == expected


@pytest.mark.usefixtures("database")
def test_only_the_owners_are_listed(store: FileStore) -> None:
    mine = add(store, 1, owner="ada")
    add(store, 2, owner="grace")
    reindex_all(store)
    assert [row.id for row in list_conversations("ada").rows] == [mine]
    assert list_conversations("nobody").rows == []
    assert list_conversations("").rows == []


@pytest.mark.usefixtures("database")
def test_archived_ones_stand_apart(store: FileStore) -> None:
    away = add(store, 1, record("settings", archived=True))
    here = add(store, 2)
    reindex_all(store)
    assert [row.id for row in list_conversations("ada").rows] == [here]
    assert [row.id for row in list_conversations("ada", archived=True).rows] == [away]
    assert len(list_conversations("ada", archived=None).rows) == 2


@pytest.mark.usefixtures("database")
def test_filters_narrow_the_list(store: FileStore) -> None:
    rich = new_conversation_id(START)
    store.create(conversation(rich), *one_of_each()[1:])
    plain = add(store, 1, answer("a1", "u1", model="gemini/flash", at=timestamp(START)))
    reindex_all(store)

    def found(filters: Filters) -> list[str]:
        return [row.id for row in list_conversations("ada", filters=filters).rows]

    assert found(Filters(model="gemini/flash")) == [plain]
    assert found(Filters(tag="физика")) == [rich]
    assert found(Filters(folder="Öğrenme")) == [rich]
    assert found(Filters(has_branches=True)) == [rich]
    assert found(Filters(has_attachments=True)) == []
    assert found(Filters(until=START + timedelta(days=1))) == [plain]
    assert found(Filters(since=START + timedelta(days=1))) == [rich]
    assert found(Filters(tag="work", model="gemini/flash")) == []


@pytest.mark.usefixtures("database")
def test_answers_of_a_time_find_conversations_that_went_on_later(store: FileStore) -> None:
    day = timedelta(days=1)
    went_on = add(
        store,
        1,
        answer("a1", "u1", model="gemini/flash", at=timestamp(START)),
        answer("a2", "u1", model="echo/echo", at=timestamp(START + 3 * day)),
    )
    later = add(store, 2, answer("a1", "u1", model="gemini/flash", at=timestamp(START + 3 * day)))
    reindex_all(store)

    def found(**filters: Any) -> set[str]:
        return {row.id for row in list_conversations("ada", filters=Filters(**filters)).rows}

    first, last = START, START + 3 * day
    assert found(answered_since=first, answered_until=first + day) == {went_on}
    assert found(answered_since=last, answered_until=last + day) == {went_on, later}
    assert found(answered_since=last, model="gemini") == {later}
    assert found(answered_until=first) == set()
    assert found(answered_since=first + day, answered_until=last) == set()


@pytest.mark.usefixtures("database")
def test_q_finds_titles_and_messages(store: FileStore) -> None:
    by_title = add(store, 1, title="Gezi planı")
    by_text = add(store, 2, answer("a1", "u1", "Bir gezi yazısı."))
    add(store, 3)
    reindex_all(store)
    assert [row.id for row in list_conversations("ada", q="GEZİ").rows] == [by_text, by_title]
    assert list_conversations("ada", q="olmayan").rows == []
    assert len(list_conversations("ada", q="  ").rows) == 3
    assert list_conversations("ada", q="!?").rows == []


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["x", "!!!!", "e30", "WzEsMiwzXQ", "W3RydWUsMWU5OTksMV0", "Ü" * 10])
def test_a_cursor_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(InvalidCursorError):
        list_conversations("ada", cursor=bad)


@pytest.mark.django_db
def test_a_page_of_a_long_list_is_read_from_the_index() -> None:
    rows = [
        Conversation(
            id=new_conversation_id(START + timedelta(seconds=n)),
            owner="ada",
            created=START,
            updated=START + timedelta(seconds=n),
            pinned=n % 1000 == 0,
        )
        for n in range(3000)
    ]
    Conversation.objects.bulk_create(rows)
    first = list_conversations("ada")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list_conversations("ada", cursor=first.next)
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[0]["sql"])
        plan = " ".join(str(line) for line in cursor.fetchall())
    assert "USING INDEX conversation_list" in plan
    assert "TEMP B-TREE" not in plan
