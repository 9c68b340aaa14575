"""LibreChat: one conversation a file, its messages in a row that name their parents, or nested
(`recursive`)."""

import re
from typing import Any

from .chat import (
    Chat,
    Node,
    make_ref,
    read_dict,
    read_dicts,
    read_text,
    read_texts,
    reasoning_parts,
    text_parts,
    tool_call_part,
    tool_result_part,
)
from .data_address import decode_data_url
from .source import Find
from .times import parse_time

_THINKING = re.compile(r"\s*:::thinking\n(.*?)\n:::[ \t]*(?:\n|\Z)", re.DOTALL)


def recognises(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("conversationId"), str) and isinstance(_given(entry), list)


def _given(entry: dict[str, Any]) -> Any:
    return entry.get("messages") or entry.get("messagesTree")


def read(entry: dict[str, Any], find: Find) -> Chat:
    nodes: list[Node] = []
    ahead: list[tuple[dict[str, Any], str | None]] = [
        (one, None) for one in reversed(read_dicts(_given(entry)))
    ]
    while ahead:
        message, above = ahead.pop()
        node = _node(message, above, len(nodes), entry, find)
        nodes.append(node)
        ahead += [(child, node.id) for child in reversed(read_dicts(message.get("children")))]
    tags = read_texts(entry.get("tags"))
    return Chat(
        source="librechat",
        key=entry["conversationId"],
        title=read_text(entry.get("title")),
        created=parse_time(entry.get("createdAt")),
        changed=parse_time(entry.get("updatedAt")) or parse_time(entry.get("exportAt")),
        nodes=nodes,
        settings={"tags": tags} if tags else {},
    )


def _node(message: dict[str, Any], above: str | None, number: int, entry: dict[str, Any], find: Find) -> Node:
    by_person = message.get("isCreatedByUser") is True
    node = Node(
        id=read_text(message.get("messageId")) or f"message-{number}",
        parent=read_text(message.get("parentMessageId")) or above,
        role="user" if by_person else "assistant",
        at=parse_time(message.get("createdAt")),
        model=make_ref("librechat", message.get("model") or message.get("sender") or entry.get("endpoint")),
    )
    for place, block in enumerate(read_dicts(message.get("content"))):
        _take_block(node, block, f"call-{place}", find)
    if not any(part["type"] == "text" for part in node.parts):
        node.parts += _told(read_text(message.get("text")))
    if message.get("error") is True and not by_person:
        node.error = node.error or " ".join(part["text"] for part in node.parts if part["type"] == "text")
        node.parts = [part for part in node.parts if part.get("text") != node.error]
    for file in [*read_dicts(message.get("files")), *read_dicts(message.get("attachments"))]:
        _attach(node, file, find)
    return node


def _told(given: str) -> list[dict[str, Any]]:
    thought = _THINKING.match(given)
    return (
        [*reasoning_parts(thought[1]), *text_parts(given[thought.end() :])] if thought else text_parts(given)
    )


def _take_block(node: Node, block: dict[str, Any], number: str, find: Find) -> None:
    kind = read_text(block.get("type"))
    match kind:
        case "text":
            node.parts += text_parts(_value(block.get("text")))
        case "think":
            node.parts += reasoning_parts(_value(block.get("think")))
        case "tool_call":
            call = read_dict(block, "tool_call")
            inner = read_dict(call, "function") or call
            called = read_text(call.get("id")) or number
            given = inner.get("args") or inner.get("arguments") or "{}"
            node.parts.append(tool_call_part(called, read_text(inner.get("name")), given))
            if output := inner.get("output") or call.get("output"):
                node.parts.append(tool_result_part(called, output))
        case "error":
            node.error = node.error or _value(block.get("error")) or _value(block.get("text"))
        case "image_file" | "image_url":
            _attach(node, read_dict(block, kind), find)


def _value(given: Any) -> str:
    return read_text(given.get("value")) if isinstance(given, dict) else read_text(given)


def _attach(node: Node, file: dict[str, Any], find: Find) -> None:
    name = read_text(file.get("filename")) or read_text(file.get("name"))
    url = read_text(file.get("url")) or read_text(file.get("filepath"))
    found = decode_data_url(url)
    if found is None and not url.startswith("data:"):
        found = find(read_text(file.get("file_id")), url, name)
    node.attach(found, name or url.rpartition("/")[2][:200])
