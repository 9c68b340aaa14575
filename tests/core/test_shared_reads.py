"""What many ask for at one moment is read once, and nobody is given what was outdated before they asked."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, Error, InterfaceError, connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from core.shared_reads import SharedRead, SharedReads, Unset, outdate_with, read_together

pytestmark = pytest.mark.django_db(transaction=True)


class Source:
    """What is read, how often, and when a read may end."""

    def __init__(self) -> None:
        self.value = 0
        self.reads = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def read(self) -> int:
        found = self.value
        self.reads += 1
        self.begun.set()
        assert self.go_on.wait(30)
        return found

    async def until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 30)
        self.begun.clear()


async def ask(shared: SharedRead[int], times: int = 1) -> list[int]:
    async with asyncio.timeout(30):
        return await asyncio.gather(*(shared.get() for _ in range(times)))


@pytest.mark.parametrize("times", [1, 2, 100])
async def test_all_that_ask_while_it_is_read_are_given_the_same(times: int) -> None:
    source = Source()
    assert (await ask(SharedRead(source.read), times), source.reads) == ([0] * times, 1)


@pytest.mark.parametrize(("kept", "reads"), [(0.0, 2), (3600.0, 1)])
async def test_what_was_found_is_known_for_as_long_as_it_is_kept(kept: float, reads: int) -> None:
    source = Source()
    shared = SharedRead(source.read, kept=kept)
    await ask(shared)
    await ask(shared)
    assert source.reads == reads


async def test_what_is_outdated_is_read_again_also_by_who_asks_while_it_is_read() -> None:
    source = Source()
    shared = SharedRead(source.read, kept=3600.0)
    source.go_on.clear()
    before = asyncio.create_task(shared.get())
    await source.until_begun()
    source.value = 1
    shared.outdate()
    after = asyncio.create_task(shared.get())
    await source.until_begun()
    source.go_on.set()
    assert (await before, await after, await shared.get(), source.reads) == (0, 1, 1, 2)


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    source = Source()
    shared = SharedRead(source.read)
    source.go_on.clear()
    waiting = [asyncio.create_task(shared.get()) for _ in range(3)]
    await source.until_begun()
    waiting[0].cancel()
    source.go_on.set()
    assert await asyncio.gather(*waiting[1:]) == [0, 0]
    assert source.reads == 1


@pytest.mark.parametrize("waits", [True, False], ids=["told", "nobody waits"])
async def test_a_failure_is_told_to_all_that_wait_and_the_next_reads_again(waits: bool) -> None:
    failures = [ValueError("away"), None]

    def read() -> int:
        if (failure := failures.pop(0)) is not None:
            raise failure
        return 5

    shared = SharedRead(read, kept=3600.0)
    if waits:
        assert [str(one) for one in await gathered(shared.get, 3)] == ["away"] * 3
    else:
        with pytest.raises(ValueError, match="away"):
            await shared.get()
    assert await shared.get() == 5


async def gathered(get: Callable[[], object], times: int) -> list[object]:
    return await asyncio.gather(*(get() for _ in range(times)), return_exceptions=True)  # type: ignore[call-overload,no-any-return]


class Names:
    """What is read of each key, in turn."""

    def __init__(self) -> None:
        self.read_of: list[str] = []

    def read(self, key: str) -> str:
        self.read_of.append(key)
        return f"{key} {len(self.read_of)}"


async def test_each_key_is_read_once_and_for_itself() -> None:
    names = Names()
    shared = SharedReads(names.read, kept=3600.0)
    async with asyncio.timeout(30):
        found = await asyncio.gather(*(shared.get(key) for key in ("ann", "bob", "ann", "bob")))
    assert sorted(names.read_of) == ["ann", "bob"]
    assert found[:2] == found[2:]
    assert [value.split()[0] for value in found] == ["ann", "bob", "ann", "bob"]


async def test_what_is_outdated_is_outdated_of_every_key() -> None:
    names = Names()
    shared = SharedReads(names.read, kept=3600.0)
    before = [await shared.get(key) for key in ("ann", "bob")]
    shared.outdate()
    after = [await shared.get(key) for key in ("ann", "bob")]
    assert (before, after) == (["ann 1", "bob 2"], ["ann 3", "bob 4"])


async def test_of_more_keys_than_are_kept_the_first_is_read_again() -> None:
    names = Names()
    shared = SharedReads(names.read, kept=3600.0, most=2)
    for key in ("ann", "bob", "cem", "cem", "bob", "ann"):
        await shared.get(key)
    assert names.read_of == ["ann", "bob", "cem", "ann"]


def test_each_event_loop_reads_for_itself() -> None:
    source = Source()
    shared = SharedRead(source.read)
    assert [asyncio.run(ask(shared)) for _ in range(2)] == [[0], [0]]
    assert source.reads == 2


async def test_what_is_read_together_is_read_in_one_thread_and_only_where_it_is_not_known() -> None:
    threads: list[int] = []

    def read(value: str) -> str:
        threads.append(threading.get_ident())
        return value

    known, first, second = (SharedRead(partial(read, name), kept=3600.0) for name in ("known", "a", "b"))
    await known.get()
    threads.clear()
    for _ in range(2):
        await read_together([known, first, second])
        assert [await one.get() for one in (known, first, second)] == ["known", "a", "b"]
    assert len(threads) == 2
    assert len(set(threads)) == 1


@pytest.mark.parametrize("asked", [1, 20])
async def test_what_is_read_together_is_read_once_for_all_that_ask_meanwhile(asked: int) -> None:
    sources = [Source(), Source()]
    reads = [SharedRead(source.read, kept=3600.0) for source in sources]

    async def ask_both() -> list[int]:
        await read_together(reads)
        return [await read.get() for read in reads]

    async with asyncio.timeout(30):
        assert await asyncio.gather(*(ask_both() for _ in range(asked))) == [[0, 0]] * asked
    assert [source.reads for source in sources] == [1, 1]


async def test_what_is_outdated_while_it_is_read_together_is_read_again() -> None:
    source, other = Source(), Source()
    reads = [SharedRead(one.read, kept=3600.0) for one in (source, other)]
    source.go_on.clear()
    await read_together(reads)
    await source.until_begun()
    source.value = 1
    reads[0].outdate()
    after = asyncio.create_task(reads[0].get())
    await source.until_begun()
    source.go_on.set()
    assert [await after, await reads[0].get(), await reads[1].get()] == [1, 1, 0]
    assert (source.reads, other.reads) == (2, 1)


async def test_a_failure_of_what_is_read_together_is_told_to_who_asks_and_nothing_of_it_is_kept() -> None:
    failures = [ValueError("away")]

    def read() -> int:
        if failures:
            raise failures.pop()
        return 5

    reads = [SharedRead(read, kept=3600.0), SharedRead(Source().read, kept=3600.0)]
    await read_together(reads)
    with pytest.raises(ValueError, match="away"):
        await reads[0].get()
    assert [await read.get() for read in reads] == [5, 0]


@pytest.mark.parametrize("change", ["save", "delete", "link"])
def test_what_is_changed_in_this_process_outdates_what_was_read_at_once_and_when_it_is_committed(
    change: str,
) -> None:
    calls: list[bool] = []
    group, user = Group.objects.create(name="readers"), User.objects.create_user("ann")
    outdate_with(lambda: calls.append(connection.in_atomic_block), Group, links=[User.groups.through])
    with transaction.atomic():
        if change == "save":
            group.save()
        elif change == "delete":
            group.delete()
        else:
            user.groups.add(group)
        assert True in calls
        assert False not in calls
    assert False in calls


async def test_a_thread_that_looked_something_up_keeps_its_connection_for_the_next() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    def look_up() -> bool:
        was_open = connection.connection is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return was_open

    read = SharedRead(look_up)
    assert [await read.get() for _ in range(3)] == [False, True, True]
    await asyncio.to_thread(connections.close_all)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database is asked from here on, in any thread."""
    asked: list[str] = []
    execute = CursorWrapper.execute

    def noting(cursor: CursorWrapper, sql: str, params: Any = None) -> Any:
        asked.append(sql)
        return execute(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", noting)
    return asked


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("user", [False, True])
async def test_of_what_nobody_has_set_nothing_is_read_but_that_it_is_not_set(
    group: bool, user: bool, statements: list[str]
) -> None:
    if group:
        await Group.objects.acreate(name="readers")
    if user:
        await User.objects.acreate(username="ann")
    shared = [
        SharedRead(lambda: Group.objects.count() + 10, kept=3600.0, unset=Unset((Group,), 0)),
        SharedRead(lambda: User.objects.count() + 20, kept=3600.0, unset=Unset((User, Group), 0)),
    ]
    statements.clear()
    await read_together(shared)
    assert [await one.get() for one in shared] == [11 * group, (20 + user) * (user or group)]
    assert len(statements) == 1 + group + (user or group)


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
async def test_where_it_is_not_known_what_is_set_each_is_read(
    error: type[Error], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error("away")

    sources = [Source(), Source()]
    shared = [SharedRead(one.read, kept=3600.0, unset=Unset((Group,), 7)) for one in sources]
    monkeypatch.setattr(CursorWrapper, "execute", fail)
    await read_together(shared)
    assert [await one.get() for one in shared] == [0, 0]
    assert [one.reads for one in sources] == [1, 1]
