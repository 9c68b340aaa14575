import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from functools import partial
from itertools import zip_longest
from typing import Any

from django.conf import settings

from chat.engine.activity import Activity
from chat.engine.answers.answer import Answer
from chat.engine.answers.journal_writer import JournalWriter, begin_journals
from chat.engine.answers.life import Life
from chat.engine.answers.plan import Plan
from chat.engine.broadcast import Approval, Broadcast, NoPeers
from chat.engine.frames import removed_frame
from chat.engine.index_writer import IndexWriter
from chat.engine.mirroring import Mirroring
from chat.engine.peers.file_watch import FileWatch
from chat.engine.purging import Purging
from chat.engine.room import Room
from chat.engine.rooms import Rooms
from conversations.attachments import AttachmentStore
from conversations.errors import ConversationNotFoundError
from conversations.index.indexing import index_conversations
from conversations.records import AnswerHeader, Record
from conversations.store.base import Journal
from conversations.store.homes import Homes
from conversations.store.trash import owner_in_trash
from providers import registry
from providers.costs.ledger import ledger

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 8.0
STOPPING_SECONDS = 5.0
"""In which answers end that were told to. One that does not, because the disk is full or its process is busy,
stays in its journal, and that goes where its conversation goes."""

BEGINNING_AT_ONCE = 4
"""Turns whose first records are written at the same moment, and that are then asked. Of a hundred that come
together each would otherwise wait at every step for all others, and all have their first word when the last
one has."""

WhenEnded = Callable[[Room, Answer], None]
AfterAnswer = Callable[[Room, Answer], Coroutine[Any, Any, None]]

when_ended: list[WhenEnded] = []
"""Told of an answer that has its record, before anybody is shown it. What counts and names answers stands
above the engine and puts itself here (chat/apps.py)."""
after_answer: list[AfterAnswer] = []
"""Run as tasks once an answer was shown, but not while the server stops."""
when_shut_down: list[Callable[[], Coroutine[Any, Any, None]]] = []
"""Run once the answers of this event loop have ended: what they used is closed."""


