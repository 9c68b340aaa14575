"""Pictures in the answers of services that write them as `data:` addresses. An address elsewhere is never
fetched."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from providers.types import PictureDelta

MOST = 16
"""Of one list."""


def pictures_in(said: Any) -> Iterator[PictureDelta]:
    """Of a list as OpenRouter has it, of one of its entries, or of a bare address."""
    for entry in said[:MOST] if isinstance(said, list) else [said]:
        if data := picture_in(entry):
            yield PictureDelta(data)


def picture_in(entry: Any) -> bytes:
    """The picture's bytes; empty where there is none."""
    if isinstance(entry, Mapping):
        inner = entry.get("image_url") or entry.get("url")
        return picture_in(inner) if inner else decode_base64(entry.get("b64_json"))
    if not isinstance(entry, str) or entry[:5].lower() != "data:":
        return b""
    head, _comma, data = entry.partition(",")
    return decode_base64(data) if head.lower().endswith(";base64") else b""


def decode_base64(text: Any) -> bytes:
    """From base64 in either alphabet, with or without its end."""
    if not isinstance(text, str):
        return b""
    plain = text.strip().replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
