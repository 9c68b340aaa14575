"""What one user may keep: bytes of attachments, and temporary chats, which stand in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypedDict

from channels.db import database_sync_to_async
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from chat.engine import current_engine
from chat.engine.room import Room
from chat.models import Upload
from chat.protocol.errors import ConflictError, InvalidError, TooLargeError
from conversations.errors import TemporaryAwayError
from core.holdings import current_holdings
from core.quotas import allowance_of


class Use(TypedDict):
    """Bytes, or chats. `allowed`: None where there is no limit."""

    used: int
    allowed: int | None


class Storage(TypedDict):
    attachments: Use
    documents: Use
    temporary_chats: Use
    temporary_chat_bytes: int | None


async def refuse_more_attachments(owner: str, size: int) -> None:
    """Raises TooLargeError where `size` bytes more are more than this user may have."""
    most = (await allowance_of(owner)).attachments
    if most and await attached_bytes(owner) + size > most:
        said = _("Your attachments may take {limit} together. Delete chats that have some, then try again.")
        raise TooLargeError(said.format(limit=filesizeformat(most)))


async def attached_bytes(owner: str) -> int:
    sizes = Upload.objects.filter(owner=owner).aggregate
    return (await database_sync_to_async(sizes, thread_sensitive=False)(bytes=Sum("size")))["bytes"] or 0


@asynccontextmanager
async def beginning_temporary_chat(owner: str) -> AsyncIterator[None]:
    """While one more is made. Raises ConflictError where there are too many, in whichever process. One that
    nobody has open any more is forgotten by itself."""
    most = (await allowance_of(owner)).temporary_chats
    async with current_holdings().counting(f"temporary.{owner}"):
        if most and await current_engine().rooms.count_temporary(owner) >= most:
            raise ConflictError(_("You have too many temporary chats. Close or keep some first."))
        yield


async def refuse_longer_temporary_chat(room: Room) -> None:
    """Raises ConflictError where a temporary chat has as many messages as it may."""
    if not room.temporary:
        return
    most = (await allowance_of(room.owner or "")).temporary_chat
    if most and room.file.size > most:
        raise ConflictError(_("This temporary chat is as long as one may be. Keep it, or begin another."))


def refuse_files(attachments: Sequence[str]) -> None:
    """A temporary chat takes no files. Raises InvalidError where there are some."""
    if attachments:
        raise InvalidError(_("A temporary chat takes no files: they would be kept on the disk."))


async def storage_of(owner: str) -> Storage:
    from rag.access import kept_bytes

    most = await allowance_of(owner)
    documents = await database_sync_to_async(kept_bytes, thread_sensitive=False)(owner)
    return {
        "attachments": {"used": await attached_bytes(owner), "allowed": most.attachments or None},
        "documents": {"used": documents, "allowed": most.documents or None},
        "temporary_chats": {"used": await count_temporary(owner), "allowed": most.temporary_chats or None},
        "temporary_chat_bytes": most.temporary_chat or None,
    }


async def count_temporary(owner: str) -> int:
    """None are known of while Redis, where they are, does not answer."""
    try:
        return await current_engine().rooms.count_temporary(owner)
    except TemporaryAwayError:
        return 0
