"""What the reader of a link is shown: who said what. Prompts, parameters, costs, errors, documents' passages,
ids of the owner's, and what the owner kept back stay here."""

import asyncio
from typing import Any

from chat.doors.shares.links import ends_at, messages_of
from chat.engine.room import Room
from chat.models import Share
from conversations.blind import letter_of, mask_message
from conversations.export.outline import title_of
from conversations.shapes import parts_of
from core.times import timestamp

Shown = dict[str, Any]


async def page_of(share: Share, room: Room) -> Shown:
    records = await asyncio.to_thread(room.file.messages, await messages_of(share, room))
    tree = room.file.tree
    path = set(tree.path(ends_at(share, tree)))
    lanes = [lane["id"] for lane in tree.settings["lanes"]]
    messages = []
    for record in map(dict, records):
        letter = letter_of(tree, record)
        messages.append(message_of(mask_message(tree, record), share, letter))
        if record["role"] == "assistant" and letter is None:
            messages[-1] |= standing_of(record, lanes, path)
    return {
        "title": title_of(room.file),
        "created": timestamp(share.created),
        "messages": [one for one in messages if one["parts"] or one["withheld"]],
    }


def message_of(record: dict[str, Any], share: Share, letter: str | None) -> Shown:
    """`letter`: of an answer whose model is hidden."""
    parts = parts_of(record)
    given = [part_of(part, share) for part in parts if share.attachments or not is_attached(part)]
    made = {
        "id": record["id"],
        "role": record["role"],
        "at": record.get("at"),
        "parts": given,
        "withheld": len(parts) - len(given),
    }
    if record["role"] == "assistant":
        model = str(record.get("model", "")).partition("/")[2]
        made |= {"status": record.get("status"), **({"letter": letter} if letter else {"model": model})}
        if isinstance(record.get("speaker"), str):
            made["speaker"] = record["speaker"]
    return made


def standing_of(record: dict[str, Any], lanes: list[str], path: set[str]) -> Shown:
    """`place`: of its lane among the conversation's, which gives it its order and colour. `chosen`: the
    conversation continues from it."""
    lane = record.get("lane")
    return {
        **({"place": lanes.index(lane)} if lane in lanes else {}),
        **({"chosen": True} if record["id"] in path else {}),
    }


FIELDS = {
    "text": ("type", "text"),
    "reasoning": ("type", "text", "ms"),
    "image": ("type", "sha256", "name", "mime", "bytes"),
    "file": ("type", "sha256", "name", "mime", "bytes"),
    "tool_call": ("type", "id", "name", "title", "source"),
    "tool_result": ("type", "id", "name", "is_error", "ms"),
}
OF_CALLS = {"tool_call": ("arguments",), "tool_result": ("content", "truncated")}
"""What may hold anything: only where the owner chose to show it."""


def part_of(part: dict[str, Any], share: Share) -> dict[str, Any]:
    kind = part["type"]
    fields = (*FIELDS[kind], *(OF_CALLS.get(kind, ()) if share.calls else ()))
    return {name: part[name] for name in fields if name in part}


def is_attached(part: dict[str, Any]) -> bool:
    return part["type"] in ("image", "file")


async def attachment_of(share: Share, room: Room, sha256: str) -> dict[str, Any] | None:
    """The part of a message that the attachment is, where the link shows that message."""
    if not share.attachments:
        return None
    records = await asyncio.to_thread(room.file.messages, await messages_of(share, room))
    parts = (part for record in records for part in parts_of(dict(record)) if is_attached(part))
    return next((part for part in parts if part["sha256"] == sha256), None)
