"""Looks at conversations and says what a person should know of. Changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conversations.attachments import AttachmentStore
from conversations.errors import StoreError
from conversations.records import Record
from conversations.shapes import hashes_in
from conversations.store.base import Store
from conversations.store.conversation import ConversationFile


@dataclass(frozen=True, slots=True)
class Problem:
    """`name`: the conversation's id, or a file's name. `harmless`: nothing is wrong with what was said."""

    name: str
    what: str
    harmless: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


def verify_conversation(store: Store, attachments: AttachmentStore, conversation: str) -> Iterator[Problem]:
    try:
        file = store.open(conversation)
        size, _ = store.stamp(conversation) or (0, 0)
        remarks = list(store.remarks(conversation))
    except (StoreError, OSError) as error:
        yield Problem(conversation, f"cannot be opened ({error})")
        return
    for what in _content(file, size):
        yield Problem(conversation, what)
    for what in remarks:
        yield Problem(conversation, what, harmless=True)
    missing = {sha256 for sha256 in _attached(file) if attachments.size(sha256) is None}
    for sha256 in sorted(missing):
        yield Problem(conversation, f"attachment {sha256} is missing")


def find_strays(store: Store) -> Iterator[Problem]:
    """What lies there and belongs to no conversation."""
    for name, what in store.strays():
        yield Problem(name, what)


def _content(file: ConversationFile, size: int) -> Iterator[str]:
    if file.damaged is not None:
        more = f" and {file.damaged.lines - 1} more" if file.damaged.lines > 1 else ""
        yield f"line {file.damaged.line}{more} cannot be read ({file.damaged.reason}); it opens read-only"
    if size > file.size and file.size:
        yield f"ends in a torn line of {size - file.size} bytes, which the next record sets aside"
    tree = file.tree
    if tree.conversation is not None and tree.conversation.get("id") != file.id:
        yield f"says that its id is {tree.conversation.get('id')!r}"
    for message, header in tree.messages.items():
        if header["parent"] is not None and header["parent"] not in tree.messages:
            yield f"message {message} hangs below {header['parent']}, which is not there"


def _attached(file: ConversationFile) -> Iterator[str]:
    for _, record in file.records_from(0):
        for part in _parts(record):
            if isinstance(part, dict):
                if isinstance(part.get("sha256"), str):
                    yield part["sha256"]
                if part.get("type") == "tool_result":
                    yield from hashes_in(part)


def _parts(record: Record) -> Iterable[object]:
    parts = record.get("parts")
    return parts if isinstance(parts, list) else ()
