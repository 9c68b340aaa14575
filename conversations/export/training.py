"""JSONL for fine-tuning in OpenAI's chat format: one example for each complete answer that ends a path."""

import re
from typing import Any, cast

import orjson

from conversations.attachments import AttachmentStore
from conversations.shapes import parts_of
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

from .calls import CompletedCall, pair_results
from .outline import Message, Scope, text_of

NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
LONGEST_NAME = 64


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    """Reasoning and files are left out, and calls of tools that gave nothing; an answer that failed or was
    stopped ends nothing."""
    tree = file.tree
    leaves = [tree.head] if scope == "path" else _leaves(tree)
    lines = [training_example(file, leaf) for leaf in leaves if leaf is not None]
    return b"".join(line for line in lines if line)


def _leaves(tree: Tree) -> list[str]:
    return [
        message
        for message, header in tree.messages.items()
        if header["role"] == "assistant" and message not in tree.deleted and not tree.children(message)
    ]


def prompt_before(file: ConversationFile, answer: str) -> list[Message]:
    """What the model was asked, in its lane's words, up to this answer. Empty where no person asked."""
    header = file.tree.messages[answer]
    messages = _system_message(file, header["lane"])
    for message in file.messages(file.tree.path(answer)[:-1]):
        _add(messages, cast(Message, message), header.get("speaker"))
    return messages if messages and messages[-1]["role"] == "user" else []


def training_example(file: ConversationFile, leaf: str) -> bytes:
    """The path to this answer as one line; nothing where it is no whole example."""
    header = file.tree.messages[leaf]
    if header["role"] != "assistant" or header["status"] != "complete":
        return b""
    messages = _system_message(file, header["lane"])
    for message in file.messages(file.tree.path(leaf)):
        _add(messages, cast(Message, message), header.get("speaker"))
    if (
        not messages
        or messages[-1]["role"] != "assistant"
        or not any(message["role"] == "user" for message in messages)
    ):
        return b""
    return orjson.dumps({"messages": messages}, option=orjson.OPT_APPEND_NEWLINE)


def _add(messages: list[Message], message: Message, speaker: Any) -> None:
    """In a dialogue the others speak to the one whose answer ends it, as a user does; what tools they called
    is theirs to know."""
    if message["role"] != "assistant" or message.get("speaker") != speaker:
        _say(messages, "user", text_of(message))
        return
    for part in pair_results(parts_of(message)):
        if isinstance(part, CompletedCall):
            _call(messages, part)
        elif part["type"] == "text":
            _say(messages, "assistant", part["text"])


def _say(messages: list[Message], role: str, text: str) -> None:
    if not text:
        return
    if messages and messages[-1]["role"] == role and "tool_calls" not in messages[-1]:
        messages[-1]["content"] += f"\n\n{text}"
    else:
        messages.append({"role": role, "content": text})


def _call(messages: list[Message], called: CompletedCall) -> None:
    """With ids of its own: services number the calls of each request anew."""
    if called.call is None or called.result is None:
        return
    number = f"call_{sum(message['role'] == 'tool' for message in messages) + 1}"
    name = NOT_IN_NAMES.sub("_", called.call["name"])[:LONGEST_NAME]
    function = {"name": name, "arguments": called.call["arguments"]}
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": ""})
    messages[-1]["tool_calls"] = [{"id": number, "type": "function", "function": function}]
    messages.append({"role": "tool", "tool_call_id": number, "content": called.result["content"]})


def _system_message(file: ConversationFile, lane: str) -> list[Message]:
    system = _system(file, lane)
    return [{"role": "system", "content": system}] if system else []


def _system(file: ConversationFile, lane: str) -> str:
    """What its answers are sent now, as far as the file says it."""
    own = (known.get("system") for known in file.tree.settings["lanes"] if known.get("id") == lane)
    system = next(own, "")
    project = file.tree.settings["project"]
    said = (project and project["instructions"], system)
    return "\n\n".join(text for text in said if isinstance(text, str) and text)
