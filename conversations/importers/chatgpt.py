"""ChatGPT: `conversations.json` of the data export. A conversation is a `mapping` of nodes; `current_node`
is the shown leaf; pictures and files lie beside, under names that begin with their ids."""

from typing import Any

from .chat import Chat, Node, dicts, fields, reasoning, ref, text, texts, words
from .source import Find
from .times import when


def recognises(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("mapping"), dict)


def read(entry: dict[str, Any], find: Find) -> Chat:
    nodes = [
        _node(identifier, node, entry, find)
        for identifier, node in entry["mapping"].items()
        if isinstance(node, dict)
    ]
    settings: dict[str, Any] = {}
    if entry.get("is_archived") is True:
        settings["archived"] = True
    if entry.get("is_starred") is True or entry.get("pinned_time"):
        settings["pinned"] = True
    return Chat(
        source="chatgpt",
        key=text(entry.get("conversation_id")) or text(entry.get("id")),
        title=text(entry.get("title")),
        created=when(entry.get("create_time")),
        changed=when(entry.get("update_time")),
        nodes=nodes,
        current=text(entry.get("current_node")) or None,
        settings=settings,
    )


def _node(identifier: str, node: dict[str, Any], entry: dict[str, Any], find: Find) -> Node:
    made = Node(identifier, text(node.get("parent")) or None, None, children=texts(node.get("children")))
    message = node.get("message")
    if not isinstance(message, dict):
        return made
    about, content = fields(message, "metadata"), fields(message, "content")
    author = fields(message, "author").get("role")
    hidden = about.get("is_visually_hidden_from_conversation") is True
    files = _files(content, about, find)
    made.at = when(message.get("create_time"))
    made.model = ref("openai", about.get("model_slug") or entry.get("default_model_slug"))
    if hidden or author not in ("user", "assistant", "tool"):
        return made
    made.files = files
    if author == "tool":
        # What a tool gave back is not part of the talk, but the pictures it made are.
        made.role = "assistant" if files else None
        return made
    made.role = "user" if author == "user" else "assistant"
    made.parts = _parts(content)
    return made


def _parts(content: dict[str, Any]) -> list[dict[str, Any]]:
    match content.get("content_type"):
        case "text" | "multimodal_text":
            given = content.get("parts")
            texts = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
            spoken = [one["text"] for one in dicts(given) if one.get("content_type") == "audio_transcription"]
            return words("\n\n".join([*texts, *(text(one) for one in spoken)]).strip())
        case "thoughts":
            thoughts = [text(one.get("content")) for one in dicts(content.get("thoughts"))]
            return reasoning("\n\n".join(one for one in thoughts if one))
        case "code":
            return words(f"```\n{text(content.get('text'))}\n```") if text(content.get("text")) else []
    return []


def _files(content: dict[str, Any], about: dict[str, Any], find: Find) -> list[tuple[str, bytes]]:
    names = {text(one.get("id")): text(one.get("name")) for one in dicts(about.get("attachments"))}
    given = content.get("parts")
    pointers = [text(one.get("asset_pointer")) for one in dicts(given)]
    files: dict[str, tuple[str, bytes]] = {}
    for pointer in [*pointers, *names]:
        found = find(pointer) if pointer else None
        if found is not None:
            identifier = next((one for one in names if one and one in pointer), "")
            files.setdefault(found[0], (names.get(identifier) or found[0], found[1]))
    return list(files.values())
