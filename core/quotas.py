"""What one user may keep: by the administrator's word on that user, on everyone, or by the settings."""

from dataclasses import dataclass

from channels.db import database_sync_to_async
from django.conf import settings
from django.db.models import Q

from core.models import Quota

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowance:
    """Bytes, and a number of chats; 0: no limit."""

    attachments: int
    documents: int
    temporary_chats: int
    temporary_chat: int


def read_allowance(owner: str) -> Allowance:
    rows = sorted(Quota.objects.filter(Q(owner=owner) | Q(owner="")), key=lambda row: row.owner, reverse=True)

    def said(field: str, default: int, unit: int = 1) -> int:
        given = (getattr(row, field) for row in rows)
        return next((value * unit for value in given if value is not None), default)

    return Allowance(
        said("attachment_mb", settings.ATTACHMENT_BYTES_PER_USER, MB),
        said("document_mb", settings.DOCUMENT_BYTES_PER_USER, MB),
        said("temporary_chats", settings.TEMPORARY_CHATS_PER_USER),
        said("temporary_chat_mb", settings.TEMPORARY_CHAT_BYTES, MB),
    )


async def allowance_of(owner: str) -> Allowance:
    found: Allowance = await database_sync_to_async(read_allowance, thread_sensitive=False)(owner)
    return found
