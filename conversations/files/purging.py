"""Whose turn it is to purge, and what may name an attachment."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conversations.errors import StorageError
from conversations.files.folders import Folders
from core import disk
from core.disk import try_lock

STAMP = ".purged"
"""In DATA_DIR: locked by who purges, and as old as the last time that it was done."""
BLOCK = 1 << 16
"""Bytes that are read without letting another thread run: a fraction of a millisecond."""


class StampTurn:
    """Whose turn it is to purge, as a `PurgeTurn`, by the time of a file."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.ago = time.time() - os.fstat(fd).st_mtime

    def mark_done(self) -> None:
        os.utime(self._fd)


@contextmanager
def take_turn(folders: Folders, *, wait: bool) -> Iterator[StampTurn | None]:
    try:
        disk.make_folder(folders.data)
        path = folders.data / STAMP
        is_new = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            if is_new:
                os.utime(fd, (0, 0))
            if wait:
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield StampTurn(fd) if wait or try_lock(fd) else None
        finally:
            os.close(fd)
    except OSError as error:
        raise StorageError(f"could not empty the trash: {error.strerror}") from error


def texts_since(folders: Folders, since: float) -> Iterator[Iterator[bytes]]:
    """Of files in these folders, torn ends, journals and runs of test sets too."""
    for folder in (folders.conversations, folders.trash, folders.testsets):
        for path in files_below(folder):
            with suppress(FileNotFoundError):
                if path.stat().st_ctime >= since:
                    yield blocks_of(path)


def blocks_of(path: Path) -> Iterator[bytes]:
    """Of a file that is gone by now, nothing."""
    with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            yield block


def files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for parent, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            yield Path(parent, name)
