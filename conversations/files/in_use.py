"""Who works on DATA_DIR: any number of servers and commands at once, or one that replaces what is in it. By a
lock of the system's, which falls when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conversations.errors import StorageError, StoreError
from conversations.files import disk

NAME = ".in_use"


class InUseError(StoreError):
    """The message is a sentence for a person."""


@contextmanager
def in_use(data_dir: Path) -> Iterator[None]:
    """Raises InUseError, StorageError. Never waits."""
    with _locked(
        data_dir, fcntl.LOCK_SH, f"A backup is being put back into {data_dir}. Wait until that is done."
    ):
        yield


@contextmanager
def used_alone(data_dir: Path) -> Iterator[None]:
    """Raises InUseError, StorageError. Never waits."""
    with _locked(
        data_dir,
        fcntl.LOCK_EX,
        f"Divan, or one of its commands, is running on {data_dir}. Stop it first. Nothing was changed.",
    ):
        yield


@contextmanager
def _locked(data_dir: Path, kind: int, otherwise: str) -> Iterator[None]:
    try:
        disk.make_folder(data_dir)
        fd = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
    except OSError as error:
        raise StorageError(f"{data_dir} cannot be used: {error.strerror}") from error
    try:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUseError(otherwise) from error
        yield
    finally:
        os.close(fd)
