"""Which models a person prefers, from their own comparisons."""

from datetime import datetime
from typing import Literal

from conversations.metrics.comparisons import comparisons
from conversations.metrics.ratings import Game, Rating, rate
from conversations.models import Response

Blind = Literal["all", "blind", "open"]


def leaderboard(
    owner: str, *, blind: Blind = "all", since: datetime | None = None, tag: str = "", folder: str = ""
) -> list[Rating]:
    """`since`: answers from then on. `tag`, `folder`: empty for all."""
    answers = Response.objects.filter(conversation__owner=owner)
    if since is not None:
        answers = answers.filter(at__gte=since)
    if folder:
        answers = answers.filter(conversation__folder=folder)
    if tag:
        answers = answers.filter(conversation__tag_rows__name=tag)
    return rate(
        [
            Game(one.answer.model, one.other.model, one.result)
            for one in comparisons(answers)
            if blind == "all" or one.blind == (blind == "blind")
        ]
    )
