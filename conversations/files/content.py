"""The bytes of a file that is open."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from conversations.errors import ConversationNotFoundError, StorageError
from core import disk


class FileContent:
    """A `Content`. Raises OSError; who opens it names that."""

    temporary: ClassVar[bool] = False

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @property
    def identity(self) -> object:
        return os.fstat(self.fd).st_ino

    @property
    def size(self) -> int:
        return os.fstat(self.fd).st_size

    @property
    def changed_ns(self) -> int:
        return os.fstat(self.fd).st_mtime_ns

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self.fd, length, offset)

    def blocks(self, offset: int, end: int) -> Iterator[bytes]:
        return disk.read_blocks(self.fd, offset, end)


@contextmanager
def opened(path: Path) -> Iterator[FileContent]:
    """Opens the file for reading. Raises ConversationNotFoundError, StorageError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ConversationNotFoundError(f"no conversation {path.stem}") from error
    except OSError as error:
        raise StorageError(f"could not open {path.stem}: {error.strerror}") from error
    try:
        yield FileContent(fd)
    except OSError as error:
        raise StorageError(f"could not read {path.stem}: {error.strerror}") from error
    finally:
        os.close(fd)
