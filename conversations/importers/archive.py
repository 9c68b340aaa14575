"""What lies in a zip, and in the zips that lie in it."""

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from .elements import Readable
from .entry import Entry, ImportRefusedError, SourceEntryError
from .report import DAMAGED, ENCRYPTED, PACKED, TOO_DEEP

MOST_ENTRIES = 200_000
FREE = 16 << 20
"""Bytes that a zip may unpack to however small it is; beyond, RATIO times its own size."""
RATIO = 100
DEEPEST = 3
"""Zips in zips."""

_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


class Unpacking:
    """Zips that are read with one allowance. `unread`: entries that cannot be read, and why."""

    def __init__(self) -> None:
        self.unread: list[tuple[str, str | Promise]] = []
        self.resources = ExitStack()
        self._left = 0
        self._count = 0

    def entries_in(self, path: Path, prefix: str = "") -> Iterator[Entry]:
        """Raises ImportRefusedError where it is no zip that can be read."""
        self._left += max(FREE, RATIO * path.stat().st_size)
        try:
            archive = self.resources.enter_context(zipfile.ZipFile(path))
        except _DAMAGES as error:
            if not prefix:
                raise ImportRefusedError(_("This zip cannot be read.")) from error
            self.unread.append((prefix.rstrip("/"), DAMAGED))
            return
        yield from self._entries(archive, prefix, 1)

    def _entries(self, archive: zipfile.ZipFile, prefix: str, depth: int) -> Iterator[Entry]:
        for info in archive.infolist():
            name = prefix + info.filename
            if (
                info.is_dir()
                or "__MACOSX" in info.filename
                or info.filename.rpartition("/")[2].startswith("._")
            ):
                continue
            self._count += 1
            if self._count > MOST_ENTRIES:
                raise ImportRefusedError(_("This zip holds too many files."))
            if info.flag_bits & 1:
                self.unread.append((name, ENCRYPTED))
                continue
            entry = Entry(name, info.file_size, _changed_at(info), partial(self._open, archive, info))
            if entry.base.endswith(".zip"):
                yield from self._inner(entry, depth)
            else:
                yield entry

    def _inner(self, entry: Entry, depth: int) -> Iterator[Entry]:
        if depth >= DEEPEST:
            self.unread.append((entry.name, TOO_DEEP))
            return
        try:
            copy = tempfile.TemporaryFile()  # noqa: SIM115 -- it is closed with the whole source
            self.resources.enter_context(copy)
            stream = entry.open()
            while block := stream.read(1 << 20):
                copy.write(block)
            inner = self.resources.enter_context(zipfile.ZipFile(copy))
        except SourceEntryError as error:
            self.unread.append((entry.name, error.reason))
        except _DAMAGES:
            self.unread.append((entry.name, DAMAGED))
        else:
            yield from self._entries(inner, f"{entry.name}/", depth + 1)

    def _open(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Readable:
        try:
            return _Counted(cast(BinaryIO, archive.open(info)), self._spend)
        except NotImplementedError as error:
            raise SourceEntryError(PACKED) from error
        except _DAMAGES as error:
            raise SourceEntryError(DAMAGED) from error

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ImportRefusedError(_("This zip unpacks to far more than such an export holds."))


def _changed_at(info: zipfile.ZipInfo) -> datetime:
    year, month, day, hour, minute, second = info.date_time
    if year == 1980:
        # What a zip says that says nothing.
        return datetime.now(UTC)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)


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
                raise SourceEntryError(DAMAGED) from error
            if not block:
                break
            self._spend(len(block))
            blocks.append(block)
            size -= len(block)
        return b"".join(blocks)
