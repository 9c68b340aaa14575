"""The events of a conversation as Server-Sent Events. `id:` is the cursor: where the reader stands in the
file and in each answer that streams, so that `Last-Event-ID` goes on without a gap or a repetition."""

import asyncio
from collections.abc import AsyncIterator, Collection

from django.http import StreamingHttpResponse

from chat.engine.frames import Frame
from chat.engine.reader import Reader
from chat.engine.room import Position, Room
from conversations.errors import InvalidCursorError
from conversations.ids import is_message_id

KEEPALIVE = 15.0
"""Seconds of silence after which a comment is sent: proxies close what is silent."""


def parse_cursor(text: str) -> Position | None:
    """`8123,k3v9x2qd:17`; None where that is no cursor."""
    offset, *answers = text.split(",")
    position = Position(0)
    try:
        position.offset = int(offset)
        for answer in answers:
            message, _, seq = answer.partition(":")
            if not is_message_id(message):
                return None
            position.seqs[message] = int(seq)
    except ValueError:
        return None
    return position


def cursor_after(position: Position, item: Frame) -> str:
    """Moves `position` past the frame, and writes it down."""
    if item.seq is not None and item.message is not None:
        position.seqs[item.message] = item.seq + 1
    elif item.offset is not None:
        position.offset = item.offset
        position.seqs.pop(item.message or "", None)
    return ",".join([str(position.offset), *(f"{answer}:{seq}" for answer, seq in position.seqs.items())])


def sse_response(chunks: AsyncIterator[str] | AsyncIterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def follow_room(room: Room, cursor: str) -> AsyncIterator[str]:
    """All that happens in the room, from `cursor` on or else from a snapshot on, until the client leaves."""
    reader = Reader()
    try:
        position = await enter_room(room, reader, parse_cursor(cursor))
        async for chunk in event_chunks(reader, position):
            yield chunk
    finally:
        room.leave(reader)


async def enter_room(room: Room, reader: Reader, position: Position | None) -> Position:
    if position is not None:
        try:
            await room.resume(reader, position)
            return position
        except InvalidCursorError:
            pass
    return await room.open(reader)


async def event_chunks(reader: Reader, position: Position) -> AsyncIterator[str]:
    while not reader.overflowed:
        try:
            async with asyncio.timeout(KEEPALIVE):
                frames = await reader.take_frames()
        except TimeoutError:
            yield ": keep-alive\n\n"
            continue
        yield "".join(f"id: {cursor_after(position, item)}\ndata: {item.body}\n\n" for item in frames)


async def until_answered(
    room: Room, reader: Reader, first: Frame, answers: Collection[str]
) -> AsyncIterator[str]:
    """What a `reader` that follows the room is told until the last of `answers` has its record."""
    waiting = set(answers)
    try:
        yield f"data: {first.body}\n\n"
        while waiting and not reader.overflowed:
            for item in await reader.take_frames():
                yield f"data: {item.body}\n\n"
                if item.offset is not None and item.message in waiting:
                    waiting.discard(item.message)
    finally:
        room.leave(reader)
