"""Attachments between the person, the conversation and the model."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.engine import current_engine
from chat.models import Upload
from chat.protocol.errors import InvalidError, map_store_errors
from conversations.attachments import BINARY, IMAGES, TEXT, Attachment, AttachmentStore, detect_type
from conversations.errors import ConversationNotFoundError, InvalidRecordError
from conversations.models import Conversation
from conversations.records import AttachmentPart, Part, ToolResultPart
from conversations.shapes import hashes_in, parts_of
from conversations.store.choice import current_store
from conversations.store.lines import decode_record, split_lines
from core.hashes import is_sha256
from core.originals.downloads import download_original
from core.text.names import plain_name
from providers.tokens import IMAGE_TOKENS
from providers.types import Image

if TYPE_CHECKING:
    from rag.whole.text import FileText

NOT_THERE = _("An attachment is not there any more. Attach it again.")
PATIENCE = 10.0
"""Seconds that an upload waits for what its file holds."""


def attachment_store() -> AttachmentStore:
    return AttachmentStore(settings.DATA_DIR)


async def attachment_parts(owner: str, hashes: Sequence[str]) -> list[Part]:
    """Raises InvalidError for what `owner` has not uploaded: knowing a hash gives nobody a file."""
    if not hashes:
        return []
    if not all(map(is_sha256, hashes)):
        raise InvalidError(NOT_THERE)
    uploads = Upload.objects.filter(owner=owner, sha256__in=hashes)
    rows: list[Upload] = await database_sync_to_async(list, thread_sensitive=False)(uploads)
    found = {row.sha256: row for row in rows}
    if not found.keys() >= set(hashes) or not await asyncio.to_thread(touch_attachments, hashes):
        raise InvalidError(NOT_THERE)
    if any(row.draft is not None for row in found.values()):
        await database_sync_to_async(uploads.update, thread_sensitive=False)(draft=None)
    return [part_of(found[sha256]) for sha256 in hashes]


def touch_attachments(hashes: Sequence[str]) -> bool:
    """Whether all are there still. None is removed before the message that names it is on disk."""
    with map_store_errors():
        return all(attachment_store().touch(sha256) for sha256 in hashes)


async def find_attachment(owner: str, sha256: str) -> Upload | None:
    """What `owner` uploaded, or what stands in a conversation of theirs: the row is made again where the
    database was lost, or the conversation was imported."""
    if not is_sha256(sha256):
        return None
    kept = await Upload.objects.filter(owner=owner, sha256=sha256).afirst()
    if kept is not None or await asyncio.to_thread(attachment_store().size, sha256) is None:
        return kept
    await current_engine().index.wait_until_written()
    part = await sync_to_async(find_in_conversations, thread_sensitive=False)(owner, sha256)
    return None if part is None else await remember_upload(owner, part)


def owned_hashes(owner: str) -> set[str]:
    """What they uploaded, and what stands in conversations of theirs. Blocks."""
    uploads = set(Upload.objects.filter(owner=owner).values_list("sha256", flat=True))
    return uploads.union(*(hashes_named(parts_in(line)) for line in lines_with_attachments(owner)))


def find_in_conversations(owner: str, sha256: str) -> AttachmentPart | None:
    lines = (line for line in lines_with_attachments(owner) if sha256.encode() in line)
    return next((part for line in lines if (part := part_in(line, sha256)) is not None), None)


def lines_with_attachments(owner: str) -> Iterator[bytes]:
    """Lines of their conversations that name attachments; the conversation that changed last comes first."""
    store = current_store()
    with_attachments = Conversation.objects.filter(owner=owner, has_attachments=True)
    for conversation in with_attachments.order_by("-updated").values_list("pk", flat=True).iterator():
        with suppress(ConversationNotFoundError), store.reading(conversation) as content:
            lines = split_lines(content.blocks(0, content.size))
            yield from (line for line in lines if b'"sha256"' in line or b'"attachments"' in line)


def part_in(line: bytes, sha256: str) -> AttachmentPart | None:
    parts = parts_in(line)
    attached = next((part for part in attached_to(parts) if part["sha256"] == sha256), None)
    return attached or next((_kept_result(part, sha256) for part in tool_results(parts, sha256)), None)


def parts_in(line: bytes) -> list[Part]:
    try:
        return parts_of(cast(dict[str, Any], decode_record(line)))
    except InvalidRecordError:
        return []


def attached_to(parts: Sequence[Part]) -> list[AttachmentPart]:
    return [part for part in parts if part["type"] in ("image", "file")]


def tool_results(parts: Sequence[Part], sha256: str = "") -> list[ToolResultPart]:
    """Results of tools; where `sha256` is given, only those that keep it."""
    found = [part for part in parts if part["type"] == "tool_result"]
    return [part for part in found if not sha256 or sha256 in hashes_in(part)]


def hashes_named(parts: Sequence[Part]) -> set[str]:
    """The hashes of all that the parts name: attachments, pictures of tools, and results too long to stand
    in the record."""
    return {part["sha256"] for part in attached_to(parts)}.union(*map(hashes_in, tool_results(parts)))


def _kept_result(part: ToolResultPart, sha256: str) -> AttachmentPart:
    size = attachment_store().size(sha256)
    name = part.get("name") or "result"
    if size and (mime := detect_type(attachment_store().beginning(sha256, min(size, 64)))) in IMAGES:
        kind = mime.removeprefix("image/")
        return {"type": "image", "sha256": sha256, "name": f"{name}.{kind}", "mime": mime, "bytes": size}
    return {"type": "file", "sha256": sha256, "name": f"{name}.txt", "mime": TEXT, "bytes": size or 0}


def part_of(upload: Upload) -> AttachmentPart:
    return {
        "type": "image" if upload.mime.startswith("image/") else "file",
        "sha256": upload.sha256,
        "name": upload.name,
        "mime": upload.mime,
        "bytes": upload.size,
    }


def read_picture(part: AttachmentPart) -> Image | None:
    """The picture itself; None where its bytes are not kept any more."""
    data = attachment_store().read(part["sha256"])
    return None if data is None else Image(data, part["mime"])


def tokens_of(part: AttachmentPart) -> int:
    """What it takes in a request, as far as is known without reading it. Blocks on the disk."""
    if part["type"] == "image":
        return IMAGE_TOKENS
    from rag.whole.text import known_text

    path = attachment_store().path(part["sha256"])
    text = None if path is None else known_text(path, part["name"])
    return 0 if text is None else text.tokens


async def text_of(name: str, kept: Attachment) -> "FileText | None":
    """What it holds, where that is known soon; it is read on meanwhile. None too for a picture."""
    if kept.mime in IMAGES or (path := await asyncio.to_thread(attachment_store().path, kept.sha256)) is None:
        return None
    from rag.whole import text

    try:
        async with asyncio.timeout(PATIENCE):
            return await text.text_of(path, name)
    except TimeoutError:
        return None


async def serve_attachment(
    request: HttpRequest, sha256: str, name: str, mime: str
) -> HttpResponseBase | None:
    """An image as an image, all else as a download: never a page. None where the bytes are not kept. Raises
    ChatError."""

    def find() -> HttpResponseBase | None:
        is_image = mime in IMAGES
        return download_original(
            request,
            attachment_store().originals,
            sha256,
            name=name,
            mime=mime if is_image else BINARY,
            as_attachment=not is_image,
        )

    with map_store_errors():
        return await asyncio.to_thread(find)


async def keep_attachment(owner: str, name: str, data: bytes) -> tuple[AttachmentPart, "FileText | None"]:
    """Keeps the bytes; gives the part of a message that names them, and what `text_of` finds in them. Raises
    StorageError."""
    kept = await asyncio.to_thread(attachment_store().add, data)
    name = plain_name(name)
    text = await text_of(name, kept)
    is_text = text is not None and text.is_plain_text and not text.error
    mime = TEXT if is_text else kept.mime
    part = {"type": "file", "sha256": kept.sha256, "name": name, "mime": mime, "bytes": kept.bytes}
    return part_of(await remember_upload(owner, cast(AttachmentPart, part), draft=timezone.now())), text


async def remember_upload(owner: str, part: AttachmentPart, draft: datetime | None = None) -> Upload:
    write = database_sync_to_async(Upload.objects.update_or_create, thread_sensitive=False)
    upload, _made = await write(
        owner=owner,
        sha256=part["sha256"],
        defaults={
            "name": plain_name(part["name"]),
            "mime": part["mime"][:100],
            "size": part["bytes"],
            "draft": draft,
        },
    )
    return cast(Upload, upload)
