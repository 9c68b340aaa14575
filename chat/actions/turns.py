"""What streams in a turn, what it shows, and turns that another process has just begun."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chat.engine import current_engine
from chat.engine.room import Room
from conversations.records import AnswerHeader

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


def shown_answer(room: Room) -> str | None:
    """The answer that a message without a parent follows; where lanes still stream, that which goes on of
    them and of those that have ended."""
    tree = room.file.tree
    shown = tree.messages.get(tree.head or "")
    if shown is not None and (coming := coming_after(room, shown)):
        return min(coming, key=tree.rank)["id"]
    for message in reversed(tree.path()):
        if tree.messages[message]["role"] == "assistant":
            return message
    return None


def coming_after(room: Room, shown: Mapping[str, Any]) -> list[AnswerHeader]:
    """What streams and will be shown next, or instead."""
    asked = shown["id"] if shown["role"] == "user" else shown["parent"]
    coming = [room.live[answer].header for answer in answers_to(room, asked)]
    if shown["role"] == "user":
        return coming
    others = [header for header in coming if header["lane"] != shown["lane"]]
    return [header for header in others if room.file.tree.gives_way(header)]


def known_answers(room: Room, message: str) -> list[str]:
    tree = room.file.tree
    lane = {answer: tree.messages[answer].get("lane") for answer in tree.children(message)}
    lane |= {answer: room.live[answer].header["lane"] for answer in answers_to(room, message)}
    asked: list[str] = tree.messages[message].get("lanes", [])
    place = {name: number for number, name in enumerate(asked)}
    return sorted(lane, key=lambda answer: place.get(str(lane[answer]), len(place)))
