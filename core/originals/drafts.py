"""Bytes on their way to a place: written under a name that begins with a dot, until their hash is known."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core import disk
from core.originals.base import Original


@contextmanager
def drafted(folder: Path, chunks: Iterable[bytes]) -> Iterator[tuple[Path, Original]]:
    """On disk when the block begins; gone when it ends, unless it was given another name."""
    disk.make_folder(folder)
    draft = folder / f".{secrets.token_hex(8)}"
    try:
        yield draft, _write(draft, chunks)
    finally:
        draft.unlink(missing_ok=True)


def _write(draft: Path, chunks: Iterable[bytes]) -> Original:
    digest, size = hashlib.sha256(), 0
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
    with os.fdopen(fd, "wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Original(digest.hexdigest(), size)
