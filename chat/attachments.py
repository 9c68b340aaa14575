"""Attachments between the person, the conversation and the model."""

import asyncio
from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.errors import InvalidError
from chat.models import Upload
from conversations.attachments import TEXT, AttachmentStore
from conversations.records import AttachmentPart, Part
from providers.types import Image, Text
from providers.types import Part as ModelPart

MAX_TEXT = 400_000
"""Characters of a text file that a model is sent."""


def store() -> AttachmentStore:
    return AttachmentStore(settings.DATA_DIR)


async def attachment_parts(owner: str, hashes: Sequence[str]) -> list[Part]:
    """Raises InvalidError for what `owner` has not uploaded: knowing a hash gives nobody a file."""
    if not hashes:
        return []
    found = {row.sha256: row async for row in Upload.objects.filter(owner=owner, sha256__in=hashes)}
    if any(sha256 not in found for sha256 in hashes):
        raise InvalidError(_("An attachment is not there any more. Attach it again."))
    return [part_of(found[sha256]) for sha256 in hashes]


def part_of(upload: Upload) -> AttachmentPart:
    return {
        "type": "image" if upload.mime.startswith("image/") else "file",
        "sha256": upload.sha256,
        "name": upload.name,
        "mime": upload.mime,
        "bytes": upload.size,
    }


def read_attachment(part: AttachmentPart) -> ModelPart | None:
    """What a model is shown of it: an image, a text with its name, or None for what it cannot read."""
    if part["type"] == "image":
        data = store().read(part["sha256"])
        return None if data is None else Image(data, part["mime"])
    if part["mime"] == TEXT and (data := store().read(part["sha256"])) is not None:
        text = data.decode(errors="replace")[:MAX_TEXT]
        return Text(f"<file name={part['name']!r}>\n{text}\n</file>")
    return Text(f"[{part['name']}: {part['mime']}]")


async def keep(owner: str, name: str, data: bytes) -> AttachmentPart:
    """Raises StorageError."""
    kept = await asyncio.to_thread(store().add, data)
    upload, _made = await Upload.objects.aupdate_or_create(
        owner=owner,
        sha256=kept.sha256,
        defaults={"name": plain_name(name), "mime": kept.mime, "size": kept.bytes},
    )
    return part_of(upload)


def plain_name(name: str) -> str:
    """Without folders, control characters and more than a name's length."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable())[:200] or "file"
