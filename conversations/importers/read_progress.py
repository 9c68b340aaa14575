"""How far an import has read, for whoever looks on."""

from collections.abc import Callable

from .elements import Readable
from .entry import Entry
from .source import ImportSource

Progress = Callable[[int, int], None]
"""Told the bytes of documents that were read, and of all."""


class WatchedSource:
    """Opens a source's documents. A zip may say what it likes of its sizes: the whole is reached by `end`
    alone."""

    def __init__(self, source: ImportSource, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self._total = sum(entry.size for entry in source.documents)

    def open(self, entry: Entry) -> Readable:
        return _Stream(entry.open(), self._read)

    def end(self) -> None:
        self._progress(self._total, self._total)

    def _read(self, count: int) -> None:
        self._done += count
        if self._done < self._total:
            self._progress(self._done, self._total)


class _Stream:
    def __init__(self, stream: Readable, tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell = tell

    def read(self, size: int, /) -> bytes:
        block = self._stream.read(size)
        self._tell(len(block))
        return block
