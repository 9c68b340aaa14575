"""Looks at the files and says what a person should know of. Changes nothing."""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conversations.errors import StoreError
from conversations.files import disk
from conversations.files.attachments import AttachmentStore
from conversations.files.file import ConversationFile
from conversations.files.store import FileStore
from conversations.ids import is_conversation_id
from conversations.records import Record
from conversations.shapes import hashes_in


@dataclass(frozen=True, slots=True)
class Problem:
    """`name`: the conversation's id, or a file's name. `harmless`: nothing is wrong with what was said."""

    name: str
    what: str
    harmless: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


def verify_files(store: FileStore, attachments: AttachmentStore, conversation: str) -> Iterator[Problem]:
    try:
        file = store.open(conversation)
        size = store.path(conversation).stat().st_size
    except (StoreError, OSError) as error:
        yield Problem(conversation, f"cannot be opened ({error})")
        return
    for what in _content(file, size):
        yield Problem(conversation, what)
    for what in _surroundings(store, conversation):
        yield Problem(conversation, what, harmless=True)
    missing = {sha256 for sha256 in _attached(file) if attachments.path(sha256) is None}
    for sha256 in sorted(missing):
        yield Problem(conversation, f"attachment {sha256} is missing")


def find_stray_files(store: FileStore) -> Iterator[Problem]:
    """Files in the folder that belong to no conversation."""
    if not store.folder.is_dir():
        return
    for path in sorted(store.folder.iterdir()):
        conversation = path.name.partition(".")[0]
        if not is_conversation_id(conversation):
            yield Problem(path.name, "is no conversation (its name is no id)")
        elif not store.exists(conversation):
            yield Problem(path.name, f"belongs to {conversation}, which is not there")


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


def _surroundings(store: FileStore, conversation: str) -> Iterator[str]:
    if _open_to_others(store.path(conversation), disk.FILE_MODE):
        yield "can be read by other users of this machine"
    for kept in sorted(store.folder.glob(f"{conversation}.torn-*")):
        yield f"{kept.name} holds {kept.stat().st_size} bytes that were set aside"
    live = store.live_folder(conversation)
    if live.is_dir():
        count = sum(1 for path in live.iterdir() if path.suffix == ".jsonl")
        if count:
            yield f"{count} answers stream now or wait for recovery"


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


def _open_to_others(path: Path, mode: int) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & ~mode & 0o077)
