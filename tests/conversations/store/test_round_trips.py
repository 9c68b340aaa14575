"""How often PostgreSQL is asked on the way of an answer: each time costs both of them a wakened process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

import psycopg
import pytest

from conversations.errors import ConversationExistsError, MessageExistsError, OvertakenError, StorageError
from conversations.postgresql.process import Process, UnknownOutcomeError
from conversations.postgresql.store import PostgresStore
from conversations.store.conversation import ConversationFile
from conversations.store.homes import Homes
from conversations.store.lines import decode_record
from tests.conversations.samples import ID, answer, conversation, header, user
from tests.conversations.store.conftest import Home, in_all_homes


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Within its block the round trips of all connections are counted."""
    waits: list[int] = []
    wait = psycopg.Connection.wait

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        waits.append(1)
        return wait(self, *args, **options)

    monkeypatch.setattr(psycopg.Connection, "wait", counted)

    @contextmanager
    def within() -> Iterator[list[int]]:
        waits.clear()
        yield waits

    return within


@pytest.fixture
def store(rows: Callable[[], PostgresStore]) -> PostgresStore:
    """With a connection at hand, and a session."""
    made = rows()
    made.create(conversation(), user("u1"))
    made.journals.begin(ID, header("warm", "u1")).remove()
    return made


def test_each_step_of_an_answer_is_one_round_trip(store: PostgresStore, counting: Any) -> None:
    here, there = store.open(ID), store.open(ID)
    with counting() as trips:
        here.append([user("u2", parent="u1")], after=here.size)
        assert len(trips) == 1
        there.refresh()
        assert len(trips) == 2
        journals = [store.journals.begin(ID, header(name, "u2")) for name in ("a1", "a2")]
        assert len(trips) == 4
        assert store.journals.write(dict.fromkeys(journals, b'{"seq":0,"part":"text","text":"x"}\n')) == []
        assert len(trips) == 5
        here.append([answer("a1", "u2")])
        journals[0].remove()
        assert len(trips) == 7
        there.refresh()
        assert not there.is_behind()
        assert len(trips) == 9
    assert list(there.tree.messages) == ["u1", "u2", "a1"]


def test_a_short_conversation_is_opened_and_looked_up_in_one_round_trip_each(
    store: PostgresStore, counting: Any
) -> None:
    store.append(ID, [answer("a1", "u1")])
    with counting() as trips:
        file = store.open(ID)
        assert len(trips) == 1
        assert [one["id"] for one in file.messages(["u1", "a1"])] == ["u1", "a1"]
        assert len(list(file.records_from(0))) == 3
        assert len(trips) == 3


def test_a_conversation_is_made_and_opened_in_one(store: PostgresStore, counting: Any) -> None:
    with counting() as trips:
        file = store.create(conversation("20260101-000000-aaaaaaaa"), user("u1"))
    assert len(trips) == 1
    assert not file.is_behind()
    assert list(file.records_from(0)) == list(store.open(file.id).records_from(0))


def test_whoever_looks_at_many_conversations_asks_once(store: PostgresStore, counting: Any) -> None:
    others = [store.create(conversation(f"20260101-00000{n}-aaaaaaaa")).id for n in range(5)]
    store.journals.begin(ID, header("a1", "u1"))
    for name in ("a2", "a3"):
        store.journals.begin(others[3], header(name, "u1"))
    with counting() as trips:
        found = store.journals.answer_ids_by_conversation([ID, *others])
    assert len(trips) == 1
    assert {one: set(names) for one, names in found.items()} == {ID: {"a1"}, others[3]: {"a2", "a3"}}


