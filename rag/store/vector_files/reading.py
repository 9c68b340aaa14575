import mmap
import os
import weakref
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .header import SIZE, VectorHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Numbers = NDArray[np.int64]

OPEN = 4 * 1024 * 1024
"""Bytes for which an open file counts, so that not too many are."""
BLOCK = 1 << 20


class TornFileError(OSError):
    """It is not as long as it was written, or holds something else."""


class Sections:
    """Where in a file each part begins: the matrix, then for each passage its number, its document's number,
    its norm and, where the matrix has a line for each passage, the signs of that line."""

    def __init__(self, header: VectorHeader) -> None:
        self.line_of_signs = 0 if header.sparse else -(-header.dimensions // 8)
        self.matrix = SIZE
        self.passages = _round_up(self.matrix + header.dimensions * header.places)
        self.documents = self.passages + 8 * header.count
        self.norms = self.documents + 8 * header.count
        self.signs = self.norms + 4 * header.count
        self.end = self.signs + self.line_of_signs * header.count


class VectorFile:
    """Open until nobody has it any more, also when its name has become another's. It is mapped into memory
    only while someone uses what `matrix` or `signs` gave: else all that questions ever looked at would count
    as this process's."""

    def __init__(self, fd: int, header: VectorHeader) -> None:
        """Closes `fd` when it goes."""
        weakref.finalize(self, os.close, fd)
        self._fd = fd
        self.header = header
        self.sections = Sections(header)

    @property
    def nbytes(self) -> int:
        return OPEN

    def passages(self) -> "Numbers":
        return self._read(np.int64, self.sections.passages)

    def documents(self) -> "Numbers":
        return self._read(np.int64, self.sections.documents)

    def norms(self) -> "Floats":
        return self._read(np.float32, self.sections.norms)

    def matrix(self) -> "NDArray[np.int8]":
        """Dimensions by passages where the header says sparse, else passages by dimensions."""
        header = self.header
        if header.sparse:
            return self._mapped(np.int8, self.sections.matrix, header.dimensions, header.places)[
                :, : header.count
            ]
        return self._mapped(np.int8, self.sections.matrix, header.count, header.dimensions)

    def signs(self) -> "NDArray[np.uint8]":
        """Passages by bytes of eight signs each. Not where the header says sparse."""
        return self._mapped(np.uint8, self.sections.signs, self.header.count, self.sections.line_of_signs)

    def is_whole(self) -> bool:
        """Whether it holds what was written."""
        self._refuse_torn()
        return checksum_of(self._fd, self.sections.end) == self.header.checksum

    def _read(self, kind: type, start: int) -> "NDArray[Any]":
        self._refuse_torn()
        size = self.header.count * np.dtype(kind).itemsize
        return np.frombuffer(os.pread(self._fd, size, start), kind)

    def _mapped(self, kind: type, start: int, lines: int, length: int) -> "NDArray[Any]":
        self._refuse_torn()
        mapped = mmap.mmap(self._fd, self.sections.end, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, kind, lines * length, start).reshape(lines, length)

    def _refuse_torn(self) -> None:
        """To touch mapped memory that its file has no longer ends the process."""
        if os.fstat(self._fd).st_size != self.sections.end:
            raise TornFileError(f"a file of vectors is not {self.sections.end} bytes long any more")


def open_file(path: Path) -> VectorFile | None:
    """None where there is none. Raises TornFileError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        header = VectorHeader.of(os.pread(fd, SIZE, 0))
        if header is None:
            raise TornFileError(f"{path.name} has no header of this format")
    except BaseException:
        os.close(fd)
        raise
    file = VectorFile(fd, header)
    if not file.is_whole():
        raise TornFileError(f"{path.name} is not what was written")
    return file


def checksum_of(fd: int, end: int) -> int:
    """CRC-32 of what stands between the header and `end`."""
    found = 0
    for at in range(SIZE, end, BLOCK):
        found = zlib.crc32(os.pread(fd, min(BLOCK, end - at), at), found)
    return found


def _round_up(place: int) -> int:
    """To where a number of eight bytes may stand."""
    return -(-place // 8) * 8
