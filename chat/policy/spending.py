"""What a person may still spend, and what has been spent: the budgets of providers, at the engine's door."""

import time
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.engine.answers.answer import Answer
from chat.engine.room import Room
from chat.policy.access import User
from chat.protocol.errors import ChatError
from providers import types
from providers.asking import Account
from providers.costs import budgets
from providers.costs.prices import Cost
from providers.models import Budget

LOOKED_UP = 3.0
"""Seconds for which it is remembered that there are no budgets at all: one that another process saves holds
by then, one that this process saves at once."""

USED_UP: dict[budgets.Scope, Promise] = {
    "conversation": _("The budget of this conversation is used up."),
    "day": _("Your budget for today is used up."),
    "user": _("Your budget for this month is used up."),
}

_none_until = 0.0


def connect_signals() -> None:
    post_save.connect(follow_new_budget, sender=Budget, dispatch_uid="chat.policy.spending.save")


def follow_new_budget(**_: Any) -> None:
    """There may be a budget now, or will be when the transaction commits."""
    look_up_again()
    transaction.on_commit(look_up_again)


def look_up_again() -> None:
    global _none_until
    _none_until = 0.0


class BudgetError(ChatError):
    code = "quota"


async def check_budget(user: User, room: Room | None = None) -> None:
    """Raises BudgetError where a hard limit is reached; says so in the conversation where a soft one is."""
    verdict = await verdict_on(user.owner_id, room.id if room else "")
    if verdict.level == "hard" and verdict.limit is not None:
        raise BudgetError(USED_UP[verdict.limit.scope])
    if verdict.level == "soft" and room is not None:
        room.note("budget_soft")


async def is_budget_used_up(room: Room) -> bool:
    """Whether a hard limit is reached: asked before what nobody wanted just now, as titles."""
    return (await verdict_on(room.owner or "", room.id)).level == "hard"


async def verdict_on(owner: str, conversation: str) -> budgets.Verdict:
    global _none_until
    if time.monotonic() < _none_until:
        return budgets.Verdict("ok")
    limits = await budgets.limits_for(owner, conversation)
    if not limits and not await budgets.has_budgets():
        _none_until = time.monotonic() + LOOKED_UP
    return budgets.judge_spending(limits)


def account_of(room: Room, kind: budgets.Kind) -> Account:
    """For what the server asks by itself."""
    return Account(room.owner or "", "" if room.temporary else room.id, kind)


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