def test_what_was_written_without_a_word_of_it_is_there_once(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = store.open(ID)
    write = Process.write_at_once

    def say_nothing(self: Process, statement: Any, values: Mapping[str, Any]) -> None:
        write(self, statement, values)
        raise UnknownOutcomeError

    monkeypatch.setattr(Process, "write_at_once", say_nothing)
    assert file.append([answer("a1", "u1")]) == [answer("a1", "u1")]
    lines = store.open(ID).lines()
    assert [decode_record(line)["type"] for line in lines] == ["conversation", "message", "message"]
    assert file.size == sum(map(len, lines))


@pytest.mark.parametrize("is_made", [True, False])
def test_a_conversation_whose_making_said_nothing_is_there_once(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, is_made: bool
) -> None:
    write = Process.write_at_once

    def say_nothing(self: Process, statement: Any, values: Mapping[str, Any]) -> None:
        if is_made:
            write(self, statement, values)
        raise UnknownOutcomeError

    monkeypatch.setattr(Process, "write_at_once", say_nothing)
    other = "20260101-000000-aaaaaaaa"
    file = store.create(conversation(other), user("u1"))
    assert [decode_record(line)["type"] for line in store.open(other).lines()] == ["conversation", "message"]
    assert not file.is_behind()
    with pytest.raises(ConversationExistsError):
        store.create(conversation(other), user("u2"))


@in_all_homes
def test_of_two_who_say_the_same_to_the_byte_one_has_said_it(home: Home) -> None:
    home.store.create(conversation())
    here, there = home.store.open(ID), home.elsewhere().open(ID)
    here.append([user("u1")])
    with pytest.raises(MessageExistsError):
        there.append([user("u1")])


def test_what_a_lost_connection_did_not_take_is_written_over_another(store: PostgresStore) -> None:
    file = store.open(ID)
    for number in range(3):
        with store._connections.taken() as connection:
            ended = connection.info.backend_pid
        with psycopg.connect(**store._connections._params, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [ended])
        file.append([user(f"again-{number}", parent="u1")])
    assert list(store.open(ID).tree.messages) == ["u1", "again-0", "again-1", "again-2"]


def test_what_is_replaced_while_it_is_read_says_so(rows: Callable[[], PostgresStore]) -> None:
    here, there = rows(), rows()
    file = here.create(conversation(owner="1"), *(user(f"u{n}", text="x" * 500) for n in range(9)))
    with here.reading(ID, file.size) as content:
        assert content.read(content.size - 1, 1) == b"\n"
        there.hand_over(ID, "2", "somebody with quite another name")
        with pytest.raises(StorageError, match="replaced"):
            content.read(0, 50)
    assert len(file.refresh()) == 10


@in_all_homes
@pytest.mark.parametrize("seed", range(12))
def test_two_who_append_and_follow_in_any_order_have_the_same(home: Home, seed: int) -> None:
    """Each is given every record once, in the order of the file, with where it ends."""
    chance = Random(seed)
    home.store.create(conversation())
    files = [home.store.open(ID), home.elsewhere().open(ID)]
    given: list[list[tuple[int, Any]]] = [[], []]
    for step in range(30):
        who = chance.randrange(2)
        file, known = files[who], given[who]
        match chance.randrange(4):
            case 0:
                known += file.refresh_placed()
            case 1:
                many = [user(f"m{step}-{n}") for n in range(chance.randrange(1, 4))]
                known += file.append_placed(many)
            case 2:
                known += append_after(file, f"after{step}")
            case 3 if known:
                with pytest.raises(MessageExistsError):
                    file.append([known[0][1]])
    for file, known in zip(files, given, strict=True):
        all_given = known + file.refresh_placed()
        assert all_given == list(home.store.open(ID).records_from(0))[1:]


def append_after(file: ConversationFile, message: str) -> list[tuple[int, Any]]:
    """Where the other wrote meanwhile, what it wrote."""
    try:
        return file.append_placed([user(message)], after=file.size)
    except OvertakenError:
        return file.refresh_placed()


def test_whether_one_of_six_hundred_was_begun_is_one_round_trip(store: PostgresStore, counting: Any) -> None:
    asked = [f"20260101-00{n // 60:02}{n % 60:02}-aaaaaaaa" for n in range(600)]
    with counting() as trips:
        assert Homes(store).first_known(asked, temporary=False) is None
        assert Homes(store).first_known([*asked, ID, asked[0]], temporary=False) == ID
    assert len(trips) == 2


def test_that_an_answer_has_begun_waits_for_the_disk(tables: dict[str, Any], store: PostgresStore) -> None:
    """A crash of PostgreSQL must not take back what was acknowledged."""
    with psycopg.connect(**tables, autocommit=True) as watched:
        watched.execute(
            "CREATE FUNCTION refuse_haste() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF current_setting('synchronous_commit') = 'off' THEN RAISE EXCEPTION 'in haste'; END IF; "
            "RETURN NULL; END $$"
        )
        watched.execute(
            "CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION refuse_haste()"
        )
        try:
            store.journals.begin(ID, header("a1", "u1"))
        finally:
            watched.execute("DROP FUNCTION refuse_haste() CASCADE")
    assert store.journals.answer_ids(ID) == ["a1"]
