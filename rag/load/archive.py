"""Zip files from strangers: what they claim is checked before anything is unpacked, and what they unpack to
is counted while it is."""

import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import DocumentError

MAX_ENTRIES = 10_000
MAX_UNPACKED = 300 * 1024 * 1024
MAX_PART = 100 * 1024 * 1024
MAX_RATIO = 250
SMALL = 1024 * 1024
"""A part below this may shrink as far as it likes."""


class ArchiveMembers:
    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._left = MAX_UNPACKED
        # Formats that lie in archives compare names without regard to case, and some writers turn slashes.
        self._names = {_key(said): name for name in reversed(file.namelist()) for said in (_utf8(name), name)}

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._names

    def head(self, name: str, size: int) -> bytes:
        """The first bytes of a part. Raises DocumentError."""
        return self._read(name, size)

    def read(self, name: str) -> bytes:
        """Raises DocumentError where the part is missing, damaged or larger than may be."""
        data = self._read(name, min(MAX_PART, self._left) + 1)
        self._left -= len(data)
        if len(data) > MAX_PART or self._left < 0:
            raise DocumentError("bomb", name)
        return data

    def _read(self, name: str, size: int) -> bytes:
        try:
            with self._file.open(self._names.get(_key(name), name)) as part:
                return part.read(size)
        except (KeyError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
            raise DocumentError("broken", f"{name}: {error}") from error
        except RuntimeError as error:
            raise DocumentError("encrypted", name) from error


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).replace("\\", "/").lower()


def _utf8(name: str) -> str:
    """A name of an archive that does not say that its names are in UTF-8."""
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveMembers]:
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DocumentError("broken", str(error)) from error
    with file:
        check_archive(file)
        yield ArchiveMembers(file)


def check_archive(file: zipfile.ZipFile) -> None:
    entries = file.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise DocumentError("bomb", "claims to hold too much")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise DocumentError("encrypted", entry.filename)
        if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise DocumentError("bomb", entry.filename)
