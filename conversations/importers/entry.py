"""One file of what was exported, wherever it lies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from django.utils.functional import Promise

from conversations.errors import StoreError

from .elements import Readable


class ImportRefusedError(StoreError):
    """The message is a sentence for a person."""


class SourceEntryError(StoreError):
    """One file of the source cannot be read; `reason` says why, for a person."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """`name`: with the folders and zips that it lies in. `size`: in bytes, as the source says. `open` and
    what it gives raise EntryError."""

    name: str
    size: int
    changed_at: datetime
    open: Callable[[], Readable]

    @property
    def base(self) -> str:
        return PurePosixPath(self.name).name.casefold()

    @property
    def folder(self) -> PurePosixPath:
        return PurePosixPath(self.name).parent


def entry_of(path: Path, name: str) -> Entry:
    about = path.stat()
    return Entry(name, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC), lambda: _Closing(path))


class _Closing:
    """A file that is open only while it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    def read(self, size: int, /) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read(size)
        self._at += len(data)
        return data
