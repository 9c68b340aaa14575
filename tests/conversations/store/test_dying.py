"""Processes that share PostgreSQL, and die, stand still or are cut off: each answer ends once."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conversations.answer_parts import Delta
from conversations.errors import DeclaredDeadError, MessageExistsError, StorageError
from conversations.postgresql import dead_processes
from conversations.postgresql.process import LOCK
from conversations.postgresql.store import PostgresStore
from conversations.store.journal_lines import encode_line
from tests.conversations.samples import ID, answer, conversation, header, user
from tests.services.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]
OTHER = "20250101-000000-aaaaaaaa"

Make = Callable[[], PostgresStore]


def text(seq: int, words: str) -> bytes:
    return encode_line(Delta(seq, "text", words)).encode()


def say(tables: dict[str, Any], query: str, *values: Any) -> Any:
    with psycopg.connect(**tables, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else None


def silence(store: PostgresStore) -> None:
    """Sends no heartbeat any more."""
    store._process._closed.set()
    if (beating := store._process._beating) is not None:
        beating.join()


def stand_still(tables: dict[str, Any], store: PostgresStore) -> None:
    """As if it had sent no heartbeat for long, and sends none."""
    silence(store)
    say(
        tables,
        "UPDATE heartbeat SET at = at - interval '1 minute' WHERE process = %s",
        store._process.number,
    )


def let_go(tables: dict[str, Any], number: int) -> None:
    """Returns when PostgreSQL has noticed that its connection ended."""
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
    wait_until(
        lambda: say(tables, held, LOCK, number) == [(0,)], seconds=20, what="the end of its connection"
    )


def messages(store: PostgresStore) -> list[Any]:
    return [found for _, found in store.open(ID).records_from(0) if found["type"] == "message"]


@pytest.fixture
def asked(rows: Make) -> PostgresStore:
    store = rows()
    store.create(conversation(), user("u1"))
    return store


def test_only_what_nobody_writes_any_more_is_left(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    alive, dead = rows(), rows()
    asked.create({**conversation(), "id": OTHER}, user("u1"))
    given = alive.journals.begin(ID, header("a1", "u1"))
    dead.journals.begin(OTHER, header("a2", "u1"))
    assert asked.journals.find_left([ID, OTHER]) == set()
    number = dead._process.number
    dead.close()
    let_go(tables, number)
    assert asked.journals.find_left([ID, OTHER]) == {OTHER}
    assert asked.journals.find_left([ID]) == set()
    given.close()
    assert asked.journals.find_left([ID, OTHER]) == {ID, OTHER}


def test_the_answers_of_a_process_that_died_are_ended_once_in_all_conversations(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    dead = rows()
    asked.create(conversation(OTHER), user("u1"))
    for one in (ID, OTHER):
        dead.journals.begin(one, header("a1", "u1")).write(text(0, "So far"))
    number = dead._process.number
    dead.close()
    let_go(tables, number)
    (found,) = asked.journals.recover(ID)
    assert (found["id"], found["status"]) == ("a1", "interrupted")
    # The other one with it: it is declared dead once, and all that it answered is ended then.
    assert asked.journals.answer_ids(OTHER) == []
    assert "a1" in asked.open(OTHER).tree.messages
    assert asked.journals.recover(ID) == rows().journals.recover(OTHER) == []
    assert say(tables, "SELECT died IS NOT NULL FROM process WHERE id = %s", number) == [(True,)]
    assert say(tables, "SELECT count(*) FROM heartbeat WHERE process = %s", number) == [(0,)]


@pytest.mark.parametrize(
    ("last_beat", "seconds", "ended"),
    [("-1 second", 3e8, False), ("-1 second", 0, True), ("-31 seconds", 3e8, True), ("1 second", 3e8, True)],
    ids=["it may return", "it had its time", "it was silent before", "it was heard since"],
)
def test_who_lost_its_lock_to_a_restart_of_postgresql_alone_may_take_it_again(
    rows: Make,
    asked: PostgresStore,
    tables: dict[str, Any],
    last_beat: str,
    seconds: float,
    ended: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever is quicker does not end its answers. `last_beat`: by the time at which PostgreSQL started."""
    monkeypatch.setattr(dead_processes, "RETURNING", seconds)
    cut_off = rows()
    file, journal = cut_off.open(ID), cut_off.journals.begin(ID, header("a1", "u1"))
    journal.write(text(0, "So far"))
    silence(cut_off)
    number, session = cut_off._process.number, cut_off._process._session
    assert session is not None
    session.close()
    let_go(tables, number)
    beat = "UPDATE heartbeat SET at = pg_postmaster_start_time() + %s::interval WHERE process = %s"
    say(tables, beat, last_beat, number)
    found = asked.journals.recover(ID)
    assert [one["id"] for one in found] == (["a1"] if ended else [])
    if not ended:
        journal.write(text(1, " and on"))
        file.append([answer("a1", "u1", "All of it")])
        assert cut_off._process.number == number
        assert [one["id"] for one in messages(asked)] == ["u1", "a1"]


