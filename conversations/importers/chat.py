"""A conversation from elsewhere, on its way to records."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from conversations.files.attachments import Attachment
from conversations.ids import ALPHABET, is_message_id, timestamp
from conversations.moments import moment
from conversations.records import FORMAT, ConversationRecord, Record

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Keep = Callable[[bytes], Attachment]


@dataclass(slots=True)
class Node:
    """`files`: names and bytes. `parent` may name a node that is left out: see `threaded`."""

    id: str
    parent: str | None
    role: Literal["user", "assistant"] | None
    parts: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    at: datetime | None = None
    model: str = ""


@dataclass(slots=True)
class Chat:
    """`key`: how the other program names it. Nodes without a role or without content only pass their
    children on to their parent."""

    source: str
    key: str
    title: str
    created: datetime | None
    nodes: list[Node]
    current: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


def conversation_id(chat: Chat, owner: str) -> str:
    """The same each time, so that what is imported twice stands once."""
    created = chat.created or EPOCH
    return f"{created:%Y%m%d-%H%M%S}-{short_hash(chat.source, owner, chat.key)}"


def short_hash(*texts: str) -> str:
    number = int.from_bytes(hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).digest()[:8])
    return "".join(ALPHABET[number >> shift & 31] for shift in range(0, 40, 5))


def records_of(chat: Chat, owner: str, keep: Keep) -> list[Record]:
    nodes = threaded(chat.nodes)
    created = chat.created or EPOCH
    models = list(dict.fromkeys(node.model for node in nodes if node.role == "assistant"))
    lanes = {model: f"l{number}" for number, model in enumerate(models, 1)}
    made: ConversationRecord = {
        "type": "conversation",
        "at": timestamp(created),
        "format": FORMAT,
        "id": conversation_id(chat, owner),
        "owner": owner,
        "title": chat.title,
        "lanes": [{"id": lane, "model": model} for model, lane in lanes.items()],
        "mode": "parallel",
        "history": "own",
        "rag": False,
    }
    first = cast(Record, {**made, "imported": {"from": chat.source, "id": chat.key}})
    records = [first, *(_message(node, created, lanes, keep) for node in nodes)]
    if chat.settings:
        records.append(cast(Record, {"type": "settings", "at": timestamp(created), **chat.settings}))
    current = _nearest(chat, {node.id for node in nodes})
    if current is not None:
        records.append({"type": "head", "at": timestamp(created), "message": safe_id(current)})
    return records


def threaded(nodes: Iterable[Node]) -> list[Node]:
    """Parents before children, without the nodes that say nothing, and the steps of one answer (a tool
    called, its result read) joined to one message. Rings of parents are cut."""
    known = {node.id: node for node in nodes}
    kept: dict[str, Node] = {}
    stands_for: dict[str, str | None] = {}
    children: dict[str | None, list[Node]] = {}
    for node in known.values():
        children.setdefault(node.parent if node.parent in known else None, []).append(node)
    for root in children.get(None, ()):
        ahead = [root]
        while ahead:
            node = ahead.pop()
            _place(node, known, kept, stands_for, children)
            ahead.extend(reversed(children.get(node.id, ())))
    return list(kept.values())


def _place(
    node: Node,
    known: dict[str, Node],
    kept: dict[str, Node],
    stands_for: dict[str, str | None],
    children: dict[str | None, list[Node]],
) -> None:
    above = stands_for.get(node.parent) if node.parent in known else None
    if node.role is None or not (node.parts or node.files):
        stands_for[node.id] = above
        return
    parent = kept[above] if above is not None else None
    alone = len(children.get(node.parent, ())) == 1
    if parent is not None and parent.role == node.role == "assistant" and alone:
        parent.parts += node.parts
        parent.files += node.files
        stands_for[node.id] = above
        return
    node.parent = above
    kept[node.id] = node
    stands_for[node.id] = node.id


def _nearest(chat: Chat, kept: set[str]) -> str | None:
    """The kept node that the current one is, or hangs below."""
    known = {node.id: node for node in chat.nodes}
    at, seen = chat.current, set[str]()
    while at is not None and at not in kept and at not in seen:
        seen.add(at)
        at = known[at].parent if at in known else None
    return at if at in kept else None


def _message(node: Node, created: datetime, lanes: dict[str, str], keep: Keep) -> Record:
    parts = list(node.parts)
    for name, data in node.files:
        kept = keep(data)
        kind = "image" if kept.mime.startswith("image/") else "file"
        about = {"type": kind, "sha256": kept.sha256, "name": name, "mime": kept.mime, "bytes": kept.bytes}
        parts.append(about)
    message: dict[str, Any] = {
        "type": "message",
        "at": timestamp(node.at or created),
        "id": safe_id(node.id),
        "parent": None if node.parent is None else safe_id(node.parent),
        "role": node.role,
        "parts": parts,
    }
    if node.role == "user":
        return cast(Record, {**message, "lanes": list(lanes.values())})
    return cast(
        Record,
        {
            **message,
            "lane": lanes[node.model],
            "model": node.model,
            "status": "complete",
            "usage": {"input": None, "output": None, "reasoning": None, "cached": None},
            "cost": {"usd": None, "source": "unknown"},
            "timing": {"first_token_ms": None, "total_ms": 0},
            "finish": None,
        },
    )


def safe_id(identifier: str) -> str:
    return identifier if is_message_id(identifier) else short_hash("message", identifier) * 2


def when(value: Any) -> datetime | None:
    """Seconds, milliseconds or ISO text."""
    try:
        if isinstance(value, str):
            return moment(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def words(value: Any) -> list[dict[str, Any]]:
    """A text part, if there is a text."""
    return [{"type": "text", "text": value}] if isinstance(value, str) and value.strip() else []


def reasoning(value: Any) -> list[dict[str, Any]]:
    return [{"type": "reasoning", "text": value}] if isinstance(value, str) and value.strip() else []


def dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def fields(value: Any, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def ref(server: str, model: Any) -> str:
    """A model ref: without spaces, which a model's name elsewhere may hold."""
    name = "-".join(text(model).split()) or "unknown"
    return f"{server}/{name}"[:300]
