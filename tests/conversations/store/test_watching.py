"""What came, changed or went since the last look, in either home."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from conversations.index import folder_watch
from conversations.index.folder_watch import FolderWatch
from conversations.postgresql.changes import LONGEST_WRITE, SINCE
from conversations.postgresql.store import PostgresStore
from tests.conversations.samples import ID, answer, conversation, user
from tests.conversations.store.conftest import Home, schema

OTHER = "20260102-000000-aaaaaaaa"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_watch, "SETTLED", 0.0)


@pytest.mark.django_db
@pytest.mark.parametrize("home", ["postgresql"], indirect=True)
def test_what_has_just_changed_is_left_to_who_changed_it_and_seen_a_little_later(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, there = FolderWatch(home.store), home.elsewhere()
    assert watch.look() == []
    there.create(conversation(), user("u1"))
    there.create(conversation(OTHER))
    there.trash(OTHER)
    with monkeypatch.context() as at_once:
        at_once.setattr(folder_watch, "SETTLED", 3600.0)
        for _ in range(2):
            assert ID not in watch.look()
    assert watch.look() == [ID]
    assert watch.look() == []


@pytest.mark.django_db
def test_each_change_is_seen_at_one_look(home: Home) -> None:
    watch, there = FolderWatch(home.store), home.elsewhere()
    assert watch.look() == []
    there.create(conversation(), user("u1"))
    there.create(conversation(OTHER))
    assert sorted(watch.look()) == sorted([ID, OTHER])
    assert watch.look() == []
    there.append(ID, [answer("a1", "u1")])
    assert watch.look() == [ID]
    there.trash(OTHER)
    assert watch.look() == [OTHER]
    there.restore(OTHER)
    assert watch.look() == [OTHER]
    assert watch.look() == []


@pytest.mark.django_db
@pytest.mark.parametrize("home", ["postgresql"], indirect=True)
def test_rows_are_all_looked_at_once_and_then_those_that_changed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = FolderWatch(home.store)
    home.store.create(conversation(), user("u1"))
    assert watch.look() == [ID]

    def refuse(*_: Any) -> None:
        raise AssertionError("all were looked at")

    monkeypatch.setattr(type(home.store), "stamps", refuse)
    home.elsewhere().append(ID, [answer("a1", "u1")])
    assert watch.look() == [ID]
    watch.forget_known()
    with pytest.raises(AssertionError):
        watch.look()


@pytest.mark.django_db
def test_what_was_removed_for_ever_between_two_looks_is_missed_at_last(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = FolderWatch(home.store)
    home.store.create(conversation(), user("u1"))
    assert watch.look() == [ID]
    home.elsewhere().trash(ID)
    home.elsewhere().trashed.purge(ID)
    monkeypatch.setattr(folder_watch, "COMPARE_AGAIN", 0.0)
    assert watch.look() == [ID]


def test_what_changed_is_found_among_many_without_looking_at_all(
    rows: Callable[[], PostgresStore], tables: dict[str, Any]
) -> None:
    with psycopg.connect(**tables, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(
            "INSERT INTO stored_conversation (conversation, size, changed_ns, trashed_ns) "
            "SELECT n::text, 10, n, CASE WHEN n % 10 = 0 THEN n END FROM generate_series(1, 30000) n"
        )
        connection.execute("ANALYZE stored_conversation")
        plan = connection.execute(f"EXPLAIN {SINCE}", ["", 29_990, 1000]).fetchall()
    steps = "\n".join(step for (step,) in plan)
    assert "Seq Scan" not in steps
    assert steps.count("(GREATEST(changed_ns, trashed_ns) >= ") == schema.PARTITIONS
    assert steps.count("Index Cond: (GREATEST") == schema.PARTITIONS
    found = list(rows().changes.changed_since(29_990 / 1e9 + LONGEST_WRITE))
    assert [state.changed_ns for state in found] == list(range(29_990, 30_001))
