"""DATA_DIR/vectors: a file for each large collection and embedding model. Each machine has its own."""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from core import disk

from .header import read_header

ABANDONED = 24 * 3600.0
"""Seconds after which a file that somebody began to write is nobody's any more."""


def folder() -> Path:
    return Path(settings.DATA_DIR) / "vectors"


def path_of(collection: int, model: int) -> Path:
    return folder() / f"{collection}-{model}.vectors"


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Where it is written before it gets its name; gone when the block ends, if it did not get it."""
    disk.make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def forget_files(collection: int) -> None:
    """What was made of texts goes with them. Whoever has such a file open can still read it."""
    for path in folder().glob(f"{collection}-*.vectors"):
        path.unlink(missing_ok=True)


def has_files() -> bool:
    return any(folder().glob("*"))


def sweep_files(versions: Mapping[int, int]) -> None:
    """Removes what no collection's version, by its number, counts on any more: files of a state that is past,
    and what was begun and never ended."""
    for path in folder().glob("*"):
        # Others write and remove meanwhile, and what is no file of ours stays.
        with suppress(OSError):
            if path.name.startswith("."):
                gone = path.stat().st_mtime < time.time() - ABANDONED
            else:
                header = read_header(path)
                gone = header is None or versions.get(header.collection) != header.version
            if gone:
                path.unlink()
