"""What streams in a turn, and turns that another process has just begun."""

import asyncio
from datetime import UTC, datetime, timedelta

from chat.engine import current_engine
from chat.engine.room import Room

LOOKS = 20
LOOK_AGAIN = 0.05
"""Seconds: between a message and its answers other processes see the file without them."""
LATELY = timedelta(seconds=5)


def answers_to(room: Room, message: str | None) -> list[str]:
    """Ids of the answers to `message` that stream now, in the order in which they were asked."""
    return [answer for answer, live in room.live.items() if live.header["parent"] == message]


async def see_answers(room: Room, message: str | None) -> None:
    """Of a message of a person that another process has just posted: returns when the room knows an answer
    to it. Not late, for that process may have died."""
    engine = current_engine()
    for _ in range(0 if engine.broadcast.alone else LOOKS):
        if message is None or not awaits_answers(room, message):
            return
        await asyncio.sleep(LOOK_AGAIN)
        await room.catch_up()
        await engine.broadcast.look(room.id)


def awaits_answers(room: Room, message: str) -> bool:
    tree = room.file.tree
    found = tree.messages.get(message)
    if found is None or found["role"] != "user" or not found.get("lanes"):
        return False
    return not tree.children(message) and not answers_to(room, message) and was_lately(found.get("at"))


def was_lately(at: str | None) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(at or "") < LATELY
    except (TypeError, ValueError):
        return False
