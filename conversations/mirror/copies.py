"""Copies of conversations as files of a folder: <folder>/<id>.jsonl."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conversations.ids import is_conversation_id
from conversations.store.base import Store
from conversations.store.content import Content, first_line
from core import disk

ENDING = ".jsonl"
DRAFT = ".draft-"
"""With which the name of a copy begins that is being written."""


@dataclass(frozen=True, slots=True)
class Copy:
    """`as_of_ns`: it holds what its conversation held at that moment, by the clock of its home, in ns since
    1970."""

    conversation: str
    size: int
    as_of_ns: int


class Copies(Protocol):
    """Raises OSError where their place does not answer, or has no room; StorageError where the store does
    not. Nobody else writes to them."""

    def hold_turn(self) -> bool:
        """Whether this process alone writes them, from now until it ends. Asked before each look. Raises
        StorageError where it held them and another may have written meanwhile."""
        ...

    def entries(self) -> Iterator[Copy]:
        """The copies that there are, in the order of their ids."""
        ...

    def write(self, store: Store, conversation: str) -> bool:
        """Whether there was none before. Whole or not at all, never whole in memory. Raises
        ConversationNotFoundError."""
        ...

    def remove(self, conversation: str) -> bool:
        """Removes a copy; returns whether there was one."""
        ...


class FolderCopies:
    """`Copies`, which a reader sees grow line by line as the conversation does. `lock`: the file whose lock
    says who writes."""

    def __init__(self, folder: Path, lock: Path) -> None:
        self._folder = folder
        self._lock = lock
        self._held: int | None = None

    def hold_turn(self) -> bool:
        if self._held is None:
            fd = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                return False
            except BaseException:
                os.close(fd)
                raise
            self._held = fd
            remove_drafts(self._folder)
        disk.make_folder(self._folder)
        return True

    def entries(self) -> Iterator[Copy]:
        for name in sorted(path.name for path in self._folder.iterdir()):
            conversation = name.removesuffix(ENDING)
            if name.endswith(ENDING) and is_conversation_id(conversation):
                with suppress(FileNotFoundError):
                    found = (self._folder / name).stat()
                    yield Copy(conversation, found.st_size, found.st_mtime_ns)

    def write(self, store: Store, conversation: str) -> bool:
        path = self._path(conversation)
        is_new = not path.exists()
        with store.reading(conversation) as content:
            if not append_rest(path, content):
                draft = write_draft(self._folder, content)
                try:
                    draft.replace(path)
                finally:
                    draft.unlink(missing_ok=True)
            os.utime(path, ns=(content.changed_ns, content.changed_ns))
        return is_new

    def remove(self, conversation: str) -> bool:
        try:
            self._path(conversation).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, conversation: str) -> Path:
        return self._folder / f"{conversation}{ENDING}"


def write_draft(folder: Path, content: Content) -> Path:
    """Writes the whole content to a new file, on disk when this returns."""
    disk.make_folder(folder)
    draft = folder / f"{DRAFT}{secrets.token_hex(8)}"
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        for block in content.blocks(0, content.size):
            disk.write_all(fd, block)
        os.fdatasync(fd)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    return draft


def remove_drafts(folder: Path) -> None:
    """What the process that wrote before left there. One that stood still meanwhile does not find its own."""
    for draft in folder.glob(f"{DRAFT}*"):
        draft.unlink(missing_ok=True)


def append_rest(path: Path, content: Content) -> bool:
    """What the file lacks of the content, behind what it has; False where it holds something else than the
    content's beginning, and nothing is written."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        size = disk.size_of(fd)
        if size > content.size or not begins_alike(fd, size, content):
            return False
        for block in content.blocks(size, content.size):
            disk.write_all(fd, block)
        os.fdatasync(fd)
        return True
    finally:
        os.close(fd)


def begins_alike(fd: int, size: int, content: Content) -> bool:
    """Whether the file is whole lines of which the first and the last are the content's, at the same places:
    what stands between them is never changed."""
    if size == 0 or disk.read_at(fd, size - 1, 1) != b"\n":
        return False
    first = first_line(content) + b"\n"
    start = disk.last_line_start(fd, size - 1)
    return disk.read_at(fd, 0, len(first)) == first and disk.read_at(fd, start, size - start) == content.read(
        start, size - start
    )
