"""A conversation's file says in its first line whose it is; here that changes."""

import os
from pathlib import Path

from conversations.errors import ConversationDamagedError, InvalidRecordError, StorageError
from conversations.files.locked import locked
from conversations.ids import random_id
from conversations.owners import named_owner
from conversations.store.content import first_line
from conversations.store.lines import decode_record, encode_records
from core import disk

BLOCK = 1 << 20


def hand_over(path: Path, owner: str, name: str) -> None:
    """The file is replaced by one with another first line and the same bytes behind it. Raises
    ConversationNotFoundError, ConversationDamagedError where the first line cannot be read (such a file is
    never written), StorageError."""
    with locked(path) as file:
        line = first_line(file)
        try:
            first = decode_record(line)
        except InvalidRecordError as error:
            raise ConversationDamagedError(f"{path.stem} does not say whose it is: {error}") from error
        kept = {key: value for key, value in first.items() if key != "owner_name"}
        changed = {**kept, **named_owner(owner, name)}
        draft = path.with_name(f".{path.stem}.{random_id()}")
        try:
            _write(draft, encode_records([changed]), file.fd, len(line) + 1)  # type: ignore[list-item]
            # When it was thrown away is told by the file's time.
            before = os.fstat(file.fd)
            os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
            draft.replace(path)
            disk.sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"could not write {path.stem}: {error.strerror}") from error
        finally:
            draft.unlink(missing_ok=True)


def _write(draft: "os.PathLike[str]", first: bytes, source: int, start: int) -> None:
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        disk.write_all(fd, first)
        while block := os.pread(source, BLOCK, start):
            disk.write_all(fd, block)
            start += len(block)
        os.fsync(fd)
    finally:
        os.close(fd)
