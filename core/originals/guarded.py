"""A place for originals whose failures have one name, whatever it is: a disk that is full, a service that
does not answer, a database that refuses."""

import errno
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError

from core.originals.base import Original, Originals, OriginalsAwayError, named_by_nobody

FAILURES = (OSError, DatabaseError)


class GuardedOriginals:
    """`Originals`, those of another: what fails there is raised as OriginalsAwayError."""

    def __init__(self, place: Originals) -> None:
        self._place = place

    @property
    def folder(self) -> Path:
        return self._place.folder

    def size(self, sha256: str) -> int | None:
        with naming_failures():
            return self._place.size(sha256)

    def path(self, sha256: str) -> Path | None:
        with naming_failures():
            return self._place.path(sha256)

    def blocks(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        with naming_failures():
            yield from self._place.blocks(sha256, start, end)

    @contextmanager
    def adding(self, chunks: Iterable[bytes]) -> Iterator[Original]:
        raised: list[Exception] = []
        place = self._place.adding(_given(chunks, raised))
        with naming_failures(but=raised), place as original, _noting(raised):
            yield original

    def touch(self, sha256: str) -> bool:
        with naming_failures():
            return self._place.touch(sha256)

    def clock(self) -> float:
        with naming_failures():
            return self._place.clock()

    def list_hashes(self) -> Iterator[tuple[str, float]]:
        with naming_failures():
            yield from self._place.list_hashes()

    def remove(
        self, sha256: str, *, before: float | None = None, unless: Callable[[], bool] = named_by_nobody
    ) -> bool:
        with naming_failures():
            return self._place.remove(sha256, before=before, unless=unless)

    def sweep(self, before: float) -> None:
        with naming_failures():
            self._place.sweep(before)


@contextmanager
def naming_failures(*, but: list[Exception] | None = None) -> Iterator[None]:
    """Raises what fails as OriginalsAwayError. `but`: what goes through as it is, being somebody
    else's."""
    try:
        yield
    except OriginalsAwayError:
        raise
    except FAILURES as error:
        if but and any(error is one for one in but):
            raise
        raise OriginalsAwayError(*_said(error)) from error


def _said(error: Exception) -> tuple[int, str]:
    if isinstance(error, OSError):
        return error.errno or errno.EIO, error.strerror or type(error).__name__
    # What a database says may hold what it was sent.
    return errno.EIO, f"the database does not answer as it should ({type(error).__name__})"


def _given(chunks: Iterable[bytes], raised: list[Exception]) -> Iterator[bytes]:
    with _noting(raised):
        yield from chunks


@contextmanager
def _noting(raised: list[Exception]) -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        raised.append(error)
        raise
