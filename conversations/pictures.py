"""How many pixels a picture has, by its first bytes, without drawing it. Pure."""

import struct
from collections.abc import Callable, Mapping

from conversations.attachments import detect_type

Size = tuple[int, int]
MOST_PIXELS = 64_000_000
"""A browser needs four bytes for each."""
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of JPEG behind which its size stands."""


def can_be_drawn(data: bytes) -> bool:
    """Whether it is a picture of a type that browsers draw, and of a size that they can."""
    read = READERS.get(detect_type(data[:64]))
    try:
        width, height = read(data) if read else (0, 0)
    except (struct.error, IndexError):
        return False
    return 0 < width * height <= MOST_PIXELS


def _png(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _webp(data: bytes) -> Size:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _jpeg(data: bytes) -> Size:
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            return 0, 0
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return 0, 0


READERS: Mapping[str, Callable[[bytes], Size]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/jpeg": _jpeg,
}
