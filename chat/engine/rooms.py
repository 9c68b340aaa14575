import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import cast
from weakref import WeakValueDictionary

from chat.engine.broadcast import Broadcast
from chat.engine.room import Done, OnRecords, Room, do_nothing, outcome_of
from chat.engine.threads import with_connections_closed
from conversations.errors import StorageError
from conversations.records import ConversationRecord, Record
from conversations.store.conversation import ConversationFile, Placed
from conversations.store.homes import Homes
from conversations.store.memory import MemoryFile
from core.shared_work import has_failed

ROOMS_KEPT = 64
"""Rooms that stay in memory though nothing streams in them and nobody reads along."""
TEMPORARY_KEPT = 1800.0
"""Seconds that a temporary conversation is kept, at the least, after the last page that shows it is gone."""


class Rooms:
    """The conversations that are open in this process, each once. `on_records` is called with what a room
    shows; `on_opened` with the id of one whose file was just read; `on_kept` with one that another process
    made lasting."""

    def __init__(
        self,
        homes: Homes,
        broadcast: Broadcast,
        on_records: OnRecords,
        on_opened: Callable[[str], None],
        on_kept: Callable[[Room], None],
    ) -> None:
        self._homes = homes
        self._broadcast = broadcast
        self._on_records = on_records
        self._on_opened = on_opened
        self._on_kept = on_kept
        self._opened: dict[str, asyncio.Future[Room]] = {}
        """The one that was asked for last stands last."""
        self._in_use = 0
        """How many had to stay beyond `ROOMS_KEPT` when it was last looked."""
        self._not_looked = 0
        """How many were asked for since."""
        self._dropped: WeakValueDictionary[str, Room] = WeakValueDictionary()
        """Those that somebody may still have at hand: never two of one conversation."""
        self._temporary: dict[str, Room] = {}
        """Those that this process alone has."""

    async def open(self, conversation: str, *, to_show: bool = False) -> Room:
        """Raises InvalidIdError, ConversationNotFoundError. What a process that died left in journals, what
        other processes have written, and what they answer, is in the room when this returns. `to_show`: it is
        opened for a reader next."""
        if (temporary := self._temporary.get(conversation)) is not None:
            return temporary
        opening = self._opened.pop(conversation, None)
        if opening is None or has_failed(opening):
            at_hand = self._dropped.pop(conversation, None)
            opening = asyncio.create_task(
                self._read(conversation, to_show=to_show) if at_hand is None else catch_up_room(at_hand)
            )
        self._opened[conversation] = opening
        self._drop_idle()
        known = opening.done()
        room = await asyncio.shield(opening)
        if known and not self._broadcast.alone:
            await room.catch_up()
        await self._broadcast.look(conversation)
        return room

    def find_loaded(self, conversation: str) -> Room | None:
        """The conversation's room if it is open; reads no file."""
        if (temporary := self._temporary.get(conversation)) is not None:
            return temporary
        opening = self._opened.get(conversation)
        if opening is None or not opening.done() or has_failed(opening):
            return self._dropped.get(conversation)
        return opening.result()

    def first_known(self, conversations: Sequence[str], *, temporary: bool) -> str | None:
        """Of these ids the first that a conversation has, a temporary one or a lasting one. Blocks."""
        here = next((one for one in conversations if one in self._temporary), None)
        return here or self._homes.first_known(conversations, temporary=temporary)

    async def create(
        self, record: ConversationRecord, *more: Record, temporary: bool = False
    ) -> tuple[Room, list[Placed]]:
        """Makes a conversation, on disk when this returns, with its first records. `temporary`: in memory
        alone (of this process, or of Redis where there are several), in no list, and gone some time after
        nobody has it open any more."""
        if temporary and self._homes.temporary is None:
            room = self._temporary[record["id"]] = Room(MemoryFile(record, *more), self._on_records)
            self._drop_when_left(room)
            return room, list(room.file.records_from(0))

        room, news, _done = await self.create_then(record, more, do_nothing, temporary=temporary)
        return room, news

    async def create_then(
        self,
        record: ConversationRecord,
        more: Sequence[Record],
        then: Callable[[], Done],
        *,
        temporary: bool = False,
    ) -> tuple[Room, list[Placed], Done]:
        """As `create`; then, in the same thread, what has to follow on the disk. Where that raises StoreError
        the conversation stands before it is raised here."""

        def make() -> tuple[Room, list[Placed], Future[Done]]:
            file = self._homes.create(record, *more, temporary=temporary)
            return self._shared(file), file.take_first_records(), outcome_of(then)

        room, news, done = await asyncio.to_thread(make)
        room.recent.keep_messages(room.file, [record for _, record in news])
        self._add(room)
        if temporary:
            self._drop_when_left(room)
        self._on_records(room, news, True)
        return room, news, done.result()

    async def count_temporary(self, owner: str) -> int:
        """How many temporary conversations of this person there are."""
        if (home := self._homes.temporary) is not None:
            return await asyncio.to_thread(home.count, owner)
        return sum(room.owner == owner for room in self._temporary.values())

    async def keep_temporary(self, room: Room) -> None:
        """A temporary conversation lasts from now on; its room stays, with all that streams in it."""

        def move() -> ConversationFile:
            if room.id not in self._temporary:
                self._homes.make_lasting(room.file)
                return room.file
            first, *more = (record for _, record in room.file.records_from(0))
            return self._homes.create(cast(ConversationRecord, first), *more)

        await room.move_to(move, self._broadcast)
        self._temporary.pop(room.id, None)
        self._add(room)

    def drop(self, conversation: str) -> Room | None:
        """Its file is gone, or going. Who reads along keeps the room that is returned."""
        room = self.find_loaded(conversation)
        self._temporary.pop(conversation, None)
        self._opened.pop(conversation, None)
        self._dropped.pop(conversation, None)
        return room

    def _add(self, room: Room) -> None:
        self._opened[room.id] = opened = asyncio.get_running_loop().create_future()
        opened.set_result(room)
        self._drop_idle()

    async def _read(self, conversation: str, *, to_show: bool) -> Room:
        def load() -> Room:
            room = self._shared(self._homes.open(conversation, to_show=to_show))
            # A file may name its owner in words that the database explains, which the loop cannot ask.
            with_connections_closed(lambda: room.owner)
            return room

        room = await asyncio.to_thread(load)
        if room.temporary:
            self._drop_when_left(room)
        else:
            self._on_opened(conversation)
        return room

    def _shared(self, file: ConversationFile) -> Room:
        return Room(file, self._on_records, self._broadcast, self._on_kept)

    def _drop_when_left(self, room: Room, was_idle: bool = False) -> None:
        """Looked at now and then: a temporary conversation that was idle twice is forgotten."""
        loop = asyncio.get_running_loop()
        if was_idle and room.idle:
            if room.temporary and self.find_loaded(room.id) is room:
                self.drop(room.id)
        elif room.temporary:
            if not room.idle:
                loop.run_in_executor(None, self._renew, room.id)
            loop.call_later(TEMPORARY_KEPT, self._drop_when_left, room, room.idle)

    def _renew(self, conversation: str) -> None:
        if self._homes.temporary is not None:
            # Where it does not answer now, whoever reads next renews it.
            with suppress(StorageError):
                self._homes.temporary.renew(conversation)

    def _drop_idle(self) -> None:
        """With hundreds in use not every one that is opened has all of them looked at."""
        self._not_looked += 1
        if len(self._opened) <= ROOMS_KEPT or self._not_looked <= self._in_use // 4:
            return
        for conversation, opening in list(self._opened.items())[:-ROOMS_KEPT]:
            if opening.done() and (has_failed(opening) or opening.result().idle):
                del self._opened[conversation]
                if not has_failed(opening):
                    self._dropped[conversation] = opening.result()
        self._not_looked, self._in_use = 0, max(len(self._opened) - ROOMS_KEPT, 0)


async def catch_up_room(room: Room) -> Room:
    """Returns the room once it shows what was written since it was last opened."""
    await room.catch_up()
    return room
