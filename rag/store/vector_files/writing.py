import errno
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core import disk
from rag.store.matrix import Vectors, norms_of, signs_of, transpose_in_blocks

from .header import SIZE, VectorHeader
from .reading import Sections, VectorFile, checksum_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.store.matrix import Floats, Numbers, Places

LINES = 256
"""Of a matrix that are copied, and mapped, at a time."""


class Part(NamedTuple):
    """Some passages, the document of each, and a row of each one's vector."""

    passages: "Numbers"
    documents: "Numbers"
    rows: "NDArray[np.int8]"


class KeptVectors(NamedTuple):
    """What is taken over from other vectors, which are laid out as the file."""

    vectors: Vectors
    places: "Places"


def write_file(
    path: Path, header: VectorHeader, kept: KeptVectors | None, parts: Iterable[Part]
) -> VectorFile:
    """A new file, for whose passages `header` has places enough. It is not synced: the checksum tells, later,
    whether all of it reached the disk, and what did not can be made again. Raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        written = _write(fd, header, kept, parts)
    except BaseException:
        os.close(fd)
        raise
    return VectorFile(fd, written)


def _write(fd: int, header: VectorHeader, kept: KeptVectors | None, parts: Iterable[Part]) -> VectorHeader:
    numbers: list[_Numbers] = []
    count = 0
    if kept is not None:
        numbers.append(_copy(fd, header, kept))
        count = len(numbers[0].passages)
    for part in parts:
        _put_matrix(fd, header, count, part.rows)
        signs = b"" if header.sparse else signs_of(part.rows).tobytes()
        numbers.append(_Numbers(part.passages, part.documents, norms_of(part.rows), signs))
        count += len(part.rows)
    header = replace(header, count=count)
    at = Sections(header)
    _put(fd, b"".join(some.passages.astype("<i8").tobytes() for some in numbers), at.passages)
    _put(fd, b"".join(some.documents.astype("<i8").tobytes() for some in numbers), at.documents)
    _put(fd, b"".join(some.norms.astype("<f4").tobytes() for some in numbers), at.norms)
    _put(fd, b"".join(some.signs for some in numbers), at.signs)
    os.ftruncate(fd, at.end)
    header = replace(header, checksum=checksum_of(fd, at.end))
    _put(fd, header.to_bytes(), 0)
    return header


class _Numbers(NamedTuple):
    passages: "Numbers"
    documents: "Numbers"
    norms: "Floats"
    signs: bytes


def _copy(fd: int, header: VectorHeader, kept: KeptVectors) -> _Numbers:
    vectors, places = kept
    passages = vectors.passages[places]
    if header.sparse:
        for at in range(0, header.dimensions, LINES):
            for dimension, line in enumerate(vectors.lines.matrix()[at : at + LINES], at):
                _put(fd, line[places].tobytes(), SIZE + dimension * header.places)
        signs = b""
    else:
        chosen = np.arange(len(vectors.passages))[places]
        for at in range(0, len(chosen), LINES):
            rows = vectors.lines.matrix()[chosen[at : at + LINES]]
            _put(fd, rows.tobytes(), SIZE + at * header.dimensions)
        signs = vectors.lines.signs()[places].tobytes()
    return _Numbers(passages, vectors.documents[places], vectors.norms[places], signs)


def _put_matrix(fd: int, header: VectorHeader, count: int, rows: "NDArray[np.int8]") -> None:
    """Behind the `count` vectors that are there."""
    if not header.sparse:
        _put(fd, rows.tobytes(), SIZE + count * header.dimensions)
        return
    for dimension, line in enumerate(transpose_in_blocks(rows)):
        _put(fd, line.tobytes(), SIZE + dimension * header.places + count)


def _put(fd: int, data: bytes, place: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, place)
        if written == 0:
            raise OSError(errno.EIO, "nothing was written")
        rest, place = rest[written:], place + written
