"""Other processes that serve the same conversations, over Redis.

Tokens go through Redis pub/sub to the processes that follow them (frame_relay.py); the channel layer only
says `look` (a file has grown) and `stop`. Neither is trusted to arrive: files and journals are the truth, a
gap in `seq` is filled from the journal, what nobody announced is found by looking now and then, and `stop` is
said again until it is done.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from channels.layers import get_channel_layer
from redis.asyncio import Redis

from chat.engine.activity import Activity
from chat.engine.broadcast import Approval
from chat.engine.frames import Frame, encode, removed_frame
from chat.engine.peers.frame_relay import TOGETHER as FRAMES_TOGETHER
from chat.engine.peers.frame_relay import WAIT_FOR_REDIS, FrameRelay
from chat.engine.peers.publisher import REDIS_AWAY
from chat.engine.peers.remote_answers import RemoteAnswers, SeenJournals, list_remote_answers
from chat.engine.room import Room
from chat.engine.rooms import Rooms
from chat.engine.supervision import keep_running
from conversations.errors import ConversationNotFoundError, StoreError
from conversations.ids import random_id
from conversations.store.base import Journals
from conversations.store.conversation import Placed
from conversations.store.homes import Homes
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())
# It tells each attempt to hear Redis again, with its traceback.
logging.getLogger("channels_redis.pubsub").addFilter(OnceAMinute())

LOOK_AGAIN = 2.0
"""Seconds between two looks at what is answered elsewhere."""
STOP_AGAIN = (0.3, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between a `stop` and the next, for as long as the answer streams."""
LAST_WORDS = 1.0
"""Seconds that a process which ends waits for what it has still to say."""
GROUP = "divan.engines"
UNTIL_TOLD = 0.1
"""Seconds after which what another process has appended is read, where it did not come by itself."""
MOST_TOLD = 256 * 1024
"""Characters of records that are sent as they are; longer ones are read by who needs them."""
TOGETHER = 0.02
"""Seconds over which changes of conversations are gathered: of a turn that begins there are two, and many
turns begin at once."""

Stop = Callable[[Room, str | None], None]
Approve = Callable[[Approval], bool]


def calls_waiting(journals: Journals, conversation: str, message: str) -> set[str]:
    """Ids of the calls of that answer for which a person is asked now; none where it is not given."""
    try:
        return {call["id"] for call in journals.read(conversation, message).waiting}
    except StoreError:
        return set()


@contextmanager
def naming_what_is_not_seen() -> Iterator[None]:
    """Of one home, or one conversation: the others are looked at all the same."""
    try:
        yield
    except StoreError as error:
        logger.warning("What is answered elsewhere could not be seen: %s", error)


