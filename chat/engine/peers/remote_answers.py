"""Answers that stream in another process, as this one's readers see them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import orjson

from chat.engine.frames import Frame, make_frame
from chat.engine.room import Room
from chat.engine.transcript import Numbered, Transcript
from conversations.answer_parts import Delta, WholePart, fold_pieces, take_until_gap
from conversations.errors import StoreError
from conversations.store.base import Journals
from conversations.store.homes import Homes
from conversations.store.journal_lines import parse_line

logger = logging.getLogger(__name__)

TRIES = 20
WAIT = 0.05
"""Seconds between two looks into a journal, which is written that often."""
NUMBERED = (Delta, WholePart)
MOST_AHEAD = 10_000
"""Deltas that are kept while a gap before them is filled."""


def list_remote_answers(room: Room) -> list[str]:
    """Ids of the room's answers that other processes give."""
    return [answer for answer, live in room.live.items() if live.remote]


class SeenJournals(NamedTuple):
    """Which answers of a room have journals, and which the room had of other processes just before. `left`:
    some of the journals may be a dead process's. `grown`: the room may not have all records."""

    room: Room
    known: list[str]
    names: list[str]
    left: bool
    grown: bool


class RemoteAnswers:
    """The journals are the truth; frames only bring it sooner. What comes after a gap waits until the journal
    has filled it."""

    def __init__(self, homes: Homes) -> None:
        self._homes = homes
        self._ahead: dict[str, dict[int, Numbered]] = {}
        self._filling: set[asyncio.Task[None]] = set()
        self._seen: WeakKeyDictionary[Transcript, int] = WeakKeyDictionary()
        """The next delta of each answer, as it was at the last look."""

    async def wait_until_filled(self) -> None:
        """Returns when no gap is being filled any more."""
        while self._filling:
            await asyncio.wait(self._filling)

    async def aclose(self) -> None:
        for task in self._filling:
            task.cancel()
        if self._filling:
            await asyncio.wait(self._filling)

    async def find_journals(self, rooms: Sequence[Room], *, temporary: bool) -> list[SeenJournals]:
        """Of all these rooms together, all of one home: most have none. Raises StoreError."""
        known = [(room, list_remote_answers(room)) for room in rooms]
        journals = self._homes.journals(temporary=temporary)

        def look() -> list[SeenJournals]:
            # First the journals: of what has none any more the record is there.
            names = journals.answer_ids_by_conversation([room.id for room in rooms])
            left = journals.find_left(names) if names else ()
            grown = self._find_grown(rooms, temporary=temporary)
            return [
                SeenJournals(room, before, names.get(room.id, []), room.id in left, room.id in grown)
                for room, before in known
            ]

        return await asyncio.to_thread(look)

    def _find_grown(self, rooms: Sequence[Room], *, temporary: bool) -> set[str]:
        if temporary:
            return {room.id for room in rooms}
        stamps = dict(self._homes.lasting.stamps([room.id for room in rooms]))
        return {
            room.id for room in rooms if (stamp := stamps.get(room.id)) is None or stamp[0] != room.file.size
        }

    async def take_in(self, found: SeenJournals) -> None:
        """Afterwards the room knows what streams elsewhere, and of what ended there or whose process died the
        record. Text that frames bring anyhow is not read again. Raises StoreError."""
        room, known = found.room, found.known
        elsewhere = [name for name in found.names if (live := room.live.get(name)) is None or live.remote]
        if elsewhere and found.left:
            await asyncio.to_thread(self._journals_of(room).recover, room.id)
        if (elsewhere or known) and (found.left or found.grown):
            await room.catch_up()
        for answer in elsewhere:
            live = room.live.get(answer)
            if live is None or self._seen.get(live) == live.seq:
                await self.fill(room, answer)
            if (live := room.live.get(answer)) is not None:
                self._seen[live] = live.seq
        for answer in set(known).difference(found.names):
            self.forget_answer(room, answer)

    async def fill(self, room: Room, answer: str) -> None:
        """Shows what the answer's journal holds beyond what has been shown."""
        if answer in room.file.tree.messages:
            return
        try:
            journal = await asyncio.to_thread(self._journals_of(room).read, room.id, answer)
        except StoreError:
            return
        if answer in room.file.tree.messages:
            return
        live = room.live.get(answer)
        if live is None:
            live = room.live[answer] = Transcript(room.id, journal.header, remote=True)
            live.wait_for(journal.waiting)
            room.show(make_frame({"type": "start", "conversation": room.id, "message": live.header}))
        if live.remote:
            parts = fold_pieces(take_until_gap(journal.pieces))
            changed = parts.seq >= live.seq and live.wait_for(journal.waiting)
            for missed in live.catch_up(parts, journal.facts):
                room.show(missed)
            if changed:
                room.show(make_frame({"type": "start", "conversation": room.id, "message": live.header}))

    def _journals_of(self, room: Room) -> Journals:
        return self._homes.journals(temporary=room.temporary)

    def forget_answer(self, room: Room, answer: str) -> None:
        """Drops what is kept of an answer that streams no more, or that nobody reads along."""
        if (live := room.live.get(answer)) is not None and live.remote:
            del room.live[answer]
            live.ended.set()

    def take_frame(self, rooms: Mapping[str, Room], body: str) -> None:
        """A frame that another process sent, for one of `rooms`. What the readers have had already is passed
        over."""
        event: dict[str, Any] = orjson.loads(body)
        room = rooms.get(event["conversation"])
        if room is None:
            return
        if event["type"] == "start":
            self._take_start(room, event["message"], body)
        elif event["type"] in ("delta", "part"):
            self._take_piece(room, event)
        elif event["type"] == "records":
            identity, size = event["place"]
            room.take_told((identity, size), event["placed"])
        else:
            note = Frame(body)
            live = room.live.get(event.get("message") or "")
            if event["type"] == "note" and live is not None:
                live.keep_note(event["code"], note)
            room.show(note)

    def _take_start(self, room: Room, header: Any, body: str) -> None:
        if header["id"] in room.file.tree.messages:
            return
        known = room.live.get(header["id"])
        if known is None:
            room.live[header["id"]] = Transcript(room.id, header, remote=True)
        elif known.remote:
            known.set_header(header)
        room.show(Frame(body))

    def _take_piece(self, room: Room, event: dict[str, Any]) -> None:
        """A delta, or a part that came whole."""
        answer, piece = event["message"], parse_line(event)
        live = room.live.get(answer)
        is_known = answer in room.file.tree.messages or (live is not None and not live.remote)
        if is_known or not isinstance(piece, NUMBERED):
            return
        if live is not None and piece.seq == live.seq:
            room.show(live.add_numbered(piece))
            if answer in self._ahead:
                self._show_ahead(room, answer)
        elif live is None or piece.seq > live.seq:
            self._keep_ahead(room, answer, piece)

    def _keep_ahead(self, room: Room, answer: str, piece: Numbered) -> None:
        ahead = self._ahead.get(answer)
        if ahead is None:
            ahead = self._ahead[answer] = {}
            filling = asyncio.create_task(self._fill_gap(room, answer))
            self._filling.add(filling)
            filling.add_done_callback(self._filling.discard)
        if len(ahead) < MOST_AHEAD:
            ahead[piece.seq] = piece

    async def _fill_gap(self, room: Room, answer: str) -> None:
        try:
            for _ in range(TRIES):
                await asyncio.sleep(WAIT)
                await self.fill(room, answer)
                if self._show_ahead(room, answer):
                    return
        except Exception:
            logger.exception("What streams in another process could not be read")
        finally:
            self._ahead.pop(answer, None)

    def _show_ahead(self, room: Room, answer: str) -> bool:
        """Whether nothing waits behind a gap any more."""
        ahead, live = self._ahead.get(answer), room.live.get(answer)
        if not ahead or live is None:
            return answer in room.file.tree.messages or ahead is None
        while (piece := ahead.pop(live.seq, None)) is not None:
            room.show(live.add_numbered(piece))
        for seq in [seq for seq in ahead if seq < live.seq]:
            del ahead[seq]
        return not ahead
