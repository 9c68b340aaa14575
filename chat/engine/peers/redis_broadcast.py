"""Other processes that serve the same conversations, over Redis.

Tokens go through Redis pub/sub, joined over a few milliseconds; the channel layer only says `look` (a file
has grown) and `stop`. Neither is trusted to arrive: files and journals are the truth, a gap in `seq` is
filled from the journal, and what nobody announced is found by looking now and then.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from channels.layers import get_channel_layer
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat.engine.activity import Activity
from chat.engine.frames import Frame
from chat.engine.peers import remote_answers
from chat.engine.room import Room
from chat.engine.rooms import Rooms
from conversations.files.journal import answered_now, recover
from conversations.files.store import FileStore
from conversations.ids import random_id

logger = logging.getLogger(__name__)

JOINED = 0.01
"""Seconds over which frames for other processes are gathered."""
LOOK_AGAIN = 2.0
"""Seconds between two looks at what is answered elsewhere."""
GROUP = "divan.engines"
CHANNEL = "divan.frames."

Stop = Callable[[Room, str | None], None]


class RedisBroadcast:
    """A `Broadcast` (chat/engine/broadcast.py). Says nothing and hears nothing before `start`."""

    alone = False

    def __init__(self, store: FileStore, url: str) -> None:
        self._store = store
        self._redis: Redis = Redis.from_url(url)
        self._frames = self._redis.pubsub()
        self._name = random_id()
        self._out: dict[str, list[str]] = defaultdict(list)
        self._sending: asyncio.Task[None] | None = None
        self._followed: dict[str, Room] = {}
        self._subscribed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._telling: set[asyncio.Task[None]] = set()

    def start(self, rooms: Rooms, activity: Activity, stop: Stop) -> None:
        """What is heard goes to these from now on; `stop` ends answers of this process alone."""
        self._rooms, self._activity, self._stop = rooms, activity, stop
        work = (self._hear_layer, self._hear_frames, self._look_now_and_then)
        self._tasks = [asyncio.create_task(self._keep_going(part)) for part in work]

    async def aclose(self) -> None:
        tasks = [*self._tasks, *self._telling]
        for task in self._tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._frames.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def follow(self, conversation: str) -> None:
        room = self._rooms.find_loaded(conversation)
        if room is not None and self._followed.get(conversation) is not room:
            self._followed[conversation] = room
            await self._frames.subscribe(CHANNEL + conversation)
            self._subscribed.set()
            await remote_answers.find_remote_answers(self._store, room)

    def send_frame(self, conversation: str, frame: Frame) -> None:
        self._out[conversation].append(frame.body)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    def send_activity(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        self._tell({"type": "look", "conversation": conversation, "owner": owner, "changed": dict(changed)})

    def send_stop(self, conversation: str, message: str | None) -> None:
        self._tell({"type": "stop", "conversation": conversation, "message": message})

    async def find_answering(self, message: str) -> list[str]:
        return await asyncio.to_thread(answered_now, self._store, message)

    def _tell(self, message: dict[str, Any]) -> None:
        telling = asyncio.create_task(self._send_to_layer({**message, "from": self._name}))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _send_to_layer(self, message: dict[str, Any]) -> None:
        try:
            await get_channel_layer().group_send(GROUP, message)
        except (RedisError, OSError) as error:
            logger.warning("Other processes could not be told: %s", error)

    async def _send(self) -> None:
        await asyncio.sleep(JOINED)
        out, self._out = self._out, defaultdict(list)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for conversation, bodies in out.items():
                    pipe.publish(CHANNEL + conversation, "\n".join([self._name, *bodies]))
                await pipe.execute()
        except (RedisError, OSError) as error:
            logger.warning("Frames did not reach other processes: %s", error)
        self._sending = asyncio.create_task(self._send()) if self._out else None

    async def _keep_going(self, work: Any) -> None:
        """A lost connection to Redis is taken up again; this process's own readers notice nothing."""
        while True:
            try:
                await work()
            except (RedisError, OSError) as error:
                logger.warning("The link to other processes broke off: %s", error)
            await asyncio.sleep(1)

    async def _hear_layer(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel("divan")
        await layer.group_add(GROUP, channel)
        while True:
            message = await layer.receive(channel)
            if message["from"] != self._name:
                await self._heard(message)

    async def _heard(self, message: dict[str, Any]) -> None:
        room = self._rooms.find_loaded(message["conversation"])
        if message["type"] == "stop":
            if room is not None:
                self._stop(room, message["message"])
            return
        self._activity.show_change_here(message["conversation"], message["owner"], message["changed"])
        if room is not None:
            await room.catch_up()

    async def _hear_frames(self) -> None:
        await self._subscribed.wait()
        async for message in self._frames.listen():
            if message["type"] != "message":
                continue
            sender, *bodies = message["data"].decode().split("\n")
            room = self._followed.get(message["channel"].decode().removeprefix(CHANNEL))
            if room is not None and sender != self._name:
                for body in bodies:
                    await remote_answers.show_frame(self._store, room, body)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            for room in list(self._followed.values()):
                if not room.readers:
                    await self._unfollow(room)
                elif remote_answers.list_remote_answers(room):
                    await asyncio.to_thread(recover, self._store, room.id)
                    await room.catch_up()

    async def _unfollow(self, room: Room) -> None:
        del self._followed[room.id]
        for answer in remote_answers.list_remote_answers(room):
            del room.live[answer]
        await self._frames.unsubscribe(CHANNEL + room.id)
