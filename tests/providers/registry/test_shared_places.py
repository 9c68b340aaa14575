"""Limits of a model server count over all processes, wherever they run: each `Slots` here is one of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis.asyncio import Redis

from core import holdings
from core.holdings import SharedHoldings
from providers import limits
from providers.limits import Slots
from providers.types import ServerConfig
from tests.providers.registry.test_limits import OLLAMA, ONE, TWO, Request, nothing_loaded
from tests.services.valkey import Valkey, own_valkey

FREE = ServerConfig("free", "openai", "http://free.test")
BUSY = ServerConfig("busy", "openai", "http://busy.test", requests_per_minute=2)

MakeProcess = Callable[[], Slots]


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with own_valkey() as server:
        yield server


@pytest.fixture
async def process(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeProcess]:
    """Makes one more, with a connection of its own."""
    monkeypatch.setattr(limits, "LOOK_ELSEWHERE", 0.005)
    # Who waits longer counts for itself alone, as a busy machine may have it.
    monkeypatch.setattr(holdings, "WAIT_FOR_REDIS", 30.0)
    monkeypatch.setattr(holdings, "LOCKED", 60.0)
    async with AsyncExitStack() as held:

        def make() -> Slots:
            shared = SharedHoldings(valkey.url)
            held.push_async_callback(shared.aclose)
            return Slots(nothing_loaded, shared)

        yield make


async def within(seconds: float, what: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(what)), seconds)
    except TimeoutError:
        return False
    return True


async def until(holds: Callable[[], object]) -> None:
    while True:
        if holds():
            return
        await asyncio.sleep(0.005)


def running(requests: list[Request]) -> int:
    return sum(request.running.is_set() and not request.task.done() for request in requests)


async def end(requests: list[Request]) -> None:
    for request in requests:
        request.task.cancel()
    await asyncio.gather(*(request.task for request in requests), return_exceptions=True)


@pytest.mark.parametrize(("server", "most"), [(ONE, 1), (TWO, 2)])
async def test_no_more_run_at_once_than_the_server_takes_and_all_have_their_turn(
    process: MakeProcess, server: ServerConfig, most: int
) -> None:
    processes = [process() for _ in range(3)]
    requests = [Request(slots, server) for slots in processes for _ in range(3)]
    at_once: list[int] = []
    waiting = list(requests)
    async with asyncio.timeout(30):
        while waiting:
            begun = [asyncio.ensure_future(request.running.wait()) for request in waiting]
            await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
            at_once.append(running(requests))
            first = next(request for request in waiting if request.running.is_set())
            waiting.remove(first)
            await first.finish()
            for one in begun:
                one.cancel()
    assert max(at_once) <= most
    assert len(at_once) == 9


async def test_two_models_of_one_ollama_do_not_run_at_once_in_two_processes(process: MakeProcess) -> None:
    one, other = process(), process()
    first = Request(one, OLLAMA, "llama")
    async with asyncio.timeout(30):
        await first.running.wait()
        same = Request(other, OLLAMA, "llama")
        await same.running.wait()
        another = Request(other, OLLAMA, "qwen")
        await until(lambda: another.positions)
        assert not another.running.is_set()
        await first.finish()
        await same.finish()
        await another.running.wait()
        await another.finish()


async def test_requests_of_a_minute_are_counted_over_all_processes(process: MakeProcess) -> None:
    """Those of a process that has ended too."""
    one, other = process(), process()
    async with asyncio.timeout(30):
        for slots in (one, other):
            request = Request(slots, BUSY)
            await request.running.wait()
            await request.finish()
        assert isinstance(one._holdings, SharedHoldings)
        await one._holdings.aclose()
        third, late = process(), Request(other, BUSY)
        late_too = Request(third, BUSY)
        await until(lambda: late.positions and late_too.positions)
    assert running([late, late_too]) == 0
    await end([late, late_too])


async def test_what_a_dead_process_held_counts_no_more(
    process: MakeProcess, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of its end: nobody renews what it held."""
    monkeypatch.setattr(holdings, "RENEWED", 0.01)
    dying, living = process(), process()
    lost = Request(dying, ONE)
    async with asyncio.timeout(30), Redis.from_url(valkey.url) as client:
        await lost.running.wait()
        shared = dying._holdings
        assert isinstance(shared, SharedHoldings)
        part = (f"{holdings.PREFIX}places.one", shared.name)

        async def held() -> tuple[int, bytes]:
            """Until when, by Redis's clock, and what."""
            said = await client.hget(*part)
            assert isinstance(said, bytes)
            till, _, what = said.partition(b" ")
            return int(till), what

        waits = Request(living, ONE)
        await until(lambda: waits.positions)
        first, _ = await held()
        # What lives is renewed, however long it takes.
        while (await held())[0] == first:
            pass
        assert not waits.running.is_set()
        assert shared._renewing is not None
        shared._renewing.cancel()
        await asyncio.wait({shared._renewing})
        _, what = await held()
        # As once its lease is over.
        await client.hset(*part, b"1 " + what)
        await waits.running.wait()
        await waits.finish()
    await end([lost])


async def test_without_redis_each_process_counts_for_itself_and_says_so_once(
    process: MakeProcess, valkey: Valkey, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "ALONE_FOR", 0.05)
    monkeypatch.setattr(holdings, "RENEWED", 0.1)
    one, other = process(), process()
    with valkey.away():
        requests = [Request(one, ONE), Request(other, ONE), Request(other, ONE)]
        async with asyncio.timeout(30):
            await requests[0].running.wait()
            await requests[1].running.wait()
            assert not await within(0.2, requests[2].running.wait())
            await requests[1].finish()
            await requests[2].running.wait()
            await requests[2].finish()
    said = [record for record in caplog.records if "counts for itself" in record.message]
    assert len(said) <= 1
    async with asyncio.timeout(30):
        # Redis came back empty: what runs is told anew.
        while True:
            if (await other._holdings.look("places.one")).alive:
                break
        again = Request(other, ONE)
        await until(lambda: again.positions)
    await end([requests[0], again])


async def test_a_server_without_limits_asks_nothing_of_redis(process: MakeProcess, valkey: Valkey) -> None:
    slots = process()
    request = Request(slots, FREE)
    await request.running.wait()
    await request.finish()
    assert isinstance(slots._holdings, SharedHoldings)
    assert await slots._holdings._redis.keys("*") == []


async def test_what_others_see_already_is_not_told_again(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "WAIT_FOR_REDIS", 30.0)
    shared, held = SharedHoldings(valkey.url), [1]
    calls: list[str] = []
    real = shared._call

    async def call(script: Any, key: str, *values: Any) -> tuple[bool, Any]:
        calls.append(str(values[0]))
        return await real(script, key, *values)

    async def tell() -> None:
        shared.publish("things", lambda: held[0])
        assert shared._writing is not None
        await shared._writing

    monkeypatch.setattr(shared, "_call", call)
    async with asyncio.timeout(60):
        for count in (1, 1, 2, 2, 0, 1):
            held[0] = count
            await tell()
        assert calls == ["1", "2", "", "1"]
        with valkey.away():
            monkeypatch.setattr(holdings, "WAIT_FOR_REDIS", 0.1)
            held[0] = 3
            await tell()
        shared._alone_until = 0.0
        monkeypatch.setattr(holdings, "WAIT_FOR_REDIS", 30.0)
        # Nobody heard of it: it is told.
        await tell()
        other = SharedHoldings(valkey.url)
        assert (await other.look("things")).alive == {shared.name: 3}
        await other.aclose()
        await shared.aclose()
