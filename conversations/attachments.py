"""Files that a person attached: kept once, by the SHA-256 of their bytes, as DATA_DIR/attachments/<sha256>,
or in the home that machines share (core/originals).

The type is told from the bytes; a name or a type that a client gives is never believed. What is made from an
attachment (its text) lies beside it as <sha256>.<something> and goes with it; purge.py removes what nothing
names."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conversations.errors import AttachmentsAwayError
from core.originals.base import Originals, OriginalsAwayError
from core.originals.choice import originals_in
from core.originals.folder import FolderOriginals
from core.originals.guarded import GuardedOriginals, naming_failures

PLACE = "attachments"
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


def detect_type(data: bytes) -> str:
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
    def __init__(self, data_dir: Path, originals: Originals | None = None) -> None:
        self._originals = originals or originals_in(data_dir, PLACE)

    @classmethod
    def of_copies(cls, data_dir: Path) -> "AttachmentStore":
        """Those alone that lie on this machine: for a process that must reach nothing else."""
        return cls(data_dir, GuardedOriginals(FolderOriginals(data_dir / PLACE)))

    @property
    def folder(self) -> Path:
        return self._originals.folder

    @property
    def originals(self) -> Originals:
        return self._originals

    @staticmethod
    def name(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    def path(self, sha256: str) -> Path | None:
        """Where it lies on this machine; None where the text is no hash, or nothing of that hash is kept.
        Raises OriginalsAwayError, as what follows does."""
        return self._originals.path(sha256)

    def size(self, sha256: str) -> int | None:
        """How many bytes it has; None where `path` would be None."""
        return self._originals.size(sha256)

    def beginning(self, sha256: str, length: int) -> bytes:
        return b"".join(self._originals.blocks(sha256, 0, length))

    def add(self, data: bytes) -> Attachment:
        """On disk when it returns. Raises AttachmentsAwayError."""
        sha256 = self.name(data)
        try:
            if not self.touch(sha256):
                with self._originals.adding([data]):
                    pass
        except OriginalsAwayError as error:
            raise AttachmentsAwayError(f"could not keep an attachment: {error.strerror}") from error
        return Attachment(sha256, detect_type(data), len(data))

    def touch(self, sha256: str) -> bool:
        """Whether it is there; if so it stays for a day, time enough to be named."""
        return self._originals.touch(sha256)

    def read(self, sha256: str) -> bytes | None:
        path = self.path(sha256)
        with naming_failures():
            return None if path is None else path.read_bytes()

    def clock(self) -> float:
        """Seconds since 1970, by the clock that dates them."""
        return self._originals.clock()

    def list_hashes(self) -> Iterator[tuple[str, float]]:
        """Hashes, and when each was last given or about to be named."""
        return self._originals.list_hashes()

    def remove(self, sha256: str, *, before: float) -> bool:
        """Unless somebody has given it, or was about to name it, since."""
        return self._originals.remove(sha256, before=before)

    def sweep(self, before: float) -> None:
        """What was made from attachments that are gone, and drafts of that time that nobody finished."""
        self._originals.sweep(before)
