"""The originals: DATA_DIR/documents/<sha256>, once for all who have them. What was made of one
(rag/whole) lies beside it and goes with it."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core.hashes import is_sha256
from rag.errors import DocumentError
from rag.models import Document


@dataclass(frozen=True, slots=True)
class Original:
    sha256: str
    size: int


def folder() -> Path:
    path = Path(settings.DATA_DIR) / "documents"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(sha256: str) -> Path | None:
    if not is_sha256(sha256):
        return None
    path = folder() / sha256
    return path if path.is_file() else None


@contextmanager
def keep_original(chunks: Iterable[bytes], most_bytes: int) -> Iterator[Original]:
    """On disk when the block begins. Make its row inside: until the block ends nobody clears it away.
    Raises DocumentError('too_large')."""
    draft = folder() / f".{secrets.token_hex(8)}"
    try:
        original = _write(draft, chunks, most_bytes)
        with _locked():
            path = folder() / original.sha256
            if path.exists():
                draft.unlink()
            else:
                draft.replace(path)
            yield original
    finally:
        draft.unlink(missing_ok=True)


def clear_originals(sha256: str) -> None:
    """Removes an original that no document has any more."""
    if not is_sha256(sha256):
        return
    with _locked():
        if not Document.objects.filter(sha256=sha256).exists():
            for path in [folder() / sha256, *folder().glob(f"{sha256}.*")]:
                path.unlink(missing_ok=True)


def _write(draft: Path, chunks: Iterable[bytes], most_bytes: int) -> Original:
    digest, size = hashlib.sha256(), 0
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > most_bytes:
                raise DocumentError("too_large")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Original(digest.hexdigest(), size)


@contextmanager
def _locked() -> Iterator[None]:
    fd = os.open(folder() / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
