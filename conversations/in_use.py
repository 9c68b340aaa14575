"""Who works on DATA_DIR: any number of servers and commands at once, or one that replaces what is in it. By a
lock of the system's, which falls when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conversations.errors import StorageError, StoreError
from core import disk

NAME, SERVERS = ".in_use", ".serving"


class InUseError(StoreError):
    """The message is a sentence for a person."""


@contextmanager
def in_use(data_dir: Path) -> Iterator[None]:
    """Says that the folder is in use, as long as the block lasts; never waits. Raises InUseError,
    StorageError."""
    with _locked(
        data_dir, fcntl.LOCK_SH, f"A backup is being put back into {data_dir}. Wait until that is done."
    ):
        yield


@contextmanager
def hold_alone(data_dir: Path) -> Iterator[None]:
    """Keeps all others out of the folder, as long as the block lasts; never waits. Raises InUseError,
    StorageError."""
    with _locked(
        data_dir,
        fcntl.LOCK_EX,
        f"Divan, or one of its commands, is running on {data_dir}. Stop it first. Nothing was changed.",
    ):
        yield


@contextmanager
def serving(data_dir: Path, *, alone: bool) -> Iterator[None]:
    """A server. One that is `alone` can tell no other what streams in it, and bears none beside it; commands
    it does. Raises InUseError, StorageError. Never waits."""
    with _locked(
        data_dir,
        fcntl.LOCK_EX if alone else fcntl.LOCK_SH,
        f"Another server runs on {data_dir}, and one of the two has no Redis: neither would hear of what the "
        "other does. Stop it, give this one a DATA_DIR of its own, or set the same REDIS_URL for both.",
        name=SERVERS,
    ):
        yield


@contextmanager
def _locked(data_dir: Path, kind: int, otherwise: str, *, name: str = NAME) -> Iterator[None]:
    try:
        disk.make_folder(data_dir)
        fd = os.open(data_dir / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
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
