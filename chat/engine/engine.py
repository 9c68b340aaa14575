import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from chat.engine.answers.answer import Answer, Plan
from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.frames import frame
from chat.engine.index_writer import IndexWriter
from chat.engine.peers.file_watch import FileWatch
from chat.engine.purging import Purging
from chat.engine.reader import Reader
from chat.engine.room import Placed, Room
from conversations.errors import ConversationNotFoundError
from conversations.files.journal import Journal, recover
from conversations.files.memory import MemoryFile
from conversations.files.store import ConversationFile, FileStore
from conversations.index.indexing import index_conversations
from conversations.records import ConversationRecord, Record
from providers import registry
from providers.costs.ledger import ledger

if TYPE_CHECKING:
    from chat.engine.peers.link import Link

logger = logging.getLogger(__name__)

ROOMS_KEPT = 64
SHOWN_IN_LIST = ("title", "pinned", "folder", "tags", "archived")
SHUTDOWN_SECONDS = 8.0
TEMPORARY_KEPT = 1800.0
"""Seconds that a temporary conversation is kept, at the least, after the last page that shows it is gone."""

WhenEnded = Callable[[Room, Answer], None]
AfterAnswer = Callable[[Room, Answer], Coroutine[Any, Any, None]]

when_ended: list[WhenEnded] = []
"""Told of an answer that has its record, before anybody is shown it. What counts and names answers stands
above the engine and puts itself here (chat/apps.py)."""
after_answer: list[AfterAnswer] = []
"""Run as tasks once an answer was shown, but not while the server stops."""


