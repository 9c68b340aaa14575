"""A person's votes by model, for suggestions: from the index of the conversations."""

from collections import Counter
from collections.abc import Iterable

from channels.db import database_sync_to_async
from django.db.models import QuerySet

from conversations.models import Response
from providers.suggestions.experience import Votes

MOST = 1_000
"""Comparisons that are looked at, the newest first."""


async def votes_of(owner: str) -> Votes:
    found: Votes = await database_sync_to_async(read, thread_sensitive=False)(owner)
    return found


def read(owner: str) -> Votes:
    """An answer that was preferred counts as liked; those that it was preferred over as disliked."""
    rows = Response.objects.filter(conversation__owner=owner)
    likes, dislikes = Counter[str](), Counter[str]()
    likes.update(rows.filter(vote=1).values_list("model", flat=True))
    dislikes.update(rows.filter(vote=-1).values_list("model", flat=True))
    beaten: list[str] = []
    for model, others in preferred(rows):
        likes[model] += 1
        beaten += others
    dislikes.update(rows.filter(message__in=beaten).values_list("model", flat=True))
    return {model: (likes[model], dislikes[model]) for model in likes | dislikes}


def preferred(rows: QuerySet[Response]) -> Iterable[tuple[str, list[str]]]:
    newest = rows.filter(preferred_over__isnull=False).order_by("-at")
    return ((row.model, row.preferred_over or []) for row in newest.only("model", "preferred_over")[:MOST])
