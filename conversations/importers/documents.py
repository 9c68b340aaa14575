"""The entries of a JSON document, whatever it is written in, or why there are none."""

import codecs
from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise

from core.json_text import parse_json

from .elements import BLOCK, Readable, UnfinishedError, find_elements
from .report import ARCHIVE, CUT_OFF, NOT_JSON, ONLY_HTML, TOO_LARGE, TORN_ZIP, UNKNOWN

_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Reason = str | Promise


def entries_of(stream: Readable) -> Iterator[dict[str, Any] | Reason]:
    """Each entry or, in its place, why there is none. Raises what the stream raises."""
    peeked = _Peeked(stream)
    readable = _Transcoded(peeked) if peeked.head.startswith(_UTF_16) else peeked
    if (foreign := _foreign(peeked.head)) is not None:
        yield foreign
        return
    found = False
    try:
        for element in find_elements(readable):
            found = True
            yield TOO_LARGE if element is None else _entry(element)
    except UnfinishedError:
        yield CUT_OFF
        return
    if not found:
        yield UNKNOWN if _first(peeked.head) in (b"[", b"{") else NOT_JSON


def _entry(element: bytes) -> dict[str, Any] | Reason:
    try:
        entry = parse_json(element, allow_nan=True)
    except ValueError:
        return NOT_JSON
    except MemoryError:
        return TOO_LARGE
    return entry if isinstance(entry, dict) else UNKNOWN


def _foreign(head: bytes) -> Reason | None:
    """What it is, where it is plainly something else."""
    if head.startswith(_ARCHIVES):
        return ARCHIVE
    if head.startswith(b"PK\x03\x04"):
        return TORN_ZIP
    return ONLY_HTML if _first(head) == b"<" else None


def _first(head: bytes) -> bytes:
    return head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")[:1]


class _Peeked:
    """With the first block in `head`, before it is read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.head = self._ahead = stream.read(BLOCK)

    def read(self, size: int, /) -> bytes:
        ahead, self._ahead = self._ahead, b""
        return ahead or self._stream.read(size)


class _Transcoded:
    """UTF-16, as some shells write what they are given, as UTF-8."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def read(self, size: int, /) -> bytes:
        while block := self._stream.read(size):
            if text := self._decoder.decode(block):
                return text.encode("utf-8", "replace")
        return b""
