"""Which process carries on with a conversation by itself (a dialogue between models): the one that holds this
file's lock. It falls when its holder dies, so that nobody waits for a dialogue that nobody leads."""

import os
from pathlib import Path

from conversations.files.folders import Folders
from conversations.files.journals import remove_if_empty
from core import disk
from core.disk import try_lock

NAME = "dialogue.lock"


class DialogueLock:
    """Leads a dialogue, as a `Lead`, for as long as a file stays locked."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._fd)
        remove_if_empty(self._path.parent)


def take_lead(folders: Folders, conversation: str) -> DialogueLock | None:
    """None where another process holds it. Raises OSError."""
    path = folders.journal_folder(conversation) / NAME
    while True:
        disk.make_folder(path.parent)
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
        except FileNotFoundError:
            # The last answer of this conversation just ended and its empty folder was removed.
            continue
        if not try_lock(fd):
            os.close(fd)
            return None
        if is_still(path, fd):
            return DialogueLock(path, fd)
        os.close(fd)


def is_led(folders: Folders, conversation: str) -> bool:
    try:
        # For writing, though nothing is written: network file systems lock exclusively nothing else.
        fd = os.open(folders.journal_folder(conversation) / NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(fd)
    finally:
        os.close(fd)


def is_still(path: Path, fd: int) -> bool:
    """Recovery may have taken away what it found unlocked, between our opening and our locking it."""
    try:
        return path.stat().st_ino == os.fstat(fd).st_ino
    except FileNotFoundError:
        return False
