"""One interface over all formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from conversations.attachments import AttachmentStore
from conversations.store.choice import store_in
from conversations.store.conversation import ConversationFile
from core.text.names import name_from_title

from . import html, lossless, markdown, plain, preferences, training
from .outline import Scope, attached_hashes, outline_conversation

FormatName = Literal["markdown", "html", "json", "jsonl", "text", "preferences", "liked"]
Render = Callable[[ConversationFile, AttachmentStore, Scope], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    suffix: str
    mime: str
    render: Render
    links: bool = False


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """`title`: the conversation's, as files may be named; empty where it has none. `attachments`: the SHA-256
    of those that it links to as `attachments/<sha256>`."""

    conversation: str
    title: str
    suffix: str
    mime: str
    data: bytes
    attachments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.title or self.conversation}.{self.suffix}"

    @property
    def unique_name(self) -> str:
        """A name that no other conversation's document has."""
        stem = f"{self.title} {self.conversation}" if self.title else self.conversation
        return f"{stem}.{self.suffix}"


class Exported(NamedTuple):
    """`damaged`: the first line of its file that could not be read."""

    document: ExportDocument
    damaged: int | None = None


FORMATS: Mapping[FormatName, Format] = {
    "markdown": Format("md", "text/markdown; charset=utf-8", markdown.render, links=True),
    "html": Format("html", "text/html; charset=utf-8", html.render),
    "json": Format("json", "application/json", lossless.render),
    "jsonl": Format("jsonl", "application/jsonl", training.render),
    "preferences": Format("jsonl", "application/jsonl", preferences.render_preferences),
    "liked": Format("jsonl", "application/jsonl", preferences.render_liked),
    "text": Format("txt", "text/plain; charset=utf-8", plain.render),
}


def export_document(
    file: ConversationFile, attachments: AttachmentStore, name: FormatName, scope: Scope = "all"
) -> ExportDocument:
    """The same conversation gives the same bytes, so exports can be kept in
    version control."""
    chosen = FORMATS[name]
    data = chosen.render(file, attachments, scope)
    linked = _linked(file, scope) if chosen.links else ()
    title = name_from_title(file.tree.settings["title"])
    return ExportDocument(file.id, title, chosen.suffix, chosen.mime, data, linked)


def export_stored(
    data_dir: Path,
    conversation: str,
    name: FormatName,
    scope: Scope = "all",
    *,
    attachments: AttachmentStore | None = None,
) -> Exported:
    """Of a conversation that has a file. Raises StoreError."""
    file = store_in(data_dir).open(conversation)
    document = export_document(file, attachments or AttachmentStore(data_dir), name, scope)
    return Exported(document, None if file.damaged is None else file.damaged.line)


def _linked(file: ConversationFile, scope: Scope) -> tuple[str, ...]:
    hashes = (
        sha256
        for section in outline_conversation(file, scope)
        for message in section.messages
        for sha256 in attached_hashes(message)
    )
    return tuple(sorted(set(hashes)))
