"""The originals: DATA_DIR/documents/<sha256>, once for all who have them, or in the home that machines share
(core/originals). What was made of one (rag/whole) lies beside it, or beside its copy, and goes with it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from core.originals.base import Original, Originals
from core.originals.choice import originals_in
from rag.errors import DocumentError
from rag.models import Document

if TYPE_CHECKING:
    from django.db.models import QuerySet

PLACE = "documents"


def originals() -> Originals:
    return originals_in(Path(settings.DATA_DIR), PLACE)


def folder() -> Path:
    path = originals().folder
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(sha256: str) -> Path | None:
    """Where it lies on this machine. Blocks. Raises OriginalsAwayError."""
    return originals().path(sha256)


@contextmanager
def keep_original(chunks: Iterable[bytes], most_bytes: int) -> Iterator[Original]:
    """On disk when the block begins. Make its row inside: until the block ends nobody clears it away.
    Raises DocumentError('too_large'), OriginalsAwayError."""
    with originals().adding(at_most(chunks, most_bytes)) as original:
        yield original


def clear_originals(sha256: str, others: "QuerySet[Document]") -> None:
    """Removes an original that none of the `others` has. Raises OriginalsAwayError."""
    if originals().size(sha256) is not None:
        originals().remove(sha256, unless=others.filter(sha256=sha256).exists)


def at_most(chunks: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most_bytes:
            raise DocumentError("too_large")
        yield chunk
