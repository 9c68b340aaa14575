"""What a place for originals can do. All of it may block, and raises OriginalsAwayError where the place does
not answer, refuses, or has no room."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext_lazy as _

BLOCK = 1 << 19
"""Bytes that are in memory together."""


AWAY = _(
    "The storage of files cannot be used just now: it does not answer, refuses, or is full. Nothing was "
    "changed; try again in a moment."
)
"""What a person is told of OriginalsAwayError."""


class OriginalsAwayError(OSError):
    """The place cannot be read or written now; later it may. `strerror` says why, for a log, without keys."""


class OriginalDamagedError(OriginalsAwayError):
    """What the place gives is not what was put there: to ask again is hardly of use."""


@dataclass(frozen=True, slots=True)
class Original:
    sha256: str
    size: int


def named_by_nobody() -> bool:
    return False


class Originals(Protocol):
    @property
    def folder(self) -> Path:
        """Of this machine, where originals or copies of them lie. What was made from an original stands
        beside it as <sha256>.<something>, and goes with it."""
        ...

    def size(self, sha256: str) -> int | None:
        """None where the text is no hash, or nothing of that hash is kept; so too `path` and `blocks`."""
        ...

    def path(self, sha256: str) -> Path | None:
        """Where it lies on this machine, whole."""
        ...

    def blocks(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Its bytes from `start` to `end`, never whole in memory."""
        ...

    def adding(self, chunks: Iterable[bytes]) -> AbstractContextManager[Original]:
        """Kept, and on disk, when the block begins; nobody removes it before the block ends, in which whoever
        names it says so. What `chunks` raises goes through, and then nothing is kept. No two blocks in one
        thread."""
        ...

    def touch(self, sha256: str) -> bool:
        """Whether it is there; if so it stays for a day, time enough to be named."""
        ...

    def clock(self) -> float:
        """Seconds since 1970, by the clock that dates them."""
        ...

    def list_hashes(self) -> Iterator[tuple[str, float]]:
        """Hashes, and when each was last given or about to be named."""
        ...

    def remove(
        self, sha256: str, *, before: float | None = None, unless: Callable[[], bool] = named_by_nobody
    ) -> bool:
        """Unless somebody has given it, or was about to name it, since `before`, or `unless` says that it is
        named. What was made from it goes too."""
        ...

    def sweep(self, before: float) -> None:
        """What was made on this machine from originals that are gone, copies that nobody has used since
        `before`, and drafts of that time that nobody finished."""
        ...


class OriginalsHome(Protocol):
    """Where the bytes of originals lie for all machines. `name`: as attachments/<sha256>. None of it need be
    atomic with anything else but itself."""

    def size(self, name: str) -> int | None: ...

    def blocks(self, name: str, start: int, end: int) -> Iterator[bytes]: ...

    def put(self, name: str, path: Path) -> None:
        """Whole or not at all; what is there already stays or is replaced by the same."""
        ...

    def remove(self, name: str) -> None:
        """Removes an original; does nothing where there is none."""
        ...

    def measure(self, place: str) -> tuple[int, int]:
        """How many originals of a place there are, and their bytes."""
        ...

    def list_hashes(self, place: str) -> Iterator[tuple[str, float]]:
        """Of the originals of a place, such as attachments: their hashes, and when each was put there."""
        ...