class Engine:
    """Owns every answer that streams in this process, and the rooms they stream in. One for each event
    loop; made by `current_engine()`."""

    def __init__(self, homes: Homes, broadcast: Broadcast | None = None) -> None:
        self.homes = homes
        self.store = store = homes.lasting
        self.broadcast = broadcast or NoPeers()
        self.index = IndexWriter(index_conversations, lambda: bool(self.answers))
        self.activity = Activity(self.index, self.broadcast)
        self.rooms = Rooms(
            homes, self.broadcast, self.activity.take_records, self.activity.note_change, self._follow_kept
        )
        self.answers: dict[str, Answer] = {}
        self.file_watch = FileWatch(store, self.index, self.rooms, self.activity, self.drop_conversation)
        self.purging = Purging(store, AttachmentStore(settings.DATA_DIR))
        self.mirroring = Mirroring()
        self._journals = JournalWriter(store.journals)
        # What hangs in the one home holds up nothing in the other.
        shared = homes.temporary
        self._temporary_journals = self._journals if shared is None else JournalWriter(shared.journals)
        self._writing_down = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._beginning = asyncio.Semaphore(BEGINNING_AT_ONCE)
        self._closing = False
        self._expects_nobody = False

    @property
    def is_closing(self) -> bool:
        return self._closing

    async def keep_temporary(self, room: Room) -> None:
        """A temporary conversation lasts from now on, and is like any other. What streams in it goes on, and
        is journalled where it lasts, in whichever process."""
        await self.rooms.keep_temporary(room)
        await self._write_down(room)
        await self._take_all_records(room)
        self._show_answering(room)

    def _follow_kept(self, room: Room) -> None:
        """Another process keeps it from now on."""
        self.spawn(self._go_on_kept(room))

    async def _go_on_kept(self, room: Room) -> None:
        await self._write_down(room)
        await room.show_snapshot()

    async def _write_down(self, room: Room) -> None:
        """What this process answers there is journalled where the conversation lasts."""
        async with self._writing_down:
            for answer in [answer for answer in self.answers.values() if answer.room is room]:
                if answer.is_written_by(self._journals):
                    continue
                journal = await asyncio.to_thread(self.store.journals.begin, room.id, answer.plan.header)
                if answer.ended.is_set():
                    await asyncio.to_thread(journal.remove)
                else:
                    await answer.write_down(journal, self._journals)

    async def post(
        self, room: Room, records: Sequence[Record], answers: Sequence[AnswerHeader], *, after: int | None
    ) -> Sequence[Journal]:
        """As `room.append`, and in the same step the journals of the answers that follow: none where the
        conversation is temporary."""
        if room.temporary:
            await room.append(*records, after=after)
            return ()
        begin = partial(self.begin_journals, room.id, answers)
        return await room.append_then(records, begin, after=after)

    def take_turn(self, *, temporary: bool) -> AbstractAsyncContextManager[None]:
        """While the first records of a turn are written and its answers begin, first come, first served. What
        is temporary may wait for other machines, and holds up nobody."""
        return nullcontext() if temporary else self._beginning

    def begin_journals(self, conversation: str, answers: Sequence[AnswerHeader]) -> Sequence[Journal]:
        """Blocks on the disk. Raises StorageError, and then there is none."""
        return begin_journals(self.store.journals, conversation, answers)

    @contextmanager
    def ending_journals_on_error(self, journals: Sequence[Journal]) -> Iterator[None]:
        """Removes these journals where the block raises: their answers will not be given."""
        try:
            yield
        except BaseException:
            for journal in journals:
                self.spawn(self._journals.close(journal, remove=True))
            raise

    async def begin(
        self,
        room: Room,
        plans: Sequence[Plan],
        *,
        together: bool,
        language: str,
        after: Sequence[str] = (),
        journals: Sequence[Journal] = (),
    ) -> list[str]:
        """Starts the answers, `together` or one after the other, once those of `after` have ended. Returns
        their ids; by then nothing of them has been shown but their `start`. `journals`: theirs, where they
        were begun with what is answered."""
        writer = self._journals
        if not journals:
            writer, journals = await self._begin_journals(room, [plan.header for plan in plans])
        answers = [
            Answer(room, plan, journal, writer, language, self._show_waiting)
            for plan, journal in zip_longest(plans, journals)
        ]
        before = await self._find_lives(room, after)
        for answer in answers:
            self.answers[answer.id] = answer
            answer.life.follow(before)
            answer.show_status(len(answer.life.answers_ahead()) or None)
            self.spawn(self._run(answer))
            if not together:
                before = [*before, answer.life]
        if not room.temporary and not all(answer.is_written_by(self._journals) for answer in answers):
            # It was kept meanwhile.
            await self._write_down(room)
        self._show_answering(room)
        return [answer.id for answer in answers]

    async def _begin_journals(
        self, room: Room, answers: Sequence[AnswerHeader]
    ) -> tuple[JournalWriter, Sequence[Journal]]:
        """None where this process alone has the conversation in its memory."""
        shared = self.homes.temporary
        if room.temporary and shared is None:
            return self._journals, ()
        if room.temporary and shared is not None:
            try:
                begun = await asyncio.to_thread(begin_journals, shared.journals, room.id, answers)
                return self._temporary_journals, begun
            except ConversationNotFoundError:
                # Another process kept it just now, or it is gone.
                await room.catch_up()
        return self._journals, await asyncio.to_thread(self.begin_journals, room.id, answers)

    async def _find_lives(self, room: Room, answers: Sequence[str]) -> list[Life]:
        """Of those of them that stream, in whichever process; of the others' ends the room will hear."""
        elsewhere = [live for answer in answers if (live := room.live.get(answer)) and live.remote]
        if elsewhere:
            # Those that wait for them are in the room already, and keep them followed.
            async with room.following_other_processes():
                pass
        here = [self.answers[answer].life for answer in answers if answer in self.answers]
        return [*here, *(Life.of_another_process(live.ended) for live in elsewhere)]

    def stop(self, room: Room, message: str | None) -> None:
        """Stops one answer of the room, those to one message, or all, in whichever process they stream."""
        self.stop_here(room, message)
        self.broadcast.send_stop(room.id, message)

    def stop_here(self, room: Room, message: str | None) -> None:
        for answer in list(self.answers.values()):
            if answer.room is room and message in (None, answer.id, answer.plan.header["parent"]):
                answer.stop()

    async def stop_answers_of(self, owner: str) -> None:
        """Stops all that this process answers to `owner`, and waits a little until it is written."""
        rooms = {answer.room for answer in self.answers.values() if answer.room.owner == owner}
        for room in rooms:
            self.stop(room, None)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPPING_SECONDS):
                for room in rooms:
                    await self._wait_until_silent(room)

    def approve(self, approval: Approval) -> None:
        """Lets go on what waits for it, or tells the model that it may not, in whichever process."""
        if not self.approve_here(approval):
            self.broadcast.send_approval(approval)

    def approve_here(self, approval: Approval) -> bool:
        """Applies what a person said of calls; returns whether this process gives the answer."""
        answer = self.answers.get(approval.message)
        if answer is None or answer.room.id != approval.conversation:
            return False
        settled = answer.approve(approval.calls, approval.decision)
        turn = answer.plan.header["parent"]
        for other in list(self.answers.values()):
            if settled and other.room is answer.room and other.plan.header["parent"] == turn:
                other.approve_equals(settled, approval.decision)
        return True

    def count_answering(self, conversation: str) -> int:
        """How many answers stream in it, as far as this process knows."""
        room = self.rooms.find_loaded(conversation)
        return 0 if room is None else len(room.live)

    def count_waiting(self, conversation: str) -> int:
        """How many of them wait for a person to allow a call."""
        room = self.rooms.find_loaded(conversation)
        return 0 if room is None else count_waiting_in(room)

    async def find_answering(self, message: str, owner: str) -> set[str]:
        """Conversations in which that answer, or one to that message, is given, in whichever process. What
        other processes give may be somebody else's."""
        here = {answer.room.id for answer in self._given_to(message, owner)}
        return here.union(await self.broadcast.find_answering(message))

    def _given_to(self, message: str, owner: str) -> list[Answer]:
        """The answer of that id, or those to the message of that id, that are being given to `owner` here."""
        return [
            answer
            for answer in self.answers.values()
            if message in (answer.id, answer.plan.header["parent"])
            and answer.record is None
            and answer.room.owner == owner
        ]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` as a task of the server, which outlives the request that began it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)

    async def trash(self, room: Room) -> None:
        """Ends what streams in the room, with its text, and moves the file to the trash."""
        self.stop(room, None)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPPING_SECONDS):
                await self._wait_until_silent(room)
        if room.temporary:
            await asyncio.to_thread(self.homes.remove, room.id)
            self.rooms.drop(room.id)
            room.show(removed_frame(room.id))
            self.broadcast.send_activity(room.id, "", {})
            return
        await asyncio.to_thread(self.store.trash, room.id)
        self.rooms.drop(room.id)
        self.activity.note_change(room.id)
        self.activity.show_row(room, {"removed": True})

    async def _wait_until_silent(self, room: Room) -> None:
        """Until nothing streams in it, in whichever process."""
        while ending := [answer.ended.wait() for answer in self.answers.values() if answer.room is room]:
            await asyncio.gather(*ending)
        if elsewhere := [live.ended.wait() for live in room.live.values() if live.remote]:
            async with room.following_other_processes():
                await asyncio.gather(*elsewhere)

    def drop_conversation(self, conversation: str) -> None:
        """Its file is gone: what streams in it is stopped, and stays in its journal."""
        if (room := self.rooms.drop(conversation)) is not None:
            self.stop_here(room, None)

    async def restore(self, conversation: str, *, owner: str) -> Room:
        """Raises ConversationNotFoundError where the trash holds no such conversation of `owner`."""

        def bring_back() -> None:
            if owner_in_trash(self.store, conversation) != owner:
                raise ConversationNotFoundError(f"no conversation {conversation} of that owner in the trash")
            self.store.restore(conversation)

        await asyncio.to_thread(bring_back)
        room = await self.rooms.open(conversation)
        await self._take_all_records(room)
        return room

    async def shutdown(self) -> None:
        """Ends all answers as `interrupted`, with their text in the files, and closes what is open."""
        self._closing = True
        await self.file_watch.aclose()
        await self.purging.aclose()
        await self.mirroring.aclose()
        for answer in list(self.answers.values()):
            answer.stop("interrupted")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SHUTDOWN_SECONDS)
        for close in when_shut_down:
            await close()
        for writer in {self._journals, self._temporary_journals}:
            await writer.aclose()
        await self.index.aclose()
        await asyncio.to_thread(ledger.write)
        await self.broadcast.aclose()
        await registry.aclose()

    async def _take_all_records(self, room: Room) -> None:
        """The whole conversation is new to the index and to the lists."""
        records = await asyncio.to_thread(lambda: list(room.file.records_from(0)))
        self.activity.take_records(room, records, own=True)

    async def _run(self, answer: Answer) -> None:
        try:
            await answer.run(tell_of_end)
        finally:
            self.answers.pop(answer.id, None)
            self._show_answering(answer.room)
            if answer.transcript.waiting:
                self._show_waiting(answer.room)
        if not self._closing:
            for then in after_answer:
                self.spawn(then(answer.room, answer))

    def _reap(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            logger.error("A task of the engine failed", exc_info=failure)

    def _show_answering(self, room: Room) -> None:
        self.activity.show_row(room, {"answering": len(room.live)})

    def stop_waiting_for_people(self) -> None:
        """From now on an answer that would wait for a person to allow a call is interrupted."""
        self._expects_nobody = True
        for answer in list(self.answers.values()):
            if answer.transcript.waiting:
                answer.stop("interrupted")

    def _show_waiting(self, room: Room) -> None:
        if self._expects_nobody:
            self.stop_waiting_for_people()
        self.activity.show_row(room, {"waiting": count_waiting_in(room)})


def count_waiting_in(room: Room) -> int:
    return sum(live.header["status"] == "waiting" for live in room.live.values())


def tell_of_end(answer: Answer) -> None:
    for told in when_ended:
        told(answer.room, answer)
