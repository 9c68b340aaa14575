"""Files that a person attached: kept once, by the SHA-256 of their bytes, as DATA_DIR/attachments/<sha256>.

The type is told from the bytes; a name or a type that a client gives is never believed. What is made from
an attachment (its text) lies beside it as <sha256>.<something> and goes with it. A file's time says when
somebody last gave it to us or was about to name it; purge.py removes what nothing names.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from conversations.errors import StorageError
from core import disk
from core.hashes import is_sha256

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What a browser may be given to draw."""
BINARY = "application/octet-stream"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Attachment:
    sha256: str
    mime: str
    bytes: int


def sniff(data: bytes) -> str:
    """The type of what these bytes begin or are."""
    for signature, mime in SIGNATURES:
        if data.startswith(signature):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if b"\0" in data[:4096]:
        return BINARY
    try:
        data.decode()
    except UnicodeDecodeError:
        return BINARY
    return TEXT


class AttachmentStore:
    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "attachments"

    @staticmethod
    def name(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    def path(self, sha256: str) -> Path | None:
        """None where the text is no hash, or nothing of that hash is kept."""
        if not is_sha256(sha256):
            return None
        path = self.folder / sha256
        return path if path.is_file() else None

    def add(self, data: bytes) -> Attachment:
        """On disk when it returns. Raises StorageError."""
        sha256 = self.name(data)
        try:
            if not self.touch(sha256):
                self._write(self.folder / sha256, data)
        except OSError as error:
            raise StorageError(f"could not keep an attachment: {error.strerror}") from error
        return Attachment(sha256, sniff(data), len(data))

    def touch(self, sha256: str) -> bool:
        """Whether it is there; if so it stays for a day, time enough to be named. Raises OSError."""
        if self.path(sha256) is None:
            return False
        with self.locked():
            path = self.path(sha256)
            if path is not None:
                os.utime(path)
        return path is not None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held, briefly, by whoever removes files, or counts on one that is there. Raises OSError."""
        disk.make_folder(self.folder)
        fd = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def read(self, sha256: str) -> bytes | None:
        path = self.path(sha256)
        return None if path is None else path.read_bytes()

    def clock(self) -> float:
        """Seconds since 1970, by the clock that dates them. Raises OSError."""
        disk.make_folder(self.folder)
        return disk.time_now(self.folder)

    def kept(self) -> Iterator[tuple[str, float]]:
        """Hashes, and when each was last given or about to be named. Raises OSError, as what follows does."""
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                if is_sha256(entry.name):
                    with suppress(FileNotFoundError):
                        yield entry.name, entry.stat().st_mtime

    def remove(self, sha256: str, *, before: float) -> bool:
        """Unless somebody has given it, or was about to name it, since."""
        with self.locked(), suppress(FileNotFoundError):
            path = self.folder / sha256
            if path.stat().st_mtime < before:
                path.unlink()
                return True
        return False

    def sweep(self, before: float) -> None:
        """What was made from attachments that are gone, and drafts of that time that nobody finished."""
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                sha256, dot, _ = entry.name.partition(".")
                derived = bool(dot) and is_sha256(sha256)
                if derived and not (self.folder / sha256).exists():
                    shutil.rmtree(entry) if entry.is_dir() else Path(entry).unlink(missing_ok=True)
                elif entry.name.startswith(".") and entry.name != ".lock" and entry.stat().st_mtime < before:
                    Path(entry).unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        disk.make_folder(self.folder)
        disk.write_whole(path, data)