@pytest.mark.parametrize("kind", ["", "_shared"], ids=["declares it dead", "looks whether it is free"])
def test_who_takes_its_lock_again_waits_for_who_has_it_for_a_moment(
    rows: Make, asked: PostgresStore, tables: dict[str, Any], kind: str
) -> None:
    cut_off = rows()
    number, session = cut_off._process.number, cut_off._process._session
    assert session is not None
    silence(cut_off)
    session.close()
    let_go(tables, number)
    found: list[int] = []
    returning = threading.Thread(target=lambda: found.append(cut_off._process.number))
    with psycopg.connect(**tables) as looking:
        looking.execute(f"SELECT pg_advisory_xact_lock{kind}(%s, %s)", [LOCK, number])
        returning.start()
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        wait_until(lambda: say(tables, waits, number) == [(1,)], seconds=20, what="its wait for the lock")
    returning.join()
    assert found == [number]


def test_who_stood_still_is_ended_and_finds_its_writes_refused(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    frozen = rows()
    file, journal = frozen.open(ID), frozen.journals.begin(ID, header("a1", "u1"))
    journal.write(text(0, "Before"))
    before = frozen._process.number
    assert asked.journals.recover(ID) == []
    stand_still(tables, frozen)
    asked._process.beat()
    wait_until(lambda: bool(asked.journals.recover(ID)), seconds=20, what="the end of its answer")
    with pytest.raises(StorageError):
        journal.write(text(1, "Woken"))
    # Whoever asks it something new is not refused: it has begun afresh.
    frozen.append(ID, [user("u2")])
    assert frozen._process.number != before
    with pytest.raises(StorageError):
        journal.write(text(1, "Woken"))
    assert journal.is_taken
    with pytest.raises(MessageExistsError):
        file.append([answer("a1", "u1", "All of it")])
    journal.remove()
    ended = messages(asked)
    assert [one["id"] for one in ended] == ["u1", "a1", "u2"]
    assert ended[1]["parts"] == [{"type": "text", "text": "Before"}]
    # Afresh: it answers again, under another number.
    again = frozen.journals.begin(ID, header("a3", "u1"))
    again.write(text(0, "Again"))
    assert asked.journals.find_streaming(ID) == {"a3"}


def declare_dead(other: PostgresStore, number: int) -> None:
    with other._process.writing() as connection:
        connection.execute("UPDATE process SET died = clock_timestamp() WHERE id = %s", [number])


def test_the_first_command_after_its_death_is_carried_out_once_under_another_number(
    rows: Make, asked: PostgresStore
) -> None:
    other = rows()
    number = asked._process.number
    declare_dead(other, number)
    asked.append(ID, [user("u2")])
    assert [one["id"] for one in messages(other)] == ["u1", "u2"]
    assert asked._process.number not in (number, other._process.number)


def test_who_led_something_and_was_declared_dead_appends_nothing_more_to_it(
    rows: Make, asked: PostgresStore
) -> None:
    """Another may lead it by now."""
    other = rows()
    assert asked.take_lead(ID) is not None
    declare_dead(other, asked._process.number)
    with pytest.raises(DeclaredDeadError):
        asked.append(ID, [user("u2")])
    assert [one["id"] for one in messages(other)] == ["u1"]


def test_what_is_being_appended_is_there_before_its_process_is_declared_dead(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    """Whoever declares it dead waits for the transaction under way, and counts what it wrote."""
    dying, done = rows(), threading.Event()
    number = dying._process.number
    silence(dying)
    journal = dying.journals.begin(ID, header("a1", "u1"))
    journal.write(text(0, "Half"))
    found: list[Any] = []

    def recover() -> None:
        found.extend(asked.journals.recover(ID))
        done.set()

    with dying.locked(ID) as content:
        session = dying._process._session
        assert session is not None
        session.close()
        let_go(tables, number)
        recovering = threading.Thread(target=recover)
        recovering.start()
        content.append([answer("a1", "u1", "Whole")], durable=True)
        assert not done.is_set()
    recovering.join(30)
    assert done.is_set()
    assert found == []
    assert [one["status"] for one in messages(asked)[1:]] == ["complete"]


def test_a_connection_that_was_lost_alone_is_taken_up_again_by_the_same(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    store = rows()
    journal = store.journals.begin(ID, header("a1", "u1"))
    number = store._process.number
    say(
        tables,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
        f"divan {number}",
    )
    for _ in range(3):
        try:
            store._process.beat()
        except StorageError:
            continue
    assert store._process.number == number
    journal.write(text(0, "Still here"))
    assert asked.journals.recover(ID) == []
    assert asked.journals.find_streaming(ID) == {"a1"}
    journal.remove()


def test_who_leads_and_dies_leads_no_more(rows: Make, asked: PostgresStore) -> None:
    leader = rows()
    assert leader.take_lead(ID) is not None
    assert asked.take_lead(ID) is None
    leader.close()
    wait_until(lambda: not asked.is_led(ID), seconds=10, what="the end of its lead")
    assert asked.take_lead(ID) is not None


def test_of_processes_that_left_nothing_none_is_remembered(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    leaving, forgotten = rows(), rows()
    numbers = [leaving._process.number, forgotten._process.number]
    leaving.close()
    assert say(tables, "SELECT id FROM process WHERE id = ANY(%s)", numbers) == [(numbers[1],)]
    silence(forgotten)
    say(tables, "UPDATE heartbeat SET at = at - interval '2 days' WHERE process = %s", numbers[1])
    new = rows()
    assert new._process.number not in numbers
    assert say(tables, "SELECT id FROM process WHERE id = ANY(%s)", numbers) == []
    # Should it have stood still so long, it starts afresh.
    forgotten.append(ID, [user("u2")])
    assert [one["id"] for one in messages(asked)] == ["u1", "u2"]


@contextmanager
def streaming(tables: dict[str, Any]) -> Iterator["subprocess.Popen[str]"]:
    """A real process in the midst of an answer."""
    command = [sys.executable, "-m", "tests.conversations.store.freezing", json.dumps(tables)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_process_that_is_killed_leaves_what_it_had_written(
    asked: PostgresStore, tables: dict[str, Any]
) -> None:
    with streaming(tables) as process:
        wait_until(lambda: len(asked.journals.read(ID, "a1").pieces) > 5, seconds=20, what="some words")
        assert asked.journals.recover(ID) == []
        process.send_signal(signal.SIGKILL)
        process.wait()
    written = asked.journals.read(ID, "a1").pieces
    wait_until(lambda: bool(asked.journals.recover(ID)), seconds=20, what="the end of its answer")
    (ended,) = messages(asked)[1:]
    assert ended["status"] == "interrupted"
    assert ended["parts"] == [{"type": "text", "text": "".join(f"{n} " for n in range(len(written)))}]


def test_a_process_that_is_frozen_past_its_death_and_woken_doubles_nothing(
    asked: PostgresStore, tables: dict[str, Any]
) -> None:
    with streaming(tables) as process:
        (number,) = next(iter(say(tables, "SELECT process FROM journal")))
        process.send_signal(signal.SIGSTOP)
        say(tables, "UPDATE heartbeat SET at = at - interval '1 minute' WHERE process = %s", number)

        def ended() -> bool:
            asked._process.beat()
            return bool(asked.journals.recover(ID))

        wait_until(ended, seconds=20, what="the end of its answer")
        before = messages(asked)
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
    assert said.split("\n") == ["refused", "ended by another", ""]
    assert messages(asked) == before
    assert [one["id"] for one in before] == ["u1", "a1"]


def test_after_postgresql_ended_all_connections_nobody_who_asks_is_refused(
    rows: Make, asked: PostgresStore, tables: dict[str, Any]
) -> None:
    store = rows()
    silence(store)
    journal = store.journals.begin(ID, header("a1", "u1"))
    number = store._process.number
    with store.reading(ID), store.reading(ID), store.reading(ID):
        pass
    say(
        tables,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s",
        f"divan {number}",
    )
    assert store.exists(ID)
    assert store.journals.find_streaming(ID) == set()
    assert store.take_lead(ID) is not None
    store.append(ID, [user("u2")])
    journal.write(text(0, "Still here"))
    assert (store._process.number, asked.journals.find_streaming(ID)) == (number, {"a1"})
