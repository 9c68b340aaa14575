"""Which process begins a conversation that several may be asked to begin at one moment: by a lock."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from conversations.files.folders import Folders
from core import disk
from core.disk import try_lock

PLACES = 32
"""Files that are locked; what does not belong together seldom meets in one, and then waits a moment."""


@contextmanager
def try_beginning(folders: Folders, asked: str) -> Iterator[bool]:
    """Whether it is held, until the block ends. Never waits. Raises OSError."""
    disk.make_folder(folders.conversations)
    path = folders.conversations / f".beginning-{zlib.crc32(asked.encode()) % PLACES}"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        yield try_lock(fd)
    finally:
        os.close(fd)
