"""What becomes of documents and uploads when something becomes of a conversation or an attachment.
`conversations` and `rag` know nothing of each other."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from chat.models import Upload
from conversations import signals
from conversations.purge import DAY

AT_ONCE = 500
"""Values of one statement."""


@receiver(signals.purged)
def forget_documents(conversation: str, **_: Any) -> None:
    from rag import access

    access.forget_conversation(conversation)


@receiver(signals.restored)
def read_documents_again(**_: Any) -> None:
    from rag import access

    access.read_documents_again()


@receiver(signals.restored)
def forget_revoked_links(**_: Any) -> None:
    """The files of people came back as they were; the database has the links that still work."""
    from chat.people import reconciliation

    reconciliation.forget_links_without_rows()


@receiver(signals.attachments_wanted)
def wanted_attachments(**_: Any) -> set[str]:
    """What was uploaded within the last day and stands in no message yet; what documents were made of."""
    from rag.models import Document

    drafts = Upload.objects.filter(draft__gt=timezone.now() - DAY)
    documents = Document.objects.exclude(sha256="")
    hashes = (rows.values_list("sha256", flat=True) for rows in (drafts, documents))
    return set(chain.from_iterable(hashes))


@receiver(signals.attachments_owned)
def owned_attachments(owner: str, **_: Any) -> set[str]:
    from chat.prompting import attachments

    return attachments.owned_hashes(owner)


@receiver(signals.attachments_removed)
def forget_uploads(hashes: Sequence[str], **_: Any) -> None:
    for start in range(0, len(hashes), AT_ONCE):
        Upload.objects.filter(sha256__in=hashes[start : start + AT_ONCE]).delete()
