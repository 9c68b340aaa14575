"""What is published over a connection on which Redis says nothing back, to a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from chat.engine.peers.publisher import REDIS_AWAY, Publisher

SECONDS = 30.0


@asynccontextmanager
async def hearing(url: str, *channels: str) -> "AsyncIterator[asyncio.Queue[tuple[str, str]]]":
    """What comes over these channels."""
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    async with Redis.from_url(url) as redis, redis.pubsub() as subscriber:
        await subscriber.subscribe(*channels)
        for _ in channels:
            await subscriber.get_message(timeout=SECONDS)

        async def take() -> None:
            while True:
                message = await subscriber.get_message(timeout=None)
                if message is not None and message["type"] == "message":
                    heard.put_nowait((message["channel"].decode(), message["data"].decode()))

        taking = asyncio.create_task(take())
        try:
            yield heard
        finally:
            taking.cancel()
            await asyncio.wait({taking})


async def next_of(heard: "asyncio.Queue[tuple[str, str]]") -> tuple[str, str]:
    return await asyncio.wait_for(heard.get(), SECONDS)


@asynccontextmanager
async def publishing(redis: "Redis") -> AsyncIterator[Publisher]:
    publisher = Publisher(redis)
    try:
        yield publisher
    finally:
        await publisher.aclose()


async def say(redis: "Redis", command: str) -> None:
    await redis.execute_command(*command.split())  # type: ignore[no-untyped-call]


@pytest.fixture
async def redis(valkey: str) -> AsyncIterator["Redis"]:
    async with Redis.from_url(valkey) as made:
        yield made


async def test_all_arrives_in_its_order_and_nothing_is_said_back(valkey: str, redis: "Redis") -> None:
    async with publishing(redis) as publisher, hearing(valkey, "one", "other") as heard:
        for number in range(50):
            await publisher.publish({"one": f"{number} ş", "other": str(number)}, SECONDS)
        got = [await next_of(heard) for _ in range(100)]
        silent = publisher._silent
        assert silent is not None
        assert not await silent.can_read()
    assert [text for channel, text in got if channel == "one"] == [f"{number} ş" for number in range(50)]
    assert [text for channel, text in got if channel == "other"] == [str(number) for number in range(50)]


async def test_one_whose_connection_was_closed_goes_on_over_another(valkey: str, redis: "Redis") -> None:
    async with publishing(redis) as publisher, hearing(valkey, "one") as heard:
        await publisher.publish({"one": "before"}, SECONDS)
        assert await next_of(heard) == ("one", "before")
        await say(redis, "CLIENT KILL TYPE normal SKIPME yes")
        refused = 0
        while heard.empty():
            try:
                await publisher.publish({"one": "after"}, SECONDS)
            except REDIS_AWAY:
                refused += 1
            await asyncio.sleep(0.01)
        assert refused == 1
        await publisher.begin_anew()
        await publisher.publish({"one": "anew"}, SECONDS)
        while await next_of(heard) != ("one", "anew"):
            pass


async def test_where_redis_keeps_no_silence_its_replies_are_awaited(valkey: str, redis: "Redis") -> None:
    await say(redis, "ACL SETUSER loud on >word ~* &* +@all -client|reply")
    try:
        async with (
            Redis.from_url(valkey.replace("://", "://loud:word@")) as loud,
            publishing(loud) as publisher,
            hearing(valkey, "one", "other") as heard,
        ):
            for text in ("first", "second"):
                await publisher.publish({"one": text, "other": text}, SECONDS)
                assert {await next_of(heard), await next_of(heard)} == {("one", text), ("other", text)}
            assert publisher._silent is None
    finally:
        await say(redis, "ACL DELUSER loud")
