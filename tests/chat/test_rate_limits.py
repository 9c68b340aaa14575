"""How many requests a minute a user may make, as one process counts them, and as all do in a real Valkey."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from chat.policy import rate_limits
from chat.policy.rate_limits import MINUTE, OwnCounter, RequestCounter, counting_in

USERS = ("ann", "bob", "cem")
ASKED = st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from([0.0, 0.4, 5.0, 19.5, 60.0, 200.0])))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@given(ASKED, st.integers(0, 5), st.integers(1, 3))
def test_within_any_minute_no_more_are_let_in_than_allowed(
    asked: list[tuple[str, float]], allowed: int, many: int
) -> None:
    """Also while those who ask no more are forgotten."""
    kept, rate_limits.MANY = rate_limits.MANY, many
    try:
        clock = Clock()
        counter = OwnCounter(clock)
        let_in: list[tuple[str, float]] = []
        for user, pause in asked:
            clock.now += pause
            lately = [at for who, at in let_in if who == user and clock.now - at < MINUTE]
            wait = counter.count(allowed, user)
            assert (wait is None) == (len(lately) < allowed)
            if wait is None:
                let_in.append((user, clock.now))
            elif lately:
                assert wait == max(1.0, round(lately[0] + MINUTE - clock.now, 1))
    finally:
        rate_limits.MANY = kept


def test_after_the_time_that_was_said_one_more_may_come() -> None:
    clock = Clock()
    counter = OwnCounter(clock)
    for _ in range(3):
        assert counter.count(3, "ann") is None
        clock.now += 7.0
    wait = counter.count(3, "ann")
    assert wait == 39.0
    clock.now += wait
    assert counter.count(3, "ann") is None


def test_who_asks_no_more_is_forgotten() -> None:
    clock = Clock()
    counter = OwnCounter(clock)
    for number in range(rate_limits.MANY):
        counter.count(1, f"user {number}")
    clock.now += MINUTE
    counter.count(1, "one more")
    assert list(counter._times) == ["one more"]


@asynccontextmanager
async def machines(url: str, count: int = 1) -> AsyncIterator[list[RequestCounter]]:
    async with AsyncExitStack() as held:
        clients = [await held.enter_async_context(Redis.from_url(url)) for _ in range(count)]
        yield [RequestCounter(OwnCounter(), counting_in(client)) for client in clients]


async def test_processes_count_together_though_their_clocks_are_an_hour_apart(
    valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says how long to wait as Redis counts it, and none lets in more for its own clock's sake."""
    clock, said = time.time, list[float | None]()
    async with machines(valkey, 3) as counters:
        for _ in range(2):
            for counter, ahead in zip(counters, (0.0, 3600.0, -3600.0), strict=True):
                monkeypatch.setattr(time, "time", lambda ahead=ahead: clock() + ahead)
                said.append(await counter.count(3, "dia"))
    assert said[:3] == [None, None, None]
    assert all(wait is not None and 1.0 <= wait <= MINUTE for wait in said[3:])


async def test_a_minute_after_the_first_one_more_is_let_in_and_what_is_refused_does_not_count(
    valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "MINUTE", 1.5)
    async with machines(valkey) as (counter,):
        assert [await counter.count(2, "eva"), await counter.count(2, "eva")] == [None, None]
        assert await counter.count(0, "fay") is not None
        assert await counter.count(2, "fay") is None
        async with asyncio.timeout(30):
            while (wait := await counter.count(2, "eva")) is not None:  # noqa: ASYNC110 -- it is a clock's
                await asyncio.sleep(wait / 10)


async def test_where_redis_is_away_each_process_counts_for_itself() -> None:
    async with machines("redis://127.0.0.1:1/0") as (counter,):
        assert [await counter.count(1, "ann"), await counter.count(1, "ann")] == [None, MINUTE]
