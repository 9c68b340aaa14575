"""What goes from process to process, over a real Valkey."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis

from chat.engine.peers import frame_relay
from chat.engine.peers.frame_relay import CHANNEL, FrameRelay
from chat.engine.peers.publisher import REDIS_AWAY
from chat.engine.supervision import keep_running


class Side:
    """A process with its relay, and what it took."""

    def __init__(self, redis: "Redis", name: str) -> None:
        self.redis = redis
        self.taken: list[str] = []
        self.heard = asyncio.Event()
        self.relay = FrameRelay(redis, name, self.take, self.note_hearing)

    def take(self, body: str) -> None:
        self.taken.append(body)

    async def note_hearing(self) -> None:
        self.heard.set()


@asynccontextmanager
async def running(url: str, name: str) -> AsyncIterator[Side]:
    redis: Redis = Redis.from_url(url)
    side = Side(redis, name)
    hearing = keep_running("Hearing", side.relay.hear, expected=REDIS_AWAY)
    try:
        await asyncio.wait_for(side.heard.wait(), 30)
        yield side
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})
        await side.relay.aclose()
        await redis.aclose()


@pytest.fixture
async def sides(valkey: str) -> AsyncIterator[tuple[Side, Side, Side]]:
    async with AsyncExitStack() as held:
        one, other, third = [
            await held.enter_async_context(running(valkey, name)) for name in ("one", "other", "third")
        ]
        yield one, other, third


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 -- another task's own state, which tells nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def overhearing(client: "Redis") -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
    """Gives what tells which processes were sent something since, message by message. What they say to all of
    what they follow is none of it: they answer whoever has begun to hear when they come to it."""
    async with client.pubsub() as listening:
        await listening.psubscribe(f"{CHANNEL}*")
        await listening.get_message(timeout=30)

        async def sent() -> list[str]:
            await client.publish(f"{CHANNEL}nobody", "the end")
            names = list[str]()
            while names[-1:] != ["nobody"]:
                message = await listening.get_message(timeout=30)
                assert message is not None
                names.append(message["channel"].decode().removeprefix(CHANNEL))
            return names[:-1]

        yield sent


async def test_frames_go_to_those_that_follow_their_conversation_in_order_and_to_nobody_else(
    sides: tuple[Side, Side, Side],
) -> None:
    one, other, third = sides
    other.relay.follow("a")
    third.relay.follow("b")
    await until(lambda: one.relay.is_followed_elsewhere("a") and one.relay.is_followed_elsewhere("b"))
    for number in range(500):
        one.relay.send("ab"[number % 2], str(number))
        one.relay.send("c", "nobody's")
    await until(lambda: len(other.taken) == len(third.taken) == 250)
    assert other.taken == [str(number) for number in range(0, 500, 2)]
    assert third.taken == [str(number) for number in range(1, 500, 2)]
    assert one.taken == []


async def test_what_nobody_follows_is_not_sent_and_what_comes_together_goes_in_one_message(
    sides: tuple[Side, Side, Side],
) -> None:
    one, other, _ = sides
    other.relay.follow("a")
    await until(lambda: one.relay.is_followed_elsewhere("a"))
    async with overhearing(one.redis) as sent:
        for number in range(100):
            one.relay.send("elsewhere", str(number))
            one.relay.send("a", str(number))
        await until(lambda: len(other.taken) == 100)
        assert await sent() == ["other"]


async def test_who_begins_to_hear_learns_at_once_what_others_follow(valkey: str) -> None:
    async with running(valkey, "other") as other:
        other.relay.follow("a")
        async with running(valkey, "late") as late:
            await until(lambda: late.relay.is_followed_elsewhere("a"))


async def test_what_is_followed_no_more_is_told_the_next_time_and_what_is_followed_again_stays(
    sides: tuple[Side, Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = sides
    monkeypatch.setattr(frame_relay, "SAY_AGAIN", 0.01)
    for conversation in "abc":
        other.relay.follow(conversation)
    other.relay.unfollow("a")
    other.relay.unfollow("b")
    other.relay.follow("b")
    await until(lambda: one.relay.is_followed_elsewhere("c"))
    saying = asyncio.create_task(other.relay.say_now_and_then())
    await until(lambda: not one.relay.is_followed_elsewhere("a"))
    assert one.relay.is_followed_elsewhere("b")
    saying.cancel()
    await asyncio.wait({saying})


async def test_a_process_that_says_nothing_any_more_is_sent_nothing(
    sides: tuple[Side, Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = sides
    other.relay.follow("a")
    await until(lambda: one.relay.is_followed_elsewhere("a"))
    monkeypatch.setattr(frame_relay, "SAY_AGAIN", 0.01)
    monkeypatch.setattr(frame_relay, "FORGET", 0.0)
    saying = asyncio.create_task(one.relay.say_now_and_then())
    await until(lambda: not one.relay.is_followed_elsewhere("a"))
    saying.cancel()
    await asyncio.wait({saying})


@pytest.mark.parametrize("connections", ["own", "all"])
async def test_a_connection_that_is_lost_comes_back_with_all_that_is_followed(
    sides: tuple[Side, Side, Side], connections: str
) -> None:
    one, other, _ = sides
    other.relay.follow("a")
    await until(lambda: one.relay.is_followed_elsewhere("a"))
    for side in (one, other):
        side.heard.clear()
    async with Redis.from_url(str_of(one.redis)) as client:
        for entry in await client.client_list():
            is_meant = connections == "all" or int(entry["sub"]) > 0
            if is_meant and entry["id"] != str(await client.client_id()):
                await client.client_kill_filter(_id=entry["id"])
    for side in (one, other):
        await asyncio.wait_for(side.heard.wait(), 30)
    other.relay.follow("b")
    await until(lambda: one.relay.is_followed_elsewhere("b"))
    one.relay.send("a", "after")
    await until(lambda: other.taken == ["after"])


def str_of(redis: "Redis") -> str:
    given = redis.connection_pool.connection_kwargs
    return f"redis://{given['host']}:{given['port']}/{given.get('db', 0)}"


@pytest.mark.parametrize("text", ["", "one", "other\nnothing that is known\na", "one\nalso\na", "\x00\n\n\n"])
async def test_what_cannot_be_understood_changes_nothing(sides: tuple[Side, Side, Side], text: str) -> None:
    one = sides[0]
    await one.redis.publish(frame_relay.FOLLOWING, text)
    await one.redis.publish(CHANNEL + "one", "a frame")
    await until(lambda: one.taken == ["a frame"])
    assert not one.relay.is_followed_elsewhere("a")


async def test_what_still_waits_to_be_sent_keeps_no_task_after_the_end(
    sides: tuple[Side, Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = sides
    other.relay.follow("c")
    await until(lambda: one.relay.is_followed_elsewhere("c"))
    publishing = asyncio.Event()

    async def publish_for_ever(messages: dict[str, str]) -> None:
        publishing.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(one.relay, "_publish", publish_for_ever)
    before = asyncio.all_tasks()
    one.relay.send("c", "first")
    await publishing.wait()
    one.relay.send("c", "second")
    await one.relay.aclose()
    assert not [task for task in asyncio.all_tasks() - before if not task.done()]
