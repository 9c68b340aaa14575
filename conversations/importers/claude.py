"""Claude: `conversations.json` of the data export. Messages stand in a row; newer exports say which is whose
parent. Of uploaded files only the text that was read from them is there."""

from typing import Any

from .chat import Chat, Node, dicts, reasoning, ref, text, words
from .source import Find
from .times import when


def recognises(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("chat_messages"), list)


def read(entry: dict[str, Any], find: Find) -> Chat:
    nodes: list[Node] = []
    model = ref("anthropic", entry.get("model") or "claude")
    messages = dicts(entry["chat_messages"])
    branched = any(message.get("parent_message_uuid") for message in messages)
    for number, message in enumerate(messages):
        above = nodes[-1].id if nodes else None
        node = Node(
            id=text(message.get("uuid")) or f"message-{number}",
            parent=text(message.get("parent_message_uuid")) or None if branched else above,
            role={"human": "user", "assistant": "assistant"}.get(text(message.get("sender"))),  # type: ignore[arg-type]
            parts=_parts(message),
            files=_files(message),
            at=when(message.get("created_at")),
            model=model,
        )
        nodes.append(node)
    return Chat(
        source="claude",
        key=text(entry.get("uuid")),
        title=text(entry.get("name")),
        created=when(entry.get("created_at")),
        changed=when(entry.get("updated_at")),
        nodes=nodes,
        current=text(entry.get("current_leaf_message_uuid")) or None,
        settings={"pinned": True} if entry.get("is_starred") is True else {},
    )


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for block in dicts(message.get("content")):
        match block.get("type"):
            case "text":
                parts += words(block.get("text"))
            case "thinking":
                parts += reasoning(block.get("thinking"))
    if not any(part["type"] == "text" for part in parts):
        parts += words(message.get("text"))
    names = [text(one.get("file_name")) for one in dicts(message.get("files"))]
    return parts + words("\n".join(f"[{name}]" for name in names if name))


def _files(message: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [
        (
            text(one.get("file_name")) or "attachment.txt",
            text(one["extracted_content"]).encode("utf-8", "replace"),
        )
        for one in dicts(message.get("attachments"))
        if text(one.get("extracted_content"))
    ]
