"""The parts of a JSON document of any size, one after the other, without holding all of it."""

import re
from collections.abc import Iterator
from typing import Protocol, cast

BLOCK = 1 << 20
MOST = 256 << 20
"""Bytes of one element. What is larger is no conversation and is passed over."""

_MARK = re.compile(rb'["{}\[\]]')
_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)


class UnfinishedError(Exception):
    """The document stops before all that it began has ended."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def find_elements(stream: Readable, most: int = MOST) -> Iterator[bytes | None]:
    """Objects and arrays inside a top-level array, or standing one after the other (JSON Lines). None for
    each that is longer than `most`. Numbers, texts and what is no JSON at all are not given. Raises
    UnfinishedError where the document ends inside one."""
    scan = _Scan(most)
    while block := stream.read(BLOCK):
        yield from scan.feed(block)
    if scan.is_inside:
        raise UnfinishedError


class _Scan:
    def __init__(self, most: int) -> None:
        self._most = most
        self._base: int | None = None
        self._depth = 0
        self._in_text = False
        self._escaped = False
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def is_inside(self) -> bool:
        return self._depth > 0

    def feed(self, block: bytes) -> Iterator[bytes | None]:
        at = start = 0
        if self._base is None:
            rest = block.removeprefix(b"\xef\xbb\xbf").lstrip()
            if not rest:
                return
            self._base = 1 if rest[:1] == b"[" else 0
        while (found := self._next(block, at)) is not None:
            mark, at = found
            if mark in b"{[":
                self._depth += 1
                if self._depth == self._base + 1:
                    start = at - 1
            elif mark in b"}]" and self._depth:
                self._depth -= 1
                if self._depth == self._base:
                    self._keep(block[start:at])
                    yield self._taken()
        if self._depth > self._base:
            self._keep(block[start:])

    def _next(self, block: bytes, at: int) -> tuple[bytes, int] | None:
        """The next bracket that stands in no text, and where it ends."""
        while at < len(block):
            if self._in_text:
                at = self._after_text(block, at)
                continue
            found = _MARK.search(block, at)
            if found is None:
                return None
            mark, at = found.group(), found.end()
            if mark != b'"':
                return mark, at
            self._in_text = True
        return None

    def _after_text(self, block: bytes, at: int) -> int:
        """Behind the quote that ends the text, or where the block ends in it."""
        if self._escaped:
            self._escaped = False
            at += 1
        end = cast(re.Match[bytes], _TEXT.match(block, at)).end()
        self._escaped = block[end : end + 1] == b"\\"
        self._in_text = end == len(block) or self._escaped
        return end + 1

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._most:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def _taken(self) -> bytes | None:
        whole = b"".join(self._pieces) if self._size <= self._most else None
        self._pieces, self._size = [], 0
        return whole
