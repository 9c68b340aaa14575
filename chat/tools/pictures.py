"""Pictures that tools return: kept as attachments, bounded, and told from their bytes alone."""

import asyncio
import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence

from chat.prompting.attachments import attachment_store
from conversations.attachments import IMAGES, detect_type
from conversations.pictures import can_be_drawn
from conversations.records import ToolResultPart
from conversations.shapes import hashes_in
from providers.types import Image

MOST_PICTURES = 8
"""Of one result."""
LARGEST_PICTURE = 8 * 1024 * 1024
MOST_SEEN = 4
"""Of one result that a model is given."""


async def read_pictures(encoded: Sequence[str]) -> list[bytes]:
    """Those that are pictures a browser may draw, each once."""
    if not encoded:
        return []
    return await asyncio.to_thread(lambda: list(dict.fromkeys(decode_pictures(encoded[:MOST_PICTURES]))))


def decode_pictures(encoded: Iterable[str]) -> Iterator[bytes]:
    for text in encoded:
        if len(text) * 3 // 4 > LARGEST_PICTURE:
            continue
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if can_be_drawn(data):
            yield data


def pictures_of(result: ToolResultPart) -> list[Image]:
    """What a model that sees is given beside a result. Blocks on the disk."""
    found = (attachment_store().read(sha256) for sha256 in hashes_in(result))
    pictures = [Image(data, detect_type(data)) for data in found if data and detect_type(data[:64]) in IMAGES]
    return pictures[:MOST_SEEN]
