"""Frames on their way to the processes that follow their conversations, and from others to this one.

Each process hears two channels: one of its own, on which it is sent whatever it follows, and one that all
hear, on which each says what that is. So a process that follows nothing is sent nothing, what nobody else
follows is not sent at all, and tokens of many answers go in one message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chat.engine.peers.publisher import REDIS_AWAY, Publisher
from core.repeated_messages import OnceAMinute

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

CHANNEL = "divan.frames."
"""With the name of a process behind it."""
FOLLOWING = "divan.following"
"""Messages are lines: who says it, one of the words below, and conversations."""
ALSO, EXACTLY, WHAT = "also", "exactly", "what"
"""It follows these too; these and no others; the others are to say what they follow."""
TOGETHER = 0.02
"""Seconds from one message to a process until the next: what comes meanwhile goes in it."""
SAY_AGAIN = 2.0
"""Seconds after which each process says again what it follows."""
FORGET = 3.5 * SAY_AGAIN
"""Seconds after which a process that says nothing more follows nothing."""
WAIT_FOR_REDIS = 5.0
"""Seconds, for each thing that is said."""

Take = Callable[[str], None]
OnHeard = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Follower:
    """Another process, what it follows and when it last said so, by the loop's clock."""

    said_at: float
    conversations: set[str] = field(default_factory=set)


class FrameRelay:
    """`take` gets each frame's body that another process sent; `on_heard` is called when from now on nothing
    more is missed, also after a connection that was lost. Neither may raise. `together`: seconds over which
    frames are gathered."""

    def __init__(
        self, redis: "Redis", name: str, take: Take, on_heard: OnHeard, together: float = TOGETHER
    ) -> None:
        self._redis = redis
        self._publisher = Publisher(redis)
        self._name = name
        self._take = take
        self._on_heard = on_heard
        self._together = together
        self._followed: set[str] = set()
        self._followers: dict[str, Follower] = {}
        self._out: dict[str, list[str]] = {}
        self._sending: asyncio.Task[None] | None = None
        self._next = 0.0
        """When more may be sent, by the loop's clock."""
        self._saying: set[asyncio.Task[None]] = set()
        self._one_by_one = asyncio.Lock()
        """What is said arrives in its order."""

    def follow(self, conversation: str) -> None:
        self._followed.add(conversation)
        self._say(ALSO, [conversation])

    def unfollow(self, conversation: str) -> None:
        """Told with all that is followed, the next time."""
        self._followed.discard(conversation)

    def is_followed_elsewhere(self, conversation: str) -> bool:
        return any(conversation in follower.conversations for follower in self._followers.values())

    def send(self, conversation: str, body: str) -> None:
        for name, follower in self._followers.items():
            if conversation in follower.conversations:
                self._out.setdefault(name, []).append(body)
        if self._out and self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def say_now_and_then(self) -> None:
        """What is followed here; whom nothing was heard of for long is forgotten."""
        while True:
            await asyncio.sleep(SAY_AGAIN)
            self._say(EXACTLY, self._followed)
            oldest = asyncio.get_running_loop().time() - FORGET
            self._followers = {
                name: follower for name, follower in self._followers.items() if follower.said_at >= oldest
            }

    async def hear(self) -> None:
        """Raises RedisError, OSError where the connection is lost; may be run again."""
        subscriber = self._redis.pubsub()
        try:
            await subscriber.subscribe(FOLLOWING, CHANNEL + self._name)
            while True:
                message = await subscriber.get_message(timeout=None)
                if message is not None:
                    await self._hear(message)
        finally:
            await subscriber.aclose()  # type: ignore[no-untyped-call]

    async def aclose(self) -> None:
        tasks = [*self._saying, *([self._sending] if self._sending else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._publisher.aclose()

    async def _hear(self, message: dict[str, Any]) -> None:
        is_own = message["channel"] != FOLLOWING.encode()
        if message["type"] == "subscribe" and is_own:
            await self._publisher.begin_anew()
            self._say(EXACTLY, self._followed)
            self._say(WHAT, ())
            await self._on_heard()
        elif message["type"] == "message":
            text = message["data"].decode(errors="replace")
            if is_own:
                for body in text.split("\n"):
                    self._take(body)
            else:
                self._hear_of_follower(*text.split("\n"))

    def _hear_of_follower(self, name: str, word: str = "", *conversations: str) -> None:
        if name == self._name:
            return
        if word == WHAT:
            self._say(EXACTLY, self._followed)
        elif word in (ALSO, EXACTLY):
            now = asyncio.get_running_loop().time()
            follower = self._followers.setdefault(name, Follower(now))
            follower.said_at = now
            if word == EXACTLY:
                follower.conversations.clear()
            follower.conversations.update(conversations)

    def _say(self, word: str, conversations: Iterable[str]) -> None:
        saying = asyncio.create_task(self._say_next("\n".join([self._name, word, *conversations])))
        self._saying.add(saying)
        saying.add_done_callback(self._saying.discard)

    async def _say_next(self, text: str) -> None:
        async with self._one_by_one:
            await self._publish({FOLLOWING: text})

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._out:
                await asyncio.sleep(self._next - loop.time())
                self._next = loop.time() + self._together
                out, self._out = self._out, {}
                await self._publish({CHANNEL + name: "\n".join(bodies) for name, bodies in out.items()})
        finally:
            self._sending = None

    async def _publish(self, messages: dict[str, str]) -> None:
        try:
            await self._publisher.publish(messages, WAIT_FOR_REDIS)
        except REDIS_AWAY as error:
            # Where Redis is away, everything is said anew when it is back.
            logger.warning("Other processes could not be sent what they follow: %s", error)
