"""Which process begins a conversation that several may be asked to begin at the same moment: the one that
holds this lock looks whether it is there, and makes it where it is not."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from conversations.files import disk
from conversations.files.locked import try_lock
from conversations.files.store import FileStore

PLACES = 32
"""Files that are locked; what does not belong together seldom meets in one, and then waits a moment."""


@contextmanager
def try_beginning(store: FileStore, asked: str) -> Iterator[bool]:
    """Whether it is held, until the block ends. Never waits. Raises OSError."""
    disk.make_folder(store.folder)
    path = store.folder / f".beginning-{zlib.crc32(asked.encode()) % PLACES}"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        yield try_lock(fd)
    finally:
        os.close(fd)
