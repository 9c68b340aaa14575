"""A file, a folder or a zip that someone exported somewhere: its JSON documents and its attachments.

Nothing in it is believed: not the sizes a zip names, not its names (nothing is unpacked to disk).
"""

import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from conversations.errors import StoreError

from .elements import Readable

MOST_ENTRIES = 200_000
MOST_ATTACHMENT = 100 << 20
FREE = 100 << 20
"""Bytes that a zip may unpack to however small it is; beyond, RATIO times its own size."""
RATIO = 100

_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)
_FILE_ID = re.compile(r"file[-_][A-Za-z0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Find = Callable[..., tuple[str, bytes] | None]
"""Name and bytes of the attachment that one of these ids, paths or names means; the first that is there."""


class ImportRefusedError(StoreError):
    """The message is a sentence for a person."""


class Source(ABC):
    def __init__(self, names: list[str]) -> None:
        documents = [name for name in names if name.endswith((".json", ".jsonl"))]
        chats = [name for name in documents if PurePosixPath(name).name.startswith("conversations")]
        self.documents = sorted(chats or documents)
        self._attachments = _findable(names)

    @abstractmethod
    def open(self, name: str) -> Readable: ...

    @abstractmethod
    def size(self, name: str) -> int:
        """In bytes, as the source says."""

    @abstractmethod
    def changed_at(self, name: str) -> datetime:
        """When it was written; now, where the source says nothing that makes sense."""

    @abstractmethod
    def close(self) -> None: ...

    def find(self, *hints: str) -> tuple[str, bytes] | None:
        keys = (key for hint in hints for key in [*_FILE_ID.findall(hint), *_name_of(hint)])
        name = next((self._attachments[key] for key in keys if key in self._attachments), None)
        if name is None:
            return None
        data = self.open(name).read(MOST_ATTACHMENT + 1)
        return (PurePosixPath(name).name, data) if len(data) <= MOST_ATTACHMENT else None


def _findable(names: list[str]) -> dict[str, str]:
    """By the id that a file's name begins with, and by its name, where no other file has the same."""
    known: dict[str, str] = {}
    count: dict[str, int] = {}
    for name in names:
        own = _FILE_ID.match(PurePosixPath(name).name)
        for key in [*([own.group()] if own else ()), *_name_of(name)]:
            known.setdefault(key, name)
            count[key] = count.get(key, 0) + 1
    return {key: name for key, name in known.items() if count[key] == 1 or _FILE_ID.fullmatch(key)}


def _name_of(path: str) -> list[str]:
    name = PurePosixPath(path).name
    return [name.casefold()] if name else []


class Folder(Source):
    def __init__(self, root: Path, names: list[str]) -> None:
        super().__init__(names)
        self._root = root

    def open(self, name: str) -> Readable:
        return _Closing(self._root / name)

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def changed_at(self, name: str) -> datetime:
        return datetime.fromtimestamp((self._root / name).stat().st_mtime, UTC)

    def close(self) -> None:
        pass


class Zip(Source):
    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise ImportRefusedError(_("This zip cannot be read.")) from error
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir() and not entry.flag_bits & 1]
        if len(entries) > MOST_ENTRIES:
            raise ImportRefusedError(_("This zip holds too many files."))
        super().__init__([entry.filename for entry in entries if "__MACOSX" not in entry.filename])
        self._left = max(FREE, RATIO * path.stat().st_size)

    def open(self, name: str) -> Readable:
        try:
            return _Counted(cast(BinaryIO, self._zip.open(name)), self._spend)
        except _DAMAGES as error:
            raise ImportRefusedError(_("This zip is damaged.")) from error

    def size(self, name: str) -> int:
        return self._zip.getinfo(name).file_size

    def changed_at(self, name: str) -> datetime:
        year, month, day, hour, minute, second = self._zip.getinfo(name).date_time
        if year == 1980:
            # What a zip says that says nothing.
            return datetime.now(UTC)
        try:
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            return datetime.now(UTC)

    def close(self) -> None:
        self._zip.close()

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ImportRefusedError(_("This zip unpacks to far more than such an export holds."))


class _Counted:
    """Reading that stops a zip bomb while it unpacks, whatever sizes it names."""

    def __init__(self, stream: BinaryIO, spend: Callable[[int], None]) -> None:
        self._stream = stream
        self._spend = spend

    def read(self, size: int, /) -> bytes:
        blocks: list[bytes] = []
        while size > 0:
            try:
                block = self._stream.read(min(size, 1 << 20))
            except _DAMAGES as error:
                raise ImportRefusedError(_("This zip is damaged.")) from error
            if not block:
                break
            self._spend(len(block))
            blocks.append(block)
            size -= len(block)
        return b"".join(blocks)


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


def open_source(path: Path) -> Source:
    """Raises ImportRefusedError."""
    try:
        if path.is_dir():
            return Folder(path, [str(one.relative_to(path)) for one in _files(path)])
        if not path.is_file():
            raise ImportRefusedError(_("{name} is not there.").format(name=path.name))
        if zipfile.is_zipfile(path):
            return Zip(path)
        source = Folder(path.parent, [])
        source.documents = [path.name]
        return source
    except OSError as error:
        raise ImportRefusedError(_("{name} cannot be read.").format(name=path.name)) from error


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
