"""What a user has seen of each model, for suggestions: from what was spent, and the votes where the
project says how to get them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from channels.db import database_sync_to_async
from django.db.models import Sum

from providers.costs.budgets import today
from providers.costs.ledger import ledger
from providers.models import Spending
from providers.suggestions.rules import NOTHING, Experience

REMEMBERED = timedelta(days=90)
Votes = Mapping[str, tuple[int, int]]
"""Likes and dislikes by model ref."""


async def no_votes(owner: str) -> Votes:
    return {}


_votes: Callable[[str], Awaitable[Votes]] = no_votes


def count_votes_with(source: Callable[[str], Awaitable[Votes]]) -> None:
    """Votes are in conversations, which this app does not know: whoever composes the two says how."""
    global _votes
    _votes = source


async def experience_of(owner: str) -> dict[str, Experience]:
    found: dict[str, Experience] = await database_sync_to_async(read_experience, thread_sensitive=False)(
        owner
    )
    for ref, (likes, dislikes) in (await _votes(owner)).items():
        found[ref] = replace(found.get(ref, NOTHING), likes=likes, dislikes=dislikes)
    return found


def read_experience(owner: str) -> dict[str, Experience]:
    ledger.write()
    rows = Spending.objects.filter(owner=owner, day__gte=today() - REMEMBERED, kind="answer")
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
        owner=owner, model__in=models, kind="answer", day__gte=today() - REMEMBERED
    )
    summed = rows.values("model").annotate(
        tokens=Sum("output_tokens"), answers=Sum("requests") - Sum("failures")
    )
    return {
        row["model"]: row["tokens"] / row["answers"] for row in summed if row["tokens"] and row["answers"]
    }
