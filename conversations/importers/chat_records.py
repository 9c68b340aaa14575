"""The records of a conversation from elsewhere."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from conversations.attachments import Attachment
from conversations.ids import ALPHABET, is_message_id
from conversations.owners import named_owner
from conversations.records import FORMAT, Record, unmeasured_timing
from conversations.settings import Lane, first_settings
from conversations.titles import title_from
from core.accounts import name_of
from core.times import timestamp

from .chat import Chat, Node, read_text, text_parts
from .threads import Threads

LONGEST_ERROR = 2_000
"""Characters of what a service said."""

Keep = Callable[[bytes], Attachment]


def ending_of_chat(chat: Chat, owner: str) -> str:
    """The last part of the conversation's id: the same each time, so that what is imported twice stands
    once, also where nobody knows when it began."""
    return short_hash(chat.source, owner, chat.key or repr((chat.title, [_said(one) for one in chat.nodes])))


def _said(node: Node) -> tuple[Any, ...]:
    return node.id, node.role, node.parts


def short_hash(*texts: str) -> str:
    number = int.from_bytes(hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).digest()[:8])
    return "".join(ALPHABET[number >> shift & 31] for shift in range(0, 40, 5))


def began_at(chat: Chat, otherwise: datetime) -> datetime:
    """`otherwise`: where the file says nothing at all."""
    first = min((node.at for node in chat.nodes if node.at), default=None)
    return chat.created or first or chat.changed or otherwise


def records_of(chat: Chat, threads: Threads, owner: str, began: datetime, keep: Keep) -> list[Record]:
    nodes = threads.nodes
    models = list(dict.fromkeys(node.model for node in nodes if node.role == "assistant"))
    lanes = {model: f"l{number}" for number, model in enumerate(models, 1)}
    row: list[Lane] = [{"id": lane, "model": model} for model, lane in lanes.items()]
    first = {
        "type": "conversation",
        "at": timestamp(began),
        "format": FORMAT,
        "id": f"{began:%Y%m%d-%H%M%S}-{ending_of_chat(chat, owner)}",
        **named_owner(owner, name_of(owner)),
        "title": chat.title.strip() or _first_words(nodes),
        **first_settings({"lanes": row}),
        "imported": {"from": chat.source, "id": chat.key},
    }
    records = [cast(Record, first), *(_message(node, began, lanes, keep) for node in nodes)]
    if chat.settings:
        records.append(cast(Record, {"type": "settings", "at": timestamp(began), **chat.settings}))
    if threads.shown is not None:
        records.append({"type": "head", "at": timestamp(began), "message": safe_id(threads.shown)})
    return records


def _first_words(nodes: list[Node]) -> str:
    texts = (read_text(part.get("text")) for node in nodes if node.role == "user" for part in node.parts)
    return title_from(next((one for one in texts if one.strip()), ""))


def _message(node: Node, began: datetime, lanes: dict[str, str], keep: Keep) -> Record:
    lacking = text_parts("\n".join(f"[{' '.join(name.split())}]" for name in node.lacking))
    files = [_attachment(name, data, keep) for name, data in node.files]
    message: dict[str, Any] = {
        "type": "message",
        "at": timestamp(node.at or began),
        "id": safe_id(node.id),
        "parent": None if node.parent is None else safe_id(node.parent),
        "role": node.role,
        "parts": [*node.parts, *lacking, *files],
    }
    if node.role == "user":
        return cast(Record, {**message, "lanes": list(lanes.values())})
    answer: dict[str, Any] = {
        **message,
        "lane": lanes[node.model],
        "model": node.model,
        "status": "failed" if node.error else "complete",
        **unmeasured_timing(),
    }
    if node.error:
        told = node.error[:LONGEST_ERROR]
        answer["error"] = {"code": "bad_response", "message": told, "retryable": True}
    return cast(Record, answer)


def _attachment(name: str, data: bytes, keep: Keep) -> dict[str, Any]:
    kept = keep(data)
    kind = "image" if kept.mime.startswith("image/") else "file"
    return {"type": kind, "sha256": kept.sha256, "name": name, "mime": kept.mime, "bytes": kept.bytes}


def safe_id(identifier: str) -> str:
    return identifier if is_message_id(identifier) else short_hash("message", identifier) * 2
