"""The home of temporary conversations in Redis: what it does beyond what every home does."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from conversations.answer_parts import Delta
from conversations.errors import (
    ConversationNotFoundError,
    InvalidIdError,
    StorageError,
    TemporaryAwayError,
)
from conversations.files.store import FileStore
from conversations.store.homes import Homes
from conversations.temporary import content as module
from conversations.temporary import heartbeat
from conversations.temporary.home import RedisHome
from conversations.temporary.seal import Seal
from tests.conversations.samples import ID, answer, conversation, header, one_of_each, user
from tests.conversations.store.test_conversations import BAD_IDS
from tests.conversations.store.test_journals import lines, text
from tests.services.valkey import Valkey, own_valkey

Make = Callable[[], RedisHome]
OTHER = "20250101-000000-aaaaaaaa"
SECRET = "xylophone-in-the-attic"


@pytest.fixture
def here(sealed: Make) -> RedisHome:
    return sealed()


@pytest.fixture
def client(valkey: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(valkey) as made:
        yield made


@pytest.fixture
def homes(here: RedisHome, data_dir: Any) -> Homes:
    return Homes(FileStore(data_dir), here)


def dies(home: RedisHome, client: "redis.Redis") -> None:
    """Its signs of life come no more, as after `kill -9`."""
    client.delete(heartbeat.key_of(home.journals._heartbeat.name))


@pytest.mark.parametrize("bad", BAD_IDS)
def test_what_is_no_id_is_refused_by_all(here: RedisHome, bad: str) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: here.open(bad),
        lambda: here.exists(bad),
        lambda: here.append(bad, []),
        lambda: here.create(conversation(bad)),
        lambda: here.renew(bad),
        lambda: here.remove(bad),
        lambda: here.journals.answer_ids(bad),
    ]
    for call in calls:
        with pytest.raises(InvalidIdError):
            call()


def test_what_is_not_there_is_not_made_on_the_way(here: RedisHome, client: "redis.Redis") -> None:
    calls: list[Callable[[], Any]] = [
        lambda: here.open(ID),
        lambda: here.append(ID, [user("u1")]),
        lambda: here.journals.begin(ID, header("a1", "u1")),
    ]
    for call in calls:
        with pytest.raises(ConversationNotFoundError):
            call()
    here.renew(ID)
    here.remove(ID)
    assert not here.exists(ID)
    assert [key for key in client.scan_iter() if b"process" not in key] == []


def test_redis_holds_nothing_that_can_be_read(here: RedisHome, client: "redis.Redis") -> None:
    here.create(conversation(title=SECRET), user("u1", text=SECRET))
    here.append(ID, [answer("a1", "u1", parts=[{"type": "text", "text": SECRET}])])
    journal = here.journals.begin(ID, header("a2", "u1"))
    journal.write(lines(text(0, SECRET)))
    found = [client.dump(key) or b"" for key in client.scan_iter()]
    assert len(found) > 3
    assert not any(SECRET.encode() in value for value in found)
    journal.remove()


@pytest.mark.parametrize("start", [0, 1, 15, 16, 17, 31, 100])
def test_any_range_is_sealed_and_opened_by_itself(start: int) -> None:
    seal, nonce, data = Seal("secret"), Seal.new_nonce(), bytes(range(256))
    whole = seal.apply(nonce, 0, data)
    assert whole != data
    assert seal.apply(nonce, start, data[start:]) == whole[start:]
    assert seal.apply(nonce, start, whole[start : start + 40]) == data[start : start + 40]
    assert Seal("other").apply(nonce, 0, whole) != data


def test_it_is_forgotten_unless_somebody_reads_it(here: RedisHome, client: "redis.Redis") -> None:
    here.create(conversation(), user("u1"))
    readings: list[Callable[[], Any]] = [
        lambda: here.open(ID),
        lambda: here.append(ID, [user("u2")]),
        lambda: here.renew(ID),
    ]
    for read in readings:
        client.expire(module.key_of(ID), 60)
        read()
        assert client.ttl(module.key_of(ID)) > module.KEPT - 60
    client.delete(module.key_of(ID))
    assert not here.exists(ID)


def test_each_persons_are_counted_in_all_processes(sealed: Make, client: "redis.Redis") -> None:
    one, other = sealed(), sealed()
    one.create(conversation(owner="ada"))
    other.create(conversation(OTHER, owner="ada"))
    assert (one.count("ada"), other.count("ada"), one.count("bob")) == (2, 2, 0)
    one.remove(ID)
    client.delete(module.key_of(OTHER))
    assert other.count("ada") == 0


def test_an_answer_whose_process_died_is_ended_and_its_process_finds_its_writes_refused(
    sealed: Make, client: "redis.Redis"
) -> None:
    one, other = sealed(), sealed()
    one.create(conversation(), user("u1"))
    journal = one.journals.begin(ID, header("a1", "u1"))
    journal.write(lines(text(0, "So far")))
    assert other.journals.recover(ID) == []
    dies(one, client)
    assert other.journals.find_streaming(ID) == set()
    (ended,) = other.journals.recover(ID)
    assert (ended["status"], ended["parts"]) == ("interrupted", [{"type": "text", "text": "So far"}])
    assert one.journals.write({journal: lines(text(1, " and on"))}) == [journal]
    assert journal.is_taken
    journal.remove()
    assert other.journals.answer_ids(ID) == []


def test_what_is_written_twice_stands_in_a_journal_once(here: RedisHome) -> None:
    """As where Redis took it and its word of it was lost."""
    here.create(conversation(), user("u1"))
    journal = here.journals.begin(ID, header("a1", "u1"))
    before = journal.size
    journal.write(lines(text(0, "a")))
    journal.size = before
    journal.write(lines(text(0, "a"), text(1, "b")))
    journal.write(lines(text(2, "c")))
    assert here.journals.read(ID, "a1").pieces == [Delta(n, "text", word) for n, word in enumerate("abc")]
    journal.remove()


def test_who_died_while_it_wrote_keeps_others_waiting_no_longer_than_its_lock(
    here: RedisHome, client: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    here.create(conversation())
    client.set(module.lock_of(ID), "somebody")
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with pytest.raises(StorageError):
        here.append(ID, [user("u1")])
    client.pexpire(module.lock_of(ID), 1)
    monkeypatch.undo()
    here.append(ID, [user("u1")])
    assert list(here.open(ID).tree.messages) == ["u1"]


def test_who_lost_its_lock_writes_and_removes_nothing(here: RedisHome, client: "redis.Redis") -> None:
    here.create(conversation())
    with here.locked(ID) as content:
        client.set(module.lock_of(ID), "somebody else")
        with pytest.raises(StorageError):
            content.append([user("u1")], durable=True)
        with pytest.raises(StorageError):
            content.remove()
    assert client.get(module.lock_of(ID)) == b"somebody else"
    client.delete(module.lock_of(ID))
    assert list(here.open(ID).tree.messages) == []


def test_what_is_kept_lasts_to_the_byte_and_all_who_have_it_open_follow(homes: Homes, sealed: Make) -> None:
    records = one_of_each()
    file = homes.create(conversation(), *records[1:], temporary=True)
    elsewhere = Homes(homes.lasting, sealed()).open(ID)
    assert (file.temporary, elsewhere.temporary, homes.lasting.exists(ID)) == (True, True, False)
    homes.make_lasting(file)
    elsewhere.append([user("late")])
    assert (file.temporary, elsewhere.temporary) == (False, False)
    assert [one for _, one in homes.lasting.open(ID).records_from(0)] == [*records, user("late")]
    assert homes.temporary is not None
    assert not homes.temporary.exists(ID)
    homes.make_lasting(file)


def test_nothing_that_is_appended_while_it_is_kept_is_lost(homes: Homes, sealed: Make) -> None:
    file = homes.create(conversation(), temporary=True)
    others = [Homes(homes.lasting, sealed()).open(ID) for _ in range(3)]
    begun = threading.Barrier(4)

    def append(number: int) -> None:
        begun.wait()
        for n in range(20):
            others[number].append([user(f"u{number}-{n}")])

    threads = [threading.Thread(target=append, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    begun.wait()
    homes.make_lasting(file)
    for thread in threads:
        thread.join()
    kept = homes.lasting.open(ID).tree.messages
    assert sorted(kept) == sorted(f"u{number}-{n}" for number in range(3) for n in range(20))


def test_while_redis_is_away_it_says_so_and_what_lasts_is_there(data_dir: Any) -> None:
    valkey: Valkey
    with own_valkey() as valkey:
        home = RedisHome(valkey.url, "secret")
        homes = Homes(FileStore(data_dir), home)
        homes.create(conversation(), user("u1"))
        temporary = homes.create(conversation(OTHER), user("u1"), temporary=True)
        journal = home.journals.begin(OTHER, header("a1", "u1"))
        with valkey.away():
            for call in (lambda: homes.open(OTHER), temporary.refresh, lambda: home.create(conversation())):
                with pytest.raises(TemporaryAwayError):
                    call()
            assert home.journals.write({journal: b"x\n"}) == [journal]
            assert not journal.is_taken
            assert homes.open(ID).tree.path() == ["u1"]
            assert homes.find_streaming_anywhere("u1") == {}
        home.close()
