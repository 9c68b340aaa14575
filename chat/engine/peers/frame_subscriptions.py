"""Frames that other processes publish, of the conversations that are followed here."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

CHANNEL = "divan.frames."

Take = Callable[[str, str], Awaitable[None]]
OnSubscribed = Callable[[str], Awaitable[None]]


class FrameSubscriptions:
    """One task alone (`run`) speaks on the subscribing connection: several that subscribe at once on one that
    is not there yet would each open their own, and hear on one of them. Whoever wants another conversation
    says so, and wakes that task by a message to itself.

    `take` gets a conversation and what was published in it; `on_subscribed` a conversation of which from now
    on nothing is missed, also after a connection that was lost. Neither may raise."""

    def __init__(self, redis: "Redis", name: str, take: Take, on_subscribed: OnSubscribed) -> None:
        self._redis = redis
        self._own = f"{CHANNEL}to.{name}"
        self._take = take
        self._on_subscribed = on_subscribed
        self._wanted: set[str] = set()
        self._subscribed: set[str] = set()
        self._waking: set[asyncio.Task[None]] = set()

    def follow(self, conversation: str) -> None:
        self._wanted.add(conversation)
        self._wake()

    def unfollow(self, conversation: str) -> None:
        self._wanted.discard(conversation)
        self._wake()

    async def run(self) -> None:
        """Raises RedisError, OSError where the connection is lost; may be run again."""
        subscriber = self._redis.pubsub()
        self._subscribed = set()
        try:
            await subscriber.subscribe(self._own)
            while True:
                await self._follow_wanted(subscriber)
                message = await subscriber.get_message(timeout=None)
                if message is not None:
                    await self._heard(message)
        finally:
            await subscriber.aclose()  # type: ignore[no-untyped-call]

    async def _follow_wanted(self, subscriber: "PubSub") -> None:
        more, less = self._wanted - self._subscribed, self._subscribed - self._wanted
        self._subscribed = set(self._wanted)
        if more:
            await subscriber.subscribe(*(CHANNEL + conversation for conversation in more))
        if less:
            await subscriber.unsubscribe(*(CHANNEL + conversation for conversation in less))

    async def _heard(self, message: dict[str, Any]) -> None:
        conversation = message["channel"].decode().removeprefix(CHANNEL)
        if conversation not in self._wanted:
            return
        if message["type"] == "subscribe":
            await self._on_subscribed(conversation)
        elif message["type"] == "message":
            await self._take(conversation, message["data"].decode(errors="replace"))

    def _wake(self) -> None:
        waking = asyncio.create_task(self._publish_to_itself())
        self._waking.add(waking)
        waking.add_done_callback(self._waking.discard)

    async def _publish_to_itself(self) -> None:
        # Where Redis is away, `run` begins anew with all that is wanted when it is back.
        with suppress(RedisError, OSError):
            await self._redis.publish(self._own, "")
