"""Open WebUI: exported chats. The tree is `chat.history.messages`; reasoning and tools stand inside the text
as folded blocks or, in newer ones, beside it as `output`; pictures as data addresses."""

from collections.abc import Iterator
from typing import Any

from .chat import Chat, Node, make_ref, read_dict, read_dicts, read_text, read_texts, text_parts
from .data_address import decode_data_url
from .openwebui_blocks import parts_of_text
from .openwebui_output import parts_of_output
from .source import Find
from .times import parse_time


def recognises(entry: dict[str, Any]) -> bool:
    chat = read_dict(entry, "chat")
    return bool(read_dict(read_dict(chat, "history"), "messages")) or isinstance(chat.get("messages"), list)


def read(entry: dict[str, Any], find: Find) -> Chat:
    chat = read_dict(entry, "chat")
    history = read_dict(chat, "history")
    nodes = [
        node
        for identifier, message in read_dict(history, "messages").items()
        if isinstance(message, dict)
        for node in _nodes(identifier, message, message.get("parentId"), find)
    ] or _row(read_dicts(chat.get("messages")), find)
    settings: dict[str, Any] = {name: True for name in ("pinned", "archived") if entry.get(name) is True}
    if tags := read_texts(read_dict(entry, "meta").get("tags")):
        settings["tags"] = tags
    return Chat(
        source="openwebui",
        key=read_text(entry.get("id")) or read_text(chat.get("id")),
        title=read_text(entry.get("title")) or read_text(chat.get("title")),
        created=parse_time(entry.get("created_at")) or parse_time(chat.get("timestamp")),
        changed=parse_time(entry.get("updated_at")),
        nodes=nodes,
        current=read_text(history.get("currentId")) or None,
        settings=settings,
    )


def _row(messages: list[dict[str, Any]], find: Find) -> list[Node]:
    """Without a tree: one below the other."""
    nodes: list[Node] = []
    above = None
    for number, message in enumerate(messages):
        identifier = read_text(message.get("id")) or f"message-{number}"
        nodes += _nodes(identifier, message, above, find)
        above = identifier
    return nodes


def _nodes(identifier: str, message: dict[str, Any], parent: Any, find: Find) -> Iterator[Node]:
    """The message and, where several answers were merged to one, that one beside it."""
    role = message.get("role")
    node = Node(
        id=identifier,
        parent=read_text(parent) or None,
        role=role if role in ("user", "assistant") else None,
        parts=_parts(message),
        at=parse_time(message.get("timestamp")),
        children=read_texts(message.get("childrenIds")),
        model=make_ref("openwebui", message.get("model") or message.get("modelName")),
        error=_error(message.get("error")) if role == "assistant" else "",
    )
    for file in read_dicts(message.get("files")):
        _attach(node, file, find)
    yield node
    merged = text_parts(read_dict(message, "merged").get("content"))
    if merged and role == "assistant":
        model = make_ref("openwebui", "merged")
        yield Node(f"{identifier}~merged", node.parent, "assistant", merged, at=node.at, model=model)


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, list):
        content = "\n\n".join(read_text(one.get("text")) for one in read_dicts(content))
    if message.get("role") != "assistant":
        return text_parts(content)
    parts = parts_of_output(read_dicts(message.get("output")))
    if any(part["type"] == "text" for part in parts):
        return parts
    told = parts_of_text(read_text(content))
    return parts + [part for part in told if part["type"] == "text" or not parts]


def _error(given: Any) -> str:
    if isinstance(given, dict):
        given = given.get("content") or given.get("message") or given.get("detail")
    return given if isinstance(given, str) else "error" if given is True else ""


def _attach(node: Node, file: dict[str, Any], find: Find) -> None:
    inner = read_dict(file, "file")
    name = (
        read_text(file.get("name"))
        or read_text(inner.get("filename"))
        or read_text(read_dict(inner, "meta").get("name"))
    )
    url = read_text(file.get("url"))
    found = decode_data_url(url)
    if found is None and not url.startswith("data:"):
        found = find(read_text(file.get("id")), read_text(inner.get("id")), url, name)
    lacking = "image.png" if file.get("type") == "image" else read_text(file.get("type"))
    node.attach(found, name or (found[0] if found else lacking))
