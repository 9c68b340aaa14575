"""Markdown, as it would be read in an editor or on a forge."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from conversations.attachments import AttachmentStore
from conversations.shapes import parts_of
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

from .calls import CompletedCall, pair_results, readable_arguments
from .message_facts import CitedSource, remark_of, sources_of, speaker_of
from .outline import Message, Scope, began_at, files_of, outline_conversation, title_of
from .words import BRANCH, REASONING, SOURCES, WHOLE

_MEANT = re.compile(r"[\\`*<\[\]]|(?<![^\W_])_|_(?![^\W_])")
_BARE = r"\\\g<0>"
"""What Markdown would take for a mark, and how it is not."""


def render(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    return ("\n\n".join(_blocks(file, scope)) + "\n").encode()


def _blocks(file: ConversationFile, scope: Scope) -> Iterator[str]:
    yield f"# {_one_line(title_of(file))}"
    began = began_at(file)
    yield f"*{file.id}{f', {began}' if began else ''}*"
    for section in outline_conversation(file, scope):
        if section.after is not None:
            yield f"---\n\n## {BRANCH.format(message=f'`{section.after}`')}"
        for message in section.messages:
            yield from _message(file.tree, message)


def _message(tree: Tree, message: Message) -> Iterator[str]:
    yield f"### {_one_line(speaker_of(tree, message))} {remark_of(tree, message)}".rstrip()
    for part in pair_results(parts_of(message)):
        yield _called(part) if isinstance(part, CompletedCall) else _part(part)
    sources = sources_of(tree, message)
    if sources:
        yield f"*{SOURCES}:*"
        yield "\n".join(map(_source, sources))


def _source(source: CitedSource) -> str:
    said = f"- {source.mark} {_MEANT.sub(_BARE, source.words)}"
    return f"{said} <{source.url}>" if source.url else said


def _part(part: dict[str, Any]) -> str:
    match part["type"]:
        case "text":
            return str(part["text"]).strip("\n")
        case "reasoning":
            quoted = str(part["text"]).strip("\n").replace("\n", "\n> ")
            return f"> *{REASONING}*\n>\n> {quoted}"
        case "image":
            return f"![{_one_line(part['name'])}](attachments/{part['sha256']})"
    return f"[{_one_line(part['name'])}](attachments/{part['sha256']})"


def _called(called: CompletedCall) -> str:
    """Folded where HTML is shown; what a tool was asked and gave stands in fences, where it means nothing."""
    blocks = [f"<details>\n<summary>{escape(called.title)}</summary>"]
    if called.call is not None:
        language, asked = readable_arguments(called.call["arguments"])
        blocks.append(_fenced(asked, language))
    if called.result is not None:
        blocks += [f"*{called.ending}:*", _fenced(called.result["content"], "")]
        whole, pictures = files_of(called.result)
        blocks += [f"[{WHOLE}](attachments/{sha256})" for sha256 in whole]
        blocks += [f"![{_one_line(called.title)}](attachments/{sha256})" for sha256 in pictures]
    return "\n\n".join([*blocks, "</details>"])


def _fenced(text: str, language: str) -> str:
    """In a fence that is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
