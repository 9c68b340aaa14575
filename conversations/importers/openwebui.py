"""Open WebUI: exported chats. The tree is `chat.history.messages`; reasoning stands inside the text as a
folded block; pictures as data addresses."""

import base64
import binascii
import re
from html import unescape
from typing import Any

from .chat import Chat, Node, dicts, fields, reasoning, ref, text, texts, words
from .source import MOST_ATTACHMENT, Find
from .times import when

_FOLDED = re.compile(r'<details type="reasoning"[^>]*>\s*(?:<summary>.*?</summary>)?(.*?)</details>', re.S)
_DATA = re.compile(r"data:([\w./+-]*);base64,")


def recognises(entry: dict[str, Any]) -> bool:
    chat = fields(entry, "chat")
    return bool(fields(fields(chat, "history"), "messages")) or isinstance(chat.get("messages"), list)


def read(entry: dict[str, Any], find: Find) -> Chat:
    chat = fields(entry, "chat")
    history = fields(chat, "history")
    nodes = [
        _node(identifier, message, message.get("parentId"))
        for identifier, message in fields(history, "messages").items()
        if isinstance(message, dict)
    ] or _row(dicts(chat.get("messages")))
    settings: dict[str, Any] = {name: True for name in ("pinned", "archived") if entry.get(name) is True}
    if tags := texts(fields(entry, "meta").get("tags")):
        settings["tags"] = tags
    return Chat(
        source="openwebui",
        key=text(entry.get("id")) or text(chat.get("id")),
        title=text(entry.get("title")) or text(chat.get("title")),
        created=when(entry.get("created_at")) or when(chat.get("timestamp")),
        changed=when(entry.get("updated_at")),
        nodes=nodes,
        current=text(history.get("currentId")) or None,
        settings=settings,
    )


def _row(messages: list[dict[str, Any]]) -> list[Node]:
    """Without a tree: one below the other."""
    nodes: list[Node] = []
    for number, message in enumerate(messages):
        above = nodes[-1].id if nodes else None
        nodes.append(_node(text(message.get("id")) or f"message-{number}", message, above))
    return nodes


def _node(identifier: str, message: dict[str, Any], parent: Any) -> Node:
    role = message.get("role")
    content = message.get("content")
    if isinstance(content, list):
        content = "\n\n".join(text(one.get("text")) for one in dicts(content))
    return Node(
        id=identifier,
        parent=text(parent) or None,
        role=role if role in ("user", "assistant") else None,
        parts=_parts(text(content)),
        files=[found for one in dicts(message.get("files")) if (found := _picture(one)) is not None],
        at=when(message.get("timestamp")),
        children=texts(message.get("childrenIds")),
        model=ref("openwebui", message.get("model") or message.get("modelName")),
    )


def _parts(content: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    at = 0
    for folded in _FOLDED.finditer(content):
        parts += words(content[at : folded.start()].strip())
        lines = unescape(folded[1]).strip().splitlines()
        parts += reasoning("\n".join(line.removeprefix(">").removeprefix(" ") for line in lines))
        at = folded.end()
    return parts + words(content[at:].strip())


def _picture(file: dict[str, Any]) -> tuple[str, bytes] | None:
    url = text(file.get("url"))
    found = _DATA.match(url)
    if found is None or len(url) > MOST_ATTACHMENT * 4 // 3:
        return None
    try:
        data = base64.b64decode(url[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = found[1].rpartition("/")[2] or "bin"
    return text(file.get("name")) or f"image.{kind}", data
