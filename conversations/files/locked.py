"""One conversation's file while this process alone may write to it.

The lock is the system's own (flock) on the file itself, so it falls when its holder dies, and it holds
between threads as between processes. It is not for network file systems.
"""

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conversations.errors import ConversationNotFoundError, StorageError
from conversations.files.content import FileContent
from conversations.records import Record
from conversations.store.content import check_header, first_line
from conversations.store.lines import encode_record, is_complete_record
from conversations.tree import check_records
from core import disk

logger = logging.getLogger(__name__)


class LockedFile(FileContent):
    """A conversation's file as `LockedContent`, while its lock is held."""

    def __init__(self, fd: int, path: Path) -> None:
        super().__init__(fd)
        self.path = path

    def append(self, records: Iterable[Record], *, durable: bool) -> int:
        """Gives the file's new size. Either all records stand in it afterwards or none."""
        return self.append_lines(
            [encode_record(record) for record in check_records(records)], durable=durable
        )

    def append_lines(self, lines: Sequence[bytes], *, durable: bool) -> int:
        data = b"".join(lines)
        check_header(first_line(self), self.path.stem)
        try:
            if data:
                data = self._mend_end() + data
            return self._write(data, durable=durable)
        except OSError as error:
            raise StorageError(f"could not write to {self.path.stem}: {error.strerror}") from error

    def _write(self, data: bytes, *, durable: bool) -> int:
        start = os.fstat(self.fd).st_size
        disk.write_all(self.fd, data)
        if durable:
            try:
                os.fdatasync(self.fd)
            except OSError:
                # What may or may not be on disk is not acknowledged, so it must not come back later.
                os.ftruncate(self.fd, start)
                raise
        return start + len(data)

    def _mend_end(self) -> bytes:
        """After a line that was cut (by a crash or a full disk) nothing may follow on it: it is set aside.
        A line that only lacks its end gets one."""
        size = os.fstat(self.fd).st_size
        if os.pread(self.fd, 1, size - 1) == b"\n":
            return b""
        start = disk.last_line_start(self.fd, size)
        torn = os.pread(self.fd, size - start, start)
        if is_complete_record(torn):
            return b"\n"
        kept = set_aside(self.path, torn)
        os.ftruncate(self.fd, start)
        logger.warning("%s ended in a torn line (%d bytes), kept as %s", self.path.name, len(torn), kept.name)
        return b""


def set_aside(path: Path, data: bytes) -> Path:
    """Bytes that cannot stay in the file, beside it as `<id>.torn-<n>`."""
    number = 1
    while True:
        kept = path.with_name(f"{path.stem}.torn-{number}")
        try:
            fd = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
        except FileExistsError:
            number += 1
            continue
        try:
            disk.write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        return kept


@contextmanager
def locked(path: Path) -> Iterator[LockedFile]:
    """Waits for the file's lock, and holds it. Raises ConversationNotFoundError."""
    fd = _open_locked(path)
    try:
        yield LockedFile(fd, path)
    finally:
        os.close(fd)


def _open_locked(path: Path) -> int:
    while True:
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise ConversationNotFoundError(f"no conversation {path.stem}") from error
        except OSError as error:
            raise StorageError(f"could not open {path.stem}: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            if _still_at(fd, path):
                return fd
        except BaseException:
            os.close(fd)
            raise
        # Trashed, restored or replaced while we waited: what is locked is no longer the conversation.
        os.close(fd)


def _still_at(fd: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(fd)
    return (held.st_ino, held.st_dev) == (there.st_ino, there.st_dev)


@contextmanager
def naming_storage_errors(conversation: str) -> Iterator[None]:
    """What the system refuses is told as StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{conversation}: {error.strerror}") from error
