"""Files that answers bring with them: pictures that models make, and what tools return. They are kept as if
their person had attached them; what they are is told from their bytes, never from what was said of them."""

import asyncio
import logging

from django.conf import settings

from chat.engine.room import Room
from chat.policy.quotas import refuse_more_attachments
from chat.prompting.attachments import attachment_store, remember_upload
from chat.protocol.errors import ChatError
from conversations.attachments import IMAGES, detect_type
from conversations.errors import StoreError
from conversations.pictures import can_be_drawn
from conversations.records import AttachmentPart

logger = logging.getLogger(__name__)


async def keep_picture(room: Room, number: int, data: bytes) -> AttachmentPart | None:
    """The `number`th of an answer. None where it is none that a browser may draw, or cannot be kept."""
    if len(data) > settings.MAX_UPLOAD_BYTES or not can_be_drawn(data):
        logger.warning("What a model gave as a picture is none, or too large (%d bytes)", len(data))
        return None
    return await keep_file(room, f"picture-{number}.{detect_type(data[:64]).removeprefix('image/')}", data)


async def keep_file(room: Room, name: str, data: bytes) -> AttachmentPart | None:
    """None where there may be none: the chat is temporary, or its owner has no room left for it."""
    if room.temporary or not room.owner:
        return None
    try:
        await refuse_more_attachments(room.owner, len(data))
        kept = await asyncio.to_thread(attachment_store().add, data)
    except (ChatError, StoreError) as error:
        logger.warning("What an answer brought could not be kept: %s", error)
        return None
    part: AttachmentPart = {
        "type": "image" if kept.mime in IMAGES else "file",
        "sha256": kept.sha256,
        "name": name,
        "mime": kept.mime,
        "bytes": kept.bytes,
    }
    await remember_upload(room.owner, part)
    return part
