"""Which models a person prefers, from their own comparisons."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from conversations.metrics.comparisons import PairComparison, find_comparisons
from conversations.metrics.numpy_import import begin_to_import_numpy
from conversations.metrics.ratings import Game, Rating, rate_models
from conversations.models import Response

Blind = Literal["all", "blind", "open"]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """`kinds` and `languages`: how many comparisons there are of each, whichever of them was asked for."""

    rows: list[Rating]
    kinds: Mapping[str, int]
    languages: Mapping[str, int]


def make_leaderboard(
    owner: str,
    *,
    blind: Blind = "all",
    since: datetime | None = None,
    tag: str = "",
    folder: str = "",
    kind: str = "",
    language: str = "",
) -> Leaderboard:
    """`since`: answers from then on. `kind` and `language`: of the question. Empty: all."""
    begin_to_import_numpy()
    judged = [
        one
        for one in comparisons_of(owner, since=since, tag=tag, folder=folder)
        if blind == "all" or one.blind == (blind == "blind")
    ]
    return Leaderboard(
        rate_models(
            games_of(one for one in judged if kind in ("", one.kind) and language in ("", one.language))
        ),
        Counter(one.kind for one in judged if one.kind),
        Counter(one.language for one in judged if one.language),
    )


def comparisons_of(
    owner: str, *, since: datetime | None = None, tag: str = "", folder: str = ""
) -> list[PairComparison]:
    answers = Response.objects.filter(owner=owner)
    if since is not None:
        answers = answers.filter(at__gte=since)
    if folder:
        answers = answers.filter(conversation__folder=folder)
    if tag:
        answers = answers.filter(conversation__tag_rows__name=tag)
    return find_comparisons(answers)


def games_of(judged: Iterable[PairComparison]) -> list[Game]:
    return [Game(one.answer.model, one.other.model, one.result) for one in judged]
