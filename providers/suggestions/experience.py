"""What a user has seen of each model, for suggestions: from what was spent, and votes and ratings where the
project says how to get them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db.models import Sum

from providers.costs.budgets import utc_today
from providers.costs.ledger import ledger
from providers.models import Spending
from providers.suggestions.rules import NOTHING, Experience, Group

REMEMBERED = timedelta(days=90)
Votes = Mapping[str, tuple[int, int]]
"""Likes and dislikes by model ref."""
Ratings = Mapping[str, Mapping[Group, float]]
"""By model ref, as `Experience` has them."""
KEPT = 30.0
"""Seconds for which `recent_experience` is remembered: it is asked for as one types."""
MOST_KEPT = 1_000
Known = dict[str, tuple[float, dict[str, Experience]]]
_known: WeakKeyDictionary[asyncio.AbstractEventLoop, Known] = WeakKeyDictionary()


async def no_votes(owner: str) -> Votes:
    return {}


async def no_ratings(owner: str) -> Ratings:
    return {}


_votes: Callable[[str], Awaitable[Votes]] = no_votes
_ratings: Callable[[str], Awaitable[Ratings]] = no_ratings


def count_votes_with(source: Callable[[str], Awaitable[Votes]]) -> None:
    """Votes are in conversations, which this app does not know: whoever composes the two says how."""
    global _votes
    _votes = source


def rate_with(source: Callable[[str], Awaitable[Ratings]]) -> None:
    global _ratings
    _ratings = source


async def recent_experience(owner: str) -> dict[str, Experience]:
    """As it was a moment ago at most, and since their last vote here."""
    known = _known.setdefault(asyncio.get_running_loop(), {})
    at, found = known.get(owner, (float("-inf"), {}))
    if time.monotonic() - at > KEPT:
        if len(known) >= MOST_KEPT:
            known.clear()
        found = await experience_of(owner)
        known[owner] = time.monotonic(), found
    return found


def forget_experience(owner: str) -> None:
    _known.get(asyncio.get_running_loop(), {}).pop(owner, None)


async def experience_of(owner: str) -> dict[str, Experience]:
    found: dict[str, Experience] = await database_sync_to_async(read_experience, thread_sensitive=False)(
        owner
    )
    for ref, (likes, dislikes) in (await _votes(owner)).items():
        found[ref] = replace(found.get(ref, NOTHING), likes=likes, dislikes=dislikes)
    for ref, ratings in (await _ratings(owner)).items():
        found[ref] = replace(found.get(ref, NOTHING), ratings=ratings)
    return found


def read_experience(owner: str) -> dict[str, Experience]:
    ledger.write()
    rows = Spending.objects.filter(owner=owner, day__gte=utc_today() - REMEMBERED, kind="answer")
    summed = rows.values("model").annotate(
        answers=Sum("requests"),
        failed=Sum("failures"),
        unknown=Sum("unpriced"),
        cost=Sum("usd"),
        waited=Sum("first_token_ms"),
        times=Sum("timed"),
    )
    return {
        row["model"]: Experience(
            answers=row["answers"],
            failures=row["failed"],
            first_token_ms=row["waited"] / row["times"] if row["times"] else None,
            usd=row["cost"] / row["answers"] if row["answers"] and not row["unknown"] else None,
        )
        for row in summed
    }


async def usual_answers(owner: str, models: Sequence[str]) -> dict[str, float]:
    """Tokens of a mean answer to that user, of the models that have answered."""
    found: dict[str, float] = await database_sync_to_async(read_lengths, thread_sensitive=False)(
        owner, models
    )
    return found


def read_lengths(owner: str, models: Sequence[str]) -> dict[str, float]:
    ledger.write()
    rows = Spending.objects.filter(
        owner=owner, model__in=models, kind="answer", day__gte=utc_today() - REMEMBERED
    )
    summed = rows.values("model").annotate(
        tokens=Sum("output_tokens"), answers=Sum("requests") - Sum("failures")
    )
    return {
        row["model"]: row["tokens"] / row["answers"] for row in summed if row["tokens"] and row["answers"]
    }