def merge_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What two changes of a row of a list are together."""
    answered = [*before.get("answered", ()), *after.get("answered", ())]
    return {**before, **after, **({"answered": answered} if answered else {})}


class RedisBroadcast:
    """A `Broadcast` (chat/engine/broadcast.py). Says nothing and hears nothing before `start`."""

    alone = False

    def __init__(self, homes: Homes, url: str) -> None:
        self._homes = homes
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=WAIT_FOR_REDIS)
        self._name = random_id()
        self._answers = RemoteAnswers(homes)
        # What is written first comes from there together.
        together = 0.0 if homes.lasting.journals.write_first else FRAMES_TOGETHER
        self._relay = FrameRelay(self._redis, self._name, self._take_frame, self._fill_all, together)
        self._followed: dict[str, Room] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._looks: dict[str, dict[str, Any]] = {}
        """What is told together in a moment, by conversation."""

    def start(self, rooms: Rooms, activity: Activity, stop: Stop, approve: Approve) -> None:
        """What is heard goes to these from now on; `stop` ends answers of this process alone, and `approve`
        lets its calls go on."""
        self._rooms, self._activity, self._stop, self._approve = rooms, activity, stop, approve
        self._tasks = [
            keep_running("Hearing of other processes", self._hear_layer, expected=REDIS_AWAY),
            keep_running("Hearing frames", self._relay.hear, expected=REDIS_AWAY),
            keep_running("Saying what is followed", self._relay.say_now_and_then),
            keep_running("Looking at what is answered elsewhere", self._look_now_and_then),
        ]

    async def aclose(self) -> None:
        if self._telling:
            await asyncio.wait(self._telling, timeout=LAST_WORDS)
        tasks = [*self._tasks, *self._telling]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._answers.aclose()
        await self._relay.aclose()
        await self._redis.aclose()

    async def follow(self, conversation: str) -> None:
        room = self._rooms.find_loaded(conversation)
        if room is not None and self._followed.get(conversation) is not room:
            self._followed[conversation] = room
            self._relay.follow(conversation)
            await self._look(room)

    def begin_to_follow(self, conversation: str) -> None:
        if conversation not in self._followed:
            self._spawn(self.follow(conversation))

    async def look(self, conversation: str) -> None:
        if (room := self._rooms.find_loaded(conversation)) is not None:
            await self._look(room)

    def send_frame(self, conversation: str, frame: Frame) -> None:
        self._relay.send(conversation, frame.body)

    def send_records(self, conversation: str, place: tuple[str, int], placed: Sequence[Placed]) -> None:
        if placed and self._relay.is_followed_elsewhere(conversation):
            body = encode({"type": "records", "conversation": conversation, "place": place, "placed": placed})
            if len(body) <= MOST_TOLD:
                self._relay.send(conversation, body)

    def send_activity(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        if not self._looks:
            self._spawn(self._tell_looks())
        before = self._looks.get(conversation, {"changed": {}})
        told: dict[str, Any] = {"conversation": conversation, "owner": owner}
        told["changed"] = merge_changes(before["changed"], changed)
        if (room := self._rooms.find_loaded(conversation)) is not None:
            # Who has all of it reads nothing.
            told["size"] = room.file.size
        self._looks[conversation] = told

    async def _tell_looks(self) -> None:
        await asyncio.sleep(TOGETHER)
        looks, self._looks = self._looks, {}
        first, *more = looks.values()
        await self._tell({"type": "look", **first, "more": more})

    def send_stop(self, conversation: str, message: str | None) -> None:
        self._spawn(self._stop_until_stopped(conversation, message))

    def send_approval(self, approval: Approval) -> None:
        self._spawn(self._approve_until_heard(approval))

    async def find_answering(self, message: str) -> dict[str, set[str]]:
        return await asyncio.to_thread(self._homes.find_streaming_anywhere, message)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        telling = asyncio.create_task(work)
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(WAIT_FOR_REDIS):
                await get_channel_layer().group_send(GROUP, {**message, "from": self._name})
        except REDIS_AWAY as error:
            logger.warning("Other processes could not be told: %s", error)

    async def _stop_until_stopped(self, conversation: str, message: str | None) -> None:
        """Of those alone that stream now: what begins after a `stop` is not meant."""
        journals = self._journals_of(conversation)
        given = await asyncio.to_thread(journals.find_streaming, conversation, message)
        for pause in STOP_AGAIN:
            for answer in given:
                await self._tell({"type": "stop", "conversation": conversation, "message": answer})
            if not given:
                return
            await asyncio.sleep(pause)
            given &= await asyncio.to_thread(journals.find_streaming, conversation, message)

    async def _approve_until_heard(self, approval: Approval) -> None:
        """Said again for as long as one of the calls waits."""
        journals = self._journals_of(approval.conversation)
        for pause in STOP_AGAIN:
            told = {
                "type": "approve",
                "conversation": approval.conversation,
                "message": approval.message,
                "calls": list(approval.calls),
                "decision": approval.decision,
            }
            await self._tell(told)
            await asyncio.sleep(pause)
            waiting = await asyncio.to_thread(
                calls_waiting, journals, approval.conversation, approval.message
            )
            if waiting.isdisjoint(approval.calls):
                return

    def _journals_of(self, conversation: str) -> Journals:
        room = self._rooms.find_loaded(conversation)
        return self._homes.journals(temporary=room is not None and room.temporary)

    async def _hear_layer(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel("divan")
        await layer.group_add(GROUP, channel)
        while True:
            message = await layer.receive(channel)
            try:
                await self._heard(message)
            except Exception:
                logger.exception("What another process said could not be followed")

    async def _heard(self, message: dict[str, Any]) -> None:
        if message["from"] == self._name:
            return
        if message["type"] == "approve":
            fields = ("conversation", "message", "calls", "decision")
            self._approve(Approval(*(message[name] for name in fields)))
        elif message["type"] == "stop":
            if (room := self._rooms.find_loaded(message["conversation"])) is not None:
                self._stop(room, message["message"])
        else:
            for told in (message, *message.get("more", ())):
                await self._heard_of_change(told)

    async def _heard_of_change(self, told: dict[str, Any]) -> None:
        self._activity.show_change_here(told["conversation"], told["owner"], told["changed"])
        room, size = self._rooms.find_loaded(told["conversation"]), told.get("size", math.inf)
        if room is None or room.file.size >= size:
            return
        if "size" in told and self._followed.get(room.id) is room:
            self._spawn(self._catch_up_unless_told(room, size))
        else:
            await self._catch_up(room)

    async def _catch_up_unless_told(self, room: Room, size: float) -> None:
        """The records go another way, as the tokens do, and may be later."""
        await asyncio.sleep(UNTIL_TOLD)
        if room.file.size < size:
            await self._catch_up(room)

    async def _catch_up(self, room: Room) -> None:
        try:
            await room.catch_up()
        except ConversationNotFoundError:
            self._let_go(room)

    def _take_frame(self, body: str) -> None:
        try:
            self._answers.take_frame(self._followed, body)
        except Exception:
            logger.exception("A frame of another process could not be shown")

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            await self.look_at_followed()

    async def look_at_followed(self) -> None:
        """At what nobody announced; what nobody here needs any more is followed no longer."""
        for room in list(self._followed.values()):
            if not room.needs_other_processes:
                self._unfollow(room)
        await self._look(*self._followed.values())

    async def _look(self, *rooms: Room) -> None:
        for temporary in (False, True):
            if asked := [room for room in rooms if room.temporary == temporary]:
                with naming_what_is_not_seen():
                    for found in await self._answers.find_journals(asked, temporary=temporary):
                        await self._take_in(found)

    async def _take_in(self, found: SeenJournals) -> None:
        with naming_what_is_not_seen():
            try:
                await self._answers.take_in(found)
            except ConversationNotFoundError:
                self._let_go(found.room)

    async def _fill_all(self) -> None:
        """What was sent just before we heard is in the journals."""
        followed = list(self._followed.values())
        await self._look(*followed)
        for room in followed:
            for answer in list_remote_answers(room):
                await self._answers.fill(room, answer)

    def _let_go(self, room: Room) -> None:
        """Its file is gone: another process deleted it."""
        if self._rooms.find_loaded(room.id) is room:
            self._rooms.drop(room.id)
        if room.temporary:
            room.show(removed_frame(room.id))
        self._unfollow(room)

    def _unfollow(self, room: Room) -> None:
        if self._followed.get(room.id) is room:
            del self._followed[room.id]
            self._relay.unfollow(room.id)
        for answer in list_remote_answers(room):
            self._answers.forget_answer(room, answer)
