"""LibreChat: one conversation a file, its messages in a row that name their parents, or nested
(`recursive`)."""

from typing import Any

from .chat import Chat, Node, dicts, reasoning, ref, text, texts, words
from .source import Find
from .times import when


def recognises(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("conversationId"), str) and isinstance(_given(entry), list)


def _given(entry: dict[str, Any]) -> Any:
    return entry.get("messages") or entry.get("messagesTree")


def read(entry: dict[str, Any], find: Find) -> Chat:
    nodes: list[Node] = []
    ahead: list[tuple[dict[str, Any], str | None]] = [(one, None) for one in reversed(dicts(_given(entry)))]
    while ahead:
        message, above = ahead.pop()
        node = _node(message, above, len(nodes), entry)
        nodes.append(node)
        ahead += [(child, node.id) for child in reversed(dicts(message.get("children")))]
    tags = texts(entry.get("tags"))
    return Chat(
        source="librechat",
        key=entry["conversationId"],
        title=text(entry.get("title")),
        created=when(entry.get("createdAt")),
        changed=when(entry.get("updatedAt")) or when(entry.get("exportAt")),
        nodes=nodes,
        settings={"tags": tags} if tags else {},
    )


def _node(message: dict[str, Any], above: str | None, number: int, entry: dict[str, Any]) -> Node:
    model = message.get("model") or message.get("sender") or entry.get("endpoint")
    parts: list[dict[str, Any]] = []
    for block in dicts(message.get("content")):
        match block.get("type"):
            case "text":
                said = block.get("text")
                parts += words(said.get("value") if isinstance(said, dict) else said)
            case "think":
                thought = block.get("think")
                parts += reasoning(thought.get("value") if isinstance(thought, dict) else thought)
    return Node(
        id=text(message.get("messageId")) or f"message-{number}",
        parent=text(message.get("parentMessageId")) or above,
        role="user" if message.get("isCreatedByUser") is True else "assistant",
        parts=parts or words(message.get("text")),
        at=when(message.get("createdAt")),
        model=ref("librechat", model),
    )
