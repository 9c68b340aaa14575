"""The folders and tags that a person's conversations have. Nothing else says which there are: one without a
conversation does not exist."""

from dataclasses import dataclass

from django.db.models import Count

from conversations.models import Conversation, Tag


@dataclass(frozen=True, slots=True)
class Label:
    """`count`: of the conversations that are not archived."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Labels:
    folders: list[Label]
    tags: list[Label]


def list_labels(owner: str) -> Labels:
    """In the order of their letters, as far as the database knows it; the page sorts by its language."""
    folders = (
        Conversation.objects.filter(owner=owner, folder__isnull=False, archived__in=[False])
        .values_list("folder")
        .annotate(Count("pk"))
        .order_by("folder")
    )
    tags = (
        Tag.objects.filter(conversation__owner=owner, conversation__archived__in=[False])
        .values_list("name")
        .annotate(Count("pk"))
        .order_by("name")
    )
    return Labels([Label(str(name), count) for name, count in folders], [Label(*row) for row in tags])
