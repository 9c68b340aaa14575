"""Claude: `conversations.json` of the data export. Messages stand in a row; newer exports say which is whose
parent. Of uploaded files most often only the text that was read from them is there."""

from typing import Any

from .chat import (
    Chat,
    Node,
    make_ref,
    read_dicts,
    read_text,
    reasoning_parts,
    text_parts,
    tool_call_part,
    tool_result_part,
)
from .source import Find
from .times import parse_time


def recognises(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("chat_messages"), list)


def read(entry: dict[str, Any], find: Find) -> Chat:
    nodes: list[Node] = []
    model = make_ref("anthropic", entry.get("model") or "claude")
    messages = read_dicts(entry["chat_messages"])
    branched = any(message.get("parent_message_uuid") for message in messages)
    for number, message in enumerate(messages):
        above = nodes[-1].id if nodes else None
        node = Node(
            id=read_text(message.get("uuid")) or f"message-{number}",
            parent=read_text(message.get("parent_message_uuid")) or None if branched else above,
            role={"human": "user", "assistant": "assistant"}.get(read_text(message.get("sender"))),  # type: ignore[arg-type]
            parts=_parts(message),
            at=parse_time(message.get("created_at")),
            model=model,
        )
        _attach(node, message, find)
        nodes.append(node)
    return Chat(
        source="claude",
        key=read_text(entry.get("uuid")),
        title=read_text(entry.get("name")),
        created=parse_time(entry.get("created_at")),
        changed=parse_time(entry.get("updated_at")),
        nodes=nodes,
        current=read_text(entry.get("current_leaf_message_uuid")) or None,
        settings={"pinned": True} if entry.get("is_starred") is True else {},
    )


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = read_dicts(message.get("content"))
    parts = [part for number, block in enumerate(blocks) for part in _block(block, f"call-{number}")]
    return parts if any(part["type"] == "text" for part in parts) else parts + text_parts(message.get("text"))


def _block(block: dict[str, Any], number: str) -> list[dict[str, Any]]:
    match block.get("type"):
        case "text" | "voice_note":
            return text_parts(block.get("text"))
        case "thinking":
            return reasoning_parts(block.get("thinking"))
        case "tool_use":
            return [
                tool_call_part(
                    read_text(block.get("id")) or number,
                    read_text(block.get("name")),
                    block.get("input") or {},
                )
            ]
        case "tool_result":
            called = read_text(block.get("tool_use_id"))
            said = _said(block.get("content"))
            return (
                [tool_result_part(called, said, is_error=block.get("is_error") is True)]
                if called and said
                else []
            )
    return []


def _said(content: Any) -> str:
    if isinstance(content, list):
        return "\n\n".join(one for one in map(_said, content) if one)
    return read_text(content.get("text")) if isinstance(content, dict) else read_text(content)


def _attach(node: Node, message: dict[str, Any], find: Find) -> None:
    """An attachment's extracted text stands for it; of other files the bytes may lie beside."""
    for one in [*read_dicts(message.get("attachments")), *read_dicts(message.get("files"))]:
        name = read_text(one.get("file_name")) or read_text(one.get("name"))
        read = read_text(one.get("extracted_content"))
        if read:
            node.attach((name, read.encode("utf-8", "replace")), name or "attachment.txt")
        else:
            hints = (read_text(one.get("file_uuid")), read_text(one.get("id")), name)
            node.attach(find(*hints), name)
