"""ChatGPT: `conversations.json` of the data export. A conversation is a `mapping` of nodes; `current_node`
is the shown leaf; pictures and files lie beside, under names that begin with their ids."""

from collections.abc import Iterator, Mapping
from typing import Any

from . import chatgpt_tools
from .chat import (
    Chat,
    Node,
    fence_code,
    make_ref,
    read_dict,
    read_dicts,
    read_text,
    read_texts,
    reasoning_parts,
    text_parts,
)
from .chatgpt_marks import resolve_marks
from .source import Find
from .times import parse_time

EVERYBODY = ("", "all", "user", "assistant")
"""To whom a message is sent that calls no tool."""
TOLD_TO_THE_MODEL = ("user_editable_context", "model_editable_context", "reasoning_recap")


def recognises(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("mapping"), dict)


def read(entry: dict[str, Any], find: Find) -> Chat:
    mapping = {name: node for name, node in entry["mapping"].items() if isinstance(node, dict)}
    model = entry.get("default_model_slug")
    settings: dict[str, Any] = {}
    if entry.get("is_archived") is True:
        settings["archived"] = True
    if entry.get("is_starred") is True or entry.get("pinned_time"):
        settings["pinned"] = True
    calls = chatgpt_tools.find_callers(mapping)
    return Chat(
        source="chatgpt",
        key=read_text(entry.get("conversation_id")) or read_text(entry.get("id")),
        title=read_text(entry.get("title")),
        created=parse_time(entry.get("create_time")),
        changed=parse_time(entry.get("update_time")),
        nodes=[_node(name, node, model, find, calls) for name, node in mapping.items()],
        current=read_text(entry.get("current_node")) or None,
        settings=settings,
    )


def _node(identifier: str, node: dict[str, Any], model: Any, find: Find, calls: Mapping[str, str]) -> Node:
    made = Node(
        identifier, read_text(node.get("parent")) or None, None, children=read_texts(node.get("children"))
    )
    message = node.get("message")
    if not isinstance(message, dict):
        return made
    about, content = read_dict(message, "metadata"), read_dict(message, "content")
    author = read_dict(message, "author").get("role")
    made.at = parse_time(message.get("create_time"))
    made.model = make_ref("openai", about.get("model_slug") or model)
    hidden = about.get("is_visually_hidden_from_conversation") is True
    if hidden or author not in ("user", "assistant", "tool"):
        return made
    if author == "tool":
        if identifier in calls:
            made.parts = chatgpt_tools.result_parts(calls[identifier], content, about)
    else:
        made.parts = _parts(identifier, message, content, about)
    _attach(made, content, about, find)
    # What a tool gave that was not called in sight is not part of the talk, but the pictures it made are.
    made.role = "user" if author == "user" else "assistant"
    return made


def _parts(
    identifier: str, message: dict[str, Any], content: dict[str, Any], about: dict[str, Any]
) -> list[dict[str, Any]]:
    kind, recipient = content.get("content_type"), read_text(message.get("recipient"))
    if kind in TOLD_TO_THE_MODEL:
        return []
    if kind == "thoughts":
        thoughts = [read_text(one.get("content")) for one in read_dicts(content.get("thoughts"))]
        return reasoning_parts(resolve_marks("\n\n".join(one for one in thoughts if one), about))
    said = chatgpt_tools.text_of_content(content)
    if recipient not in EVERYBODY and read_dict(message, "author").get("role") == "assistant":
        return [chatgpt_tools.call_part(identifier, recipient, content, said)] if said else []
    if kind == "code":
        return text_parts(fence_code(chatgpt_tools.language_of(content), said)) if said else []
    return text_parts(resolve_marks(said, about))


def _attach(node: Node, content: dict[str, Any], about: dict[str, Any], find: Find) -> None:
    names = {
        read_text(one.get("id")): read_text(one.get("name")) for one in read_dicts(about.get("attachments"))
    }
    seen: set[str] = set()
    for pointer, kind in [*_pointers(content, about), *((one, "") for one in names)]:
        identifier = next((one for one in names if one and one in pointer), pointer)
        if not pointer or identifier in seen:
            continue
        seen.add(identifier)
        found = find(pointer, names.get(identifier, ""))
        if found is None and kind == ".wav" and node.parts:
            # What was spoken is there in words.
            continue
        unnamed = found[0] if found else identifier.rpartition("/")[2] + kind
        node.attach(found, names.get(identifier) or unnamed)


def _pointers(content: dict[str, Any], about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where pictures and recordings lie, with an ending for those that have no name."""
    for one in read_dicts(content.get("parts")):
        spoken = "audio" in read_text(one.get("content_type"))
        yield read_text(one.get("asset_pointer")), ".wav" if spoken else ".png"
        yield read_text(read_dict(one, "audio_asset_pointer").get("asset_pointer")), ".wav"
    for one in read_dicts(read_dict(about, "aggregate_result").get("messages")):
        yield read_text(one.get("image_url")), ".png"
