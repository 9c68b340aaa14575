import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chat.engine.broadcast import Broadcast, NoPeers
from chat.engine.frames import Frame, join_encoded, make_frame, record_frame
from chat.engine.reader import Reader
from chat.engine.recent import NotRecentError, RecentMessages
from chat.engine.transcript import Transcript
from chat.protocol.notes import note_text
from conversations.errors import StoreError
from conversations.owners import owner_of
from conversations.records import MessageRecord, Record
from conversations.shapes import parts_of
from conversations.store.conversation import ConversationFile, Placed
from core import heap

OnRecords = Callable[["Room", Sequence[Placed], bool], None]
"""Called with what a room has just shown, and whether this process appended it."""
OnKept = Callable[["Room"], None]
NO_PEERS = NoPeers()
LONG_SNAPSHOT = 1_000_000
"""Characters. To read so many records takes ten times the memory, in pieces that lie about in the heap."""
UNTIL_SENT = 3.0
"""Seconds after which a long snapshot has most often been read, and what it took is free."""

Done = TypeVar("Done")


@dataclass(slots=True)
class Position:
    """How far a reader has read: `offset` of the file, and of each answer that streams the next delta."""

    offset: int
    seqs: dict[str, int] = field(default_factory=dict)


class Room:
    """One conversation in this process: its file, the answers that stream in it and who reads along.

    Records reach readers in the order of the file, and a reader that opens misses none and sees none
    twice: whoever appends, or takes a snapshot, holds `_file_lock`. Deltas need no lock.
    """

    def __init__(
        self,
        file: ConversationFile,
        on_records: OnRecords,
        broadcast: Broadcast = NO_PEERS,
        on_kept: OnKept = lambda room: None,
    ) -> None:
        self.file = file
        self.id = file.id
        self.live: dict[str, Transcript] = {}
        self.readers: set[Reader] = set()
        self.recent = RecentMessages()
        self.command_lock = asyncio.Lock()
        """Held while a message is posted: the same id sent twice at once posts once."""
        self._file_lock = asyncio.Lock()
        self._following = 0
        self._on_records = on_records
        self._broadcast = broadcast
        self._on_kept = on_kept
        self._was_temporary = file.temporary

    @property
    def owner(self) -> str | None:
        """Whose conversation it is; None where the file does not say."""
        return owner_of(self.file.tree.conversation)

    @property
    def temporary(self) -> bool:
        """In memory alone, in no list, and forgotten when nobody has it open any more."""
        return self.file.temporary

    @property
    def idle(self) -> bool:
        return not self.live and not self.needs_other_processes and not self._file_lock.locked()

    @property
    def needs_other_processes(self) -> bool:
        """Whether anybody here is shown, or waits for, what they answer in it."""
        return bool(self.readers or self._following) or any(not live.remote for live in self.live.values())

    async def append(self, *records: Record, after: int | None = None) -> None:
        """On disk (fsync) and shown to the readers when this returns. Raises StorageError,
        ConversationDamagedError, MessageExistsError; with `after`, an offset of the file, OvertakenError
        where a message stands behind it."""
        await self.append_then(records, do_nothing, after=after)

    async def append_then(
        self, records: Sequence[Record], then: Callable[[], Done], *, after: int | None = None
    ) -> Done:
        """As `append`; then, in the same thread, what has to follow on the disk. Where that raises StoreError
        the records stand, and are shown, before it is raised here."""
        async with self._file_lock:
            place, readings = self.file.told_place(self.file.size), self.file.readings
            news, done = await asyncio.to_thread(self._append_and_read, records, then, after)
            self._show_records(news, own=True)
            if self.file.readings == readings:
                self._broadcast.send_records(self.id, place, news)
        return done.result()

    async def read_messages(self, ids: Sequence[str]) -> Sequence[MessageRecord]:
        """As those of its file; what was shown just now is not read from the disk."""
        try:
            return self.recent.read(self.file, ids)
        except NotRecentError:
            return await asyncio.to_thread(self.file.messages, ids)

    async def move_to(self, move: Callable[[], ConversationFile], broadcast: Broadcast) -> None:
        """To the file that `move` gives, where it lasts; nothing is appended here meanwhile. From then on
        other processes are told."""
        async with self._file_lock:
            self.file = await asyncio.to_thread(move)
            self._was_temporary = False
        self._broadcast = broadcast

    async def catch_up(self) -> None:
        """Shows what other processes appended. Of a file that another program replaced, all."""
        async with self._file_lock:
            readings = self.file.readings
            news = await asyncio.to_thread(self._read)
            if self.file.readings == readings:
                self._show_records(news)
            elif not self._notice_keeping():
                await self._show_snapshot()
                self._on_records(self, news, False)

    def take_told(self, place: tuple[str, int], placed: Sequence[Placed]) -> None:
        """Shows what another process has just appended and told; what cannot be taken in at this moment is
        found by whoever looks next."""
        if not self._file_lock.locked():
            self._show_records(self.file.take_told(place, placed))

    async def show_snapshot(self) -> None:
        """Shows the whole conversation anew to the readers of this process."""
        async with self._file_lock:
            await self._show_snapshot()

    async def open(self, reader: Reader, ref: str | None = None) -> Position:
        """Puts the conversation as it stands to `reader`, and from then on all that happens. Returns how far
        it has read."""
        async with self.following_other_processes(), self._file_lock:
            self._show_records(await asyncio.to_thread(self._read))
            reader.put(await self._snapshot(ref))
            self._put_notes(reader)
            self.readers.add(reader)
            return Position(self.file.size, {live: shown.seq for live, shown in self.live.items()})

    async def resume(self, reader: Reader, position: Position) -> None:
        """As `open`, for a reader that has read to `position` already, perhaps at another process, which may
        be ahead of this one. Raises InvalidCursorError."""
        async with self.following_other_processes(), self._file_lock:
            self._show_records(await asyncio.to_thread(self._read))
            missed = await asyncio.to_thread(lambda: list(self.file.records_from(position.offset)))
            reader.begin_at(position.seqs)
            for end, record in missed:
                reader.put(record_frame(self.id, record, end))
            for live in self.live.values():
                if live.header["id"] not in position.seqs:
                    self._put_start(reader, live)
                for delta in live.frames_since(position.seqs.get(live.header["id"], 0)):
                    reader.put(delta)
            self.readers.add(reader)

    def follow(self, reader: Reader, missed: Sequence[Placed] = ()) -> None:
        """For who has just sent a message: nothing to catch up with but `missed`, the records of a
        conversation that this message began, and what streams. No `snapshot`."""
        if reader in self.readers:
            return
        for end, record in missed:
            reader.put(record_frame(self.id, record, end))
        for live in self.live.values():
            self._put_start(reader, live)
            for delta in live.frames_since(0):
                reader.put(delta)
        self.readers.add(reader)
        self._broadcast.begin_to_follow(self.id)

    def leave(self, reader: Reader) -> None:
        self.readers.discard(reader)

    def show(self, item: Frame) -> None:
        """Sends a frame to the readers of this process."""
        for reader in self.readers:
            reader.put(item)

    def broadcast(self, item: Frame) -> None:
        """Sends a frame to the readers of all processes."""
        self.show(item)
        self._broadcast.send_frame(self.id, item)

    def note(self, code: str, values: Mapping[str, Any] | None = None, *, message: str | None = None) -> None:
        """Tells the readers something beside the answer `message`, in the active language."""
        given = dict(values or {})
        event = {
            "type": "note",
            "conversation": self.id,
            "code": code,
            "text": note_text(code, given),
            "values": given,
        }
        if message is not None:
            event["message"] = message
        told = make_frame(event)
        if (live := self.live.get(message or "")) is not None:
            live.keep_note(code, told)
        self.broadcast(told)

    async def _show_snapshot(self) -> None:
        snapshot = await self._snapshot(None)
        for reader in self.readers:
            reader.begin_at({})
            reader.put(snapshot)
            self._put_notes(reader)

    async def _snapshot(self, ref: str | None) -> Frame:
        event: dict[str, Any] = {
            "type": "snapshot",
            "ref": ref,
            "conversation": self.id,
            "records": join_encoded(await asyncio.to_thread(self.file.snapshot)),
            "live": [
                {"message": live.header, "seq": live.seq, "parts": live.parts()}
                for live in self.live.values()
            ],
        }
        if self.file.damaged is not None:
            event["readonly"] = True
        if self.temporary:
            event["temporary"] = True
        frame = make_frame(event)
        if len(frame.body) > LONG_SNAPSHOT:
            loop = asyncio.get_running_loop()
            loop.call_later(UNTIL_SENT, loop.run_in_executor, None, heap.return_free_memory)
        return frame

    def _put_start(self, reader: Reader, live: Transcript) -> None:
        reader.put(make_frame({"type": "start", "conversation": self.id, "message": live.header}))
        for note in live.notes():
            reader.put(note)

    def _put_notes(self, reader: Reader) -> None:
        """Of all answers that stream: a snapshot has none."""
        for live in self.live.values():
            for note in live.notes():
                reader.put(note)

    @asynccontextmanager
    async def following_other_processes(self) -> AsyncIterator[None]:
        """`live` has what they answer in it too, until the block ends, and on from there while
        `needs_other_processes` holds."""
        self._following += 1
        try:
            await self._broadcast.follow(self.id)
            yield
        finally:
            self._following -= 1

    def _append_and_read(
        self, records: Sequence[Record], then: Callable[[], Done], after: int | None
    ) -> tuple[list[Placed], Future[Done]]:
        before, readings = self.file.size, self.file.readings
        news = self.file.append_placed(records, after=after)
        if self.file.readings != readings:
            news = [placed for placed in news if placed[0] > before]
        return news, outcome_of(then)

    def _read(self) -> list[Placed]:
        """What is new; of a file that was replaced, all."""
        return self.file.refresh_placed()

    def _notice_keeping(self) -> bool:
        """Whether another process made it a lasting one since it was last looked."""
        if self._was_temporary == self.temporary:
            return False
        self._was_temporary = self.temporary
        self._on_kept(self)
        return True

    def _show_records(self, news: Sequence[Placed], *, own: bool = False) -> None:
        self._notice_keeping()
        for end, record in news:
            ended = self.live.pop(record["id"], None) if record["type"] == "message" else None
            if ended is not None and ended.behind:
                for missed in ended.end_with(parts_of(record)):
                    self.show(missed)
            self.show(record_frame(self.id, record, end))
            if ended is not None:
                ended.ended.set()
        self.recent.keep_messages(self.file, [record for _, record in news])
        if news:
            self._on_records(self, news, own)


def do_nothing() -> None:
    pass


def outcome_of(work: Callable[[], Done]) -> Future[Done]:
    """What it gives, or the StoreError that it raises."""
    outcome: Future[Done] = Future()
    try:
        outcome.set_result(work())
    except StoreError as error:
        outcome.set_exception(error)
    return outcome
