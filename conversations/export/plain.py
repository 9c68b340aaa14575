"""Plain text: who said what."""

from collections.abc import Iterator
from textwrap import indent

from conversations.attachments import AttachmentStore
from conversations.shapes import parts_of
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

from .calls import CompletedCall, pair_results
from .message_facts import CitedSource, remark_of, sources_of, speaker_of
from .outline import Message, Scope, outline_conversation, title_of
from .words import BRANCH, SOURCES

INDENT = "    "


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    title = " ".join(title_of(file).split())
    blocks = [f"{title}\n{'=' * len(title)}"]
    for section in outline_conversation(file, scope):
        if section.after is not None:
            blocks.append(f"--- {BRANCH.format(message=section.after)} ---")
        blocks += [_message(file.tree, message) for message in section.messages]
    return ("\n\n".join(blocks) + "\n").encode()


def _message(tree: Tree, message: Message) -> str:
    lines = [f"{speaker_of(tree, message)}: {remark_of(tree, message)}".rstrip()]
    for part in pair_results(parts_of(message)):
        if isinstance(part, CompletedCall):
            lines += _called(part)
        elif part["type"] == "text":
            lines.append(part["text"].strip("\n"))
        elif part["type"] in ("image", "file"):
            lines.append(f"[{part['name']}]")
    sources = sources_of(tree, message)
    if sources:
        lines += ["", f"{SOURCES}:", *map(_source, sources)]
    return "\n".join(lines)


def _source(source: CitedSource) -> str:
    return " ".join(filter(None, source))


def _called(called: CompletedCall) -> Iterator[str]:
    """What it was asked and gave is indented: no line of it looks as if somebody had said it."""
    yield f"[{called.title}]"
    if called.call is not None:
        yield indent(called.call["arguments"], INDENT)
    if called.result is not None:
        yield f"[{called.ending}]"
        yield indent(called.result["content"], INDENT)
