"""How many pixels a picture has."""

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.pictures import MOST_PIXELS, can_be_drawn
from tests.services.tool_program import RED_DOT

PNG = base64.b64decode(RED_DOT)
SIDE = int(MOST_PIXELS**0.5) + 1


def png(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checked = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + checked + struct.pack(">I", zlib.crc32(checked))


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(10)


def jpeg(width: int, height: int) -> bytes:
    other = b"\xff\xe0\x00\x10" + bytes(14)
    return b"\xff\xd8" + other + b"\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(10)


def webp(kind: bytes, width: int, height: int) -> bytes:
    if kind == b"VP8X":
        said = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        said = b"\x2f" + struct.pack("<I", (width - 1) & 0x3FFF | ((height - 1) & 0x3FFF) << 14)
    else:
        said = bytes(6) + struct.pack("<HH", width, height)
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + said + bytes(10)


@pytest.mark.parametrize(
    "picture",
    [PNG, png(3, 5), gif(3, 5), jpeg(3, 5), *(webp(kind, 3, 5) for kind in (b"VP8X", b"VP8L", b"VP8 "))],
    ids=["dot", "png", "gif", "jpeg", "webp-x", "webp-l", "webp"],
)
def test_what_browsers_draw_may_be_drawn(picture: bytes) -> None:
    assert can_be_drawn(picture)


@pytest.mark.parametrize(
    "data",
    [png(SIDE, SIDE), jpeg(65535, 65535), gif(65535, 65535), webp(b"VP8X", 1 << 24, 1 << 24), png(0, 5)],
    ids=["png", "jpeg", "gif", "webp", "nothing"],
)
def test_what_has_too_many_pixels_or_none_may_not(data: bytes) -> None:
    assert not can_be_drawn(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>",
        b"%PDF-1.7",
        PNG[:20],
        b"\xff\xd8\xff",
        b"GIF89a",
    ],
)
def test_what_is_no_picture_may_not(data: bytes) -> None:
    assert not can_be_drawn(data)


@given(st.sampled_from([PNG[:8], b"\xff\xd8\xff", b"GIF89a", b"RIFF1234WEBPVP8X"]), st.binary(max_size=60))
def test_no_bytes_break_it(start: bytes, rest: bytes) -> None:
    can_be_drawn(start + rest)
