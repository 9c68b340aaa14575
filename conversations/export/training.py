"""JSONL for fine-tuning in OpenAI's chat format: one example for each complete answer that ends a path."""

from typing import Any, cast

import orjson

from conversations.files.attachments import AttachmentStore
from conversations.files.file import ConversationFile
from conversations.tree import Tree

from .outline import Message, Scope, text_of


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    """Reasoning, files and tool calls are left out; an answer that failed or was stopped ends nothing."""
    tree = file.tree
    leaves = [tree.head] if scope == "path" else _leaves(tree)
    lines = [_example(file, leaf) for leaf in leaves if leaf is not None]
    return b"".join(line for line in lines if line)


def _leaves(tree: Tree) -> list[str]:
    return [
        message
        for message, header in tree.messages.items()
        if header["role"] == "assistant" and message not in tree.deleted and not tree.children(message)
    ]


def _example(file: ConversationFile, leaf: str) -> bytes:
    header = file.tree.messages[leaf]
    if header["role"] != "assistant" or header["status"] != "complete":
        return b""
    messages: list[dict[str, str]] = []
    system = _system(file, header["lane"])
    if system:
        messages.append({"role": "system", "content": system})
    for message in file.messages(file.tree.path(leaf)):
        _add(messages, cast(Message, message), header.get("speaker"))
    if (
        not messages
        or messages[-1]["role"] != "assistant"
        or not any(message["role"] == "user" for message in messages)
    ):
        return b""
    return orjson.dumps({"messages": messages}, option=orjson.OPT_APPEND_NEWLINE)


def _add(messages: list[dict[str, str]], message: Message, speaker: Any) -> None:
    """In a dialogue the others speak to the one whose answer ends it, as a user does."""
    text = text_of(message)
    if not text:
        return
    own = message["role"] == "assistant" and message.get("speaker") == speaker
    role = "assistant" if own else "user"
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"] += f"\n\n{text}"
    else:
        messages.append({"role": role, "content": text})


def _system(file: ConversationFile, lane: str) -> str:
    for known in file.tree.settings["lanes"]:
        if known.get("id") == lane:
            system = known.get("system")
            return system if isinstance(system, str) else ""
    return ""
