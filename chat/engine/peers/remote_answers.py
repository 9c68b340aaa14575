"""Answers that stream in another process, as this one's readers see them."""

import asyncio
from typing import Any

import orjson

from chat.engine.frames import Frame
from chat.engine.room import Room
from chat.engine.transcript import Transcript
from conversations.answer_parts import Delta, WholePart, fold, without_gap
from conversations.errors import StoreError
from conversations.files.journal import read_journal
from conversations.files.journal_lines import parse_line
from conversations.files.store import FileStore

TRIES = 6
WAIT = 0.05
"""Seconds between two looks into a journal, which is written that often."""


def list_remote_answers(room: Room) -> list[str]:
    """Ids of the room's answers that other processes give."""
    return [answer for answer, live in room.live.items() if live.remote]


async def find_remote_answers(store: FileStore, room: Room) -> None:
    """Takes up every answer of the room that streams elsewhere, as far as its journal goes."""
    folder = store.live_folder(room.id)
    names = await asyncio.to_thread(lambda: [path.stem for path in folder.glob("*.jsonl")])
    for answer in names:
        if answer not in room.live and answer not in room.file.tree.messages:
            await fill_from_journal(store, room, answer)


async def show_frame(store: FileStore, room: Room, body: str) -> None:
    """A frame that another process sent. What the readers have had already is passed over."""
    event: dict[str, Any] = orjson.loads(body)
    if event["type"] == "start":
        begin_remote_answer(room, event["message"], body)
    elif event["type"] in ("delta", "part"):
        await show_piece(store, room, event)
    else:
        note = Frame(body)
        live = room.live.get(event.get("message") or "")
        if event["type"] == "note" and live is not None:
            live.keep_note(event["code"], note)
        room.show(note)


def begin_remote_answer(room: Room, header: Any, body: str) -> None:
    if header["id"] in room.file.tree.messages:
        return
    known = room.live.get(header["id"])
    if known is None:
        room.live[header["id"]] = Transcript(room.id, header, remote=True)
    else:
        known.set_header(header)
    room.show(Frame(body))


async def show_piece(store: FileStore, room: Room, event: dict[str, Any]) -> None:
    """A delta, or a part that came whole."""
    answer, piece = event["message"], parse_line(event)
    if answer in room.file.tree.messages or not isinstance(piece, Delta | WholePart):
        return
    for _ in range(TRIES):
        live = room.live.get(answer)
        if live is not None and piece.seq <= live.seq:
            break
        await asyncio.sleep(WAIT)
        await fill_from_journal(store, room, answer)
    live = room.live.get(answer)
    if live is not None and piece.seq == live.seq:
        room.show(live.take(piece))


async def fill_from_journal(store: FileStore, room: Room, answer: str) -> None:
    """Shows what the answer's journal holds beyond what has been shown."""
    try:
        journal = await asyncio.to_thread(read_journal, store, room.id, answer)
    except StoreError:
        return
    if answer in room.file.tree.messages:
        return
    live = room.live.setdefault(answer, Transcript(room.id, journal.header, remote=True))
    if live.remote:
        for missed in live.catch_up(fold(without_gap(journal.pieces)), journal.facts):
            room.show(missed)
