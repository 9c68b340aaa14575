"""A person's votes and ratings by model, for suggestions: from the index of the conversations."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from channels.db import database_sync_to_async
from django.db.models import QuerySet

from chat.engine import current_engine
from conversations.metrics.leaderboard import comparisons_of, games_of
from conversations.metrics.ratings import ENOUGH, Game, rate_models
from conversations.models import Response
from providers.suggestions.experience import Ratings, Votes
from providers.suggestions.rules import Group

MOST = 1_000
"""Comparisons that are looked at, the newest first."""
MOST_RATED = 5_000
"""The same for ratings."""


async def votes_of(owner: str) -> Votes:
    found: Votes = await database_sync_to_async(read_votes, thread_sensitive=False)(owner)
    return found


def read_votes(owner: str) -> Votes:
    """An answer that was preferred counts as liked; those that it was preferred over as disliked."""
    rows = Response.objects.filter(owner=owner)
    likes, dislikes = Counter[str](), Counter[str]()
    likes.update(rows.filter(vote=1).values_list("model", flat=True))
    dislikes.update(rows.filter(vote=-1).values_list("model", flat=True))
    beaten: list[str] = []
    for model, others in list_preferences(rows):
        likes[model] += 1
        beaten += others
    dislikes.update(rows.filter(message__in=beaten).values_list("model", flat=True))
    return {model: (likes[model], dislikes[model]) for model in likes | dislikes}


def list_preferences(rows: QuerySet[Response]) -> Iterable[tuple[str, list[str]]]:
    newest = rows.filter(preferred_over__isnull=False).order_by("-at")
    return ((row.model, row.preferred_over or []) for row in newest.only("model", "preferred_over")[:MOST])


async def ratings_of(owner: str) -> Ratings:
    await current_engine().index.wait_until_written()
    found: Ratings = await database_sync_to_async(read_ratings, thread_sensitive=False)(owner)
    return found


def read_ratings(owner: str) -> Ratings:
    """By kinds of question, by languages, and of all: of models with enough comparisons there."""
    played: dict[Group, list[Game]] = defaultdict(list)
    for one in comparisons_of(owner)[-MOST_RATED:]:
        for group in {(one.kind, one.language), (one.kind, ""), ("", one.language), ("", "")}:
            played[group] += games_of([one])
    found: dict[str, dict[Group, float]] = defaultdict(dict)
    for group, these in played.items():
        if len(these) >= ENOUGH:
            for row in rate_models(these):
                if row.games >= ENOUGH:
                    found[row.model][group] = row.rating
    return found
