"""What one user may keep: bytes of attachments, and temporary chats, which stand in the server's memory."""

from channels.db import database_sync_to_async
from django.conf import settings
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from chat.engine import current_engine
from chat.engine.room import Room
from chat.models import Upload
from chat.protocol.errors import ConflictError, TooLargeError


async def refuse_more_attachments(owner: str, size: int) -> None:
    """Raises TooLargeError where `size` bytes more are more than this user may have."""
    most = settings.ATTACHMENT_BYTES_PER_USER
    if not most:
        return
    sizes = Upload.objects.filter(owner=owner).aggregate
    used = (await database_sync_to_async(sizes, thread_sensitive=False)(bytes=Sum("size")))["bytes"] or 0
    if used + size > most:
        said = _("Your attachments may take {limit} together. Delete chats that have some, then try again.")
        raise TooLargeError(said.format(limit=filesizeformat(most)))


def refuse_more_temporary_chats(owner: str) -> None:
    """Raises ConflictError. One that nobody has open any more is forgotten by itself."""
    most = settings.TEMPORARY_CHATS_PER_USER
    if most and current_engine().rooms.count_temporary(owner) >= most:
        raise ConflictError(_("You have too many temporary chats. Close or keep some first."))


def refuse_longer_temporary_chat(room: Room) -> None:
    """Raises ConflictError."""
    most = settings.TEMPORARY_CHAT_BYTES
    if most and room.temporary and room.file.size > most:
        raise ConflictError(_("This temporary chat is as long as one may be. Keep it, or begin another."))
