"""Files that stand in a `data:` address."""

import base64
import binascii
import re

from .source import MOST_ATTACHMENT

_DATA = re.compile(r"data:([\w./+-]*)(?:;[\w.=-]+)*;base64,")


def decode_data_url(address: str) -> tuple[str, bytes] | None:
    """A name for it, and its bytes."""
    found = _DATA.match(address)
    if found is None or len(address) > MOST_ATTACHMENT * 4 // 3:
        return None
    try:
        data = base64.b64decode(address[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = found[1].rpartition("/")[2] or "bin"
    return f"image.{kind}" if found[1].startswith("image/") else f"file.{kind}", data