class Engine:
    """Owns every answer that streams in this process, and the rooms they stream in. One for each event
    loop; made by `current_engine()`."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.index = IndexWriter(index_conversations)
        self.answers: dict[str, Answer] = {}
        self.watchers: dict[str, set[Reader]] = {}
        self.link: Link | None = None
        self.lookout = FileWatch(self)
        self.purging = Purging(store.folder.parent)
        self._journals = JournalWriter()
        self._rooms: dict[str, asyncio.Task[Room]] = {}
        self._temporary: dict[str, Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def room(self, conversation: str) -> Room:
        """Raises InvalidIdError, ConversationNotFoundError. What a process that died left in journals is
        in the file when this returns."""
        if (temporary := self._temporary.get(conversation)) is not None:
            return temporary
        opening = self._rooms.pop(conversation, None)
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception())):
            opening = asyncio.create_task(self._open(conversation))
        self._rooms[conversation] = opening
        self._forget_idle_rooms()
        known = opening.done()
        room = await asyncio.shield(opening)
        if known and self.link is not None:
            await room.catch_up()
        return room

    def loaded_room(self, conversation: str) -> Room | None:
        if (temporary := self._temporary.get(conversation)) is not None:
            return temporary
        opening = self._rooms.get(conversation)
        if opening is None or not opening.done() or opening.cancelled() or opening.exception():
            return None
        return opening.result()

    def first_known(self, conversations: Iterable[str]) -> str | None:
        """Of these ids the first that a conversation has."""
        known = (one for one in conversations if one in self._temporary or self.store.exists(one))
        return next(known, None)

    async def create(
        self, record: ConversationRecord, *more: Record, temporary: bool = False
    ) -> tuple[Room, list[Placed]]:
        """A new conversation, on disk when this returns, and its first records. `temporary`: in memory alone,
        in no list, and gone with this process, or some time after nobody has it open any more."""
        if temporary:
            room = self._temporary[record["id"]] = Room(MemoryFile(record, *more), self._records_shown)
            self._forget_when_left(room)
            return room, list(room.file.records_from(0))

        def make() -> tuple[Room, list[Placed]]:
            file = self.store.create(record, *more)
            return Room(file, self._records_shown, self.link), list(file.records_from(0))

        room, news = await asyncio.to_thread(make)
        opened: asyncio.Task[Room] = asyncio.create_task(done(room))
        self._rooms[room.id] = opened
        self._records_shown(room, news, True)
        return room, news

    async def keep(self, room: Room) -> None:
        """Writes a temporary conversation to a file; from then on it is like any other. What streams in it
        goes on, and is journalled too."""

        def write(records: list[Record]) -> ConversationFile:
            first, *more = records
            return self.store.create(cast(ConversationRecord, first), *more)

        await room.move_to(write)
        self._temporary.pop(room.id, None)
        room.link = self.link
        self._rooms[room.id] = asyncio.create_task(done(room))
        for answer in [answer for answer in self.answers.values() if answer.room is room]:
            journal = await asyncio.to_thread(Journal.start, self.store, room.id, answer.plan.header)
            if answer.ended.is_set():
                await asyncio.to_thread(journal.remove)
            else:
                answer.write_down(journal)
        records = await asyncio.to_thread(lambda: list(room.file.records_from(0)))
        self._records_shown(room, records, True)
        self._show_activity(room, answering=len(room.live))

    async def begin(
        self,
        room: Room,
        plans: Sequence[Plan],
        *,
        together: bool,
        language: str,
        after: Sequence[str] = (),
    ) -> list[str]:
        """Starts the answers, `together` or one after the other, once those of `after` have ended. Returns
        their ids; by then nothing of them has been shown but their `start`."""
        journals = await asyncio.to_thread(self._start_journals, room, plans)
        answers = [
            Answer(room, plan, journal, self._journals, language)
            for plan, journal in zip(plans, journals, strict=True)
        ]
        before = [self.answers[earlier] for earlier in after if earlier in self.answers]
        for answer in answers:
            self.answers[answer.id] = answer
            answer.wait_for(before)
            answer.show_status(len(answer.ahead()) or None)
            self.spawn(self._run(answer))
            if not together:
                before = [*before, answer]
        self._show_activity(room, answering=len(room.live))
        return [answer.id for answer in answers]

    def _start_journals(self, room: Room, plans: Sequence[Plan]) -> Sequence[Journal | None]:
        if room.temporary:
            return [None] * len(plans)
        return [Journal.start(self.store, room.id, plan.header) for plan in plans]

    def stop(self, room: Room, message: str | None) -> None:
        """Stops one answer of the room, or all, in whichever process they stream."""
        self.stop_here(room, message)
        if self.link is not None:
            self.link.tell({"type": "stop", "conversation": room.id, "message": message})

    def stop_here(self, room: Room, message: str | None) -> None:
        for answer in list(self.answers.values()):
            if answer.room is room and message in (None, answer.id):
                answer.stop()

    def streaming(self, message: str, owner: str) -> list[Answer]:
        """The answer of that id, or those to the message of that id, that are being given to `owner` here."""
        return [
            answer
            for answer in self.answers.values()
            if message in (answer.id, answer.plan.header["parent"])
            and answer.record is None
            and answer.room.owner == owner
        ]

    def answering(self, conversation: str) -> int:
        """How many answers stream in it, as far as this process knows."""
        room = self.loaded_room(conversation)
        return 0 if room is None else len(room.live)

    def watch(self, user: str, reader: Reader) -> None:
        """From now on `reader` hears of changes in the user's list of conversations."""
        self.watchers.setdefault(user, set()).add(reader)

    def unwatch(self, user: str, reader: Reader) -> None:
        if readers := self.watchers.get(user):
            readers.discard(reader)
            if not readers:
                del self.watchers[user]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` as a task of the server, which outlives the request that began it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)

    async def trash(self, room: Room) -> None:
        """Ends what streams in the room, with its text, and moves the file to the trash."""
        self.stop(room, None)
        while ending := [answer.ended.wait() for answer in self.answers.values() if answer.room is room]:
            await asyncio.gather(*ending)
        if self._temporary.pop(room.id, None) is not None:
            room.show(frame({"type": "activity", "conversation": room.id, "removed": True}))
            return
        await asyncio.to_thread(self.store.trash, room.id)
        self._rooms.pop(room.id, None)
        self.index.changed(room.id)
        self._show_activity(room, removed=True)

    def forget(self, conversation: str) -> None:
        """Its file is gone: what streams in it is stopped, and stays in its journal."""
        if (room := self.loaded_room(conversation)) is not None:
            self.stop_here(room, None)
        self._rooms.pop(conversation, None)

    async def restore(self, conversation: str, *, owner: str) -> Room:
        """Raises ConversationNotFoundError where the trash holds no such conversation of `owner`."""

        def bring_back() -> None:
            if self.store.trashed_owner(conversation) != owner:
                raise ConversationNotFoundError(f"no conversation {conversation} of that owner in the trash")
            self.store.restore(conversation)

        await asyncio.to_thread(bring_back)
        room = await self.room(conversation)
        records = await asyncio.to_thread(lambda: list(room.file.records_from(0)))
        self._records_shown(room, records, True)
        return room

    async def shutdown(self) -> None:
        """Ends all answers as `interrupted`, with their text in the files, and closes what is open."""
        self._closing = True
        await self.lookout.aclose()
        await self.purging.aclose()
        for answer in list(self.answers.values()):
            answer.stop("interrupted")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SHUTDOWN_SECONDS)
        await self.index.aclose()
        await asyncio.to_thread(ledger.write)
        if self.link is not None:
            await self.link.aclose()
        await registry.aclose()

    async def _open(self, conversation: str) -> Room:
        def load() -> Room:
            recover(self.store, conversation)
            return Room(self.store.open(conversation), self._records_shown, self.link)

        room = await asyncio.to_thread(load)
        # A file that was put into the folder by hand is in the list from now on.
        self.index.changed(conversation)
        return room

    async def _run(self, answer: Answer) -> None:
        try:
            await answer.run(tell_of_end)
        finally:
            self.answers.pop(answer.id, None)
            self._show_activity(answer.room, answering=len(answer.room.live))
        if not self._closing:
            for then in after_answer:
                self.spawn(then(answer.room, answer))

    def _reap(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            logger.error("A task of the engine failed", exc_info=failure)

    def _records_shown(self, room: Room, news: Sequence[Placed], own: bool) -> None:
        """What another process of ours wrote, it has told the index and the watchers itself."""
        if room.temporary or (not own and self.link is not None):
            return
        self.index.changed(room.id)
        self._show_activity(room, **changes_of_row([record for _, record in news]))

    def _show_activity(self, room: Room, **changed: Any) -> None:
        if room.temporary:
            return
        self.show_activity(room.id, room.owner or "", changed)

    def show_activity(self, conversation: str, owner: str, changed: dict[str, Any]) -> None:
        """To the pages of all processes that show the owner's list."""
        self.show_to_watchers(owner, conversation, changed)
        if self.link is not None:
            self.link.tell({"type": "look", "conversation": conversation, "owner": owner, "changed": changed})

    def show_to_watchers(self, owner: str, conversation: str, changed: dict[str, Any]) -> None:
        if readers := self.watchers.get(owner):
            item = frame({"type": "activity", "conversation": conversation, **changed})
            for reader in readers:
                reader.put(item)

    def _forget_when_left(self, room: Room, was_idle: bool = False) -> None:
        """Looked at now and then: a temporary conversation that was idle twice is forgotten."""
        if was_idle and room.idle:
            self._temporary.pop(room.id, None)
        elif room.temporary:
            again = asyncio.get_running_loop().call_later
            again(TEMPORARY_KEPT, self._forget_when_left, room, room.idle)

    def _forget_idle_rooms(self) -> None:
        if len(self._rooms) <= ROOMS_KEPT:
            return
        for conversation, opening in list(self._rooms.items())[:-ROOMS_KEPT]:
            if opening.done() and (opening.exception() or opening.result().idle):
                del self._rooms[conversation]


def changes_of_row(records: Sequence[Record]) -> dict[str, Any]:
    """What the records change in the conversation's row of the list."""
    changed: dict[str, Any] = {}
    for record in records:
        if record["type"] in ("conversation", "message") and "at" in record:
            changed["updated"] = record["at"]
        if record["type"] in ("conversation", "settings"):
            changed |= {name: value for name, value in record.items() if name in SHOWN_IN_LIST}
    return changed


def tell_of_end(answer: Answer) -> None:
    for told in when_ended:
        told(answer.room, answer)


async def done(room: Room) -> Room:
    return room
