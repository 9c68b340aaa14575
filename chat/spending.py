"""What a person may still spend, and what has been spent: the budgets of providers, at the engine's door."""

import time

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.access import User
from chat.engine.answer import Answer
from chat.engine.room import Room
from chat.errors import ChatError
from providers import budgets, types
from providers.prices import Cost

LOOKED_UP = 10.0
"""Seconds for which it is remembered that there are no budgets at all."""

USED_UP: dict[budgets.Scope, Promise] = {
    "conversation": _("The budget of this conversation is used up."),
    "day": _("Your budget for today is used up."),
    "user": _("Your budget for this month is used up."),
}

_none_until = 0.0


class BudgetError(ChatError):
    code = "quota"


async def allow(user: User, room: Room | None = None) -> None:
    """Raises BudgetError where a hard limit is reached; says so in the conversation where a soft one is."""
    global _none_until
    if time.monotonic() < _none_until:
        return
    limits = await budgets.limits_for(user.username, room.id if room else "")
    if not limits:
        _none_until = time.monotonic() + LOOKED_UP
    verdict = budgets.judge(limits)
    if verdict.level == "hard" and verdict.limit is not None:
        raise BudgetError(USED_UP[verdict.limit.scope])
    if verdict.level == "soft" and room is not None:
        room.note("budget_soft")


def count_answer(room: Room, answer: Answer) -> None:
    """Counts an answer that has ended: a stopped or failed one may have cost as much."""
    record = answer.record
    if record is None:
        return
    usage, cost, first = record["usage"], record["cost"], record["timing"]["first_token_ms"]
    budgets.record(
        room.owner or "",
        "" if room.temporary else room.id,
        record["model"],
        "answer",
        types.Usage(usage["input"], usage["output"]),
        Cost(cost["usd"], cost["source"]),
        failed=record["status"] == "failed",
        first_token_ms=first,
    )
