"""What a person may still spend, and what has been spent: the budgets of providers, at the engine's door."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat.engine.answers.answer import Answer
from chat.engine.room import Room
from chat.policy.access import User
from chat.protocol.errors import ChatError
from core.shared_reads import LOOKED_UP, SharedRead, Unset
from providers import types
from providers.asking import Account, estimate_usage
from providers.costs import budgets, reservations, unpriced
from providers.costs.ledger import ledger
from providers.costs.prices import Cost, cost_of
from providers.errors import OverBudgetError
from providers.models import Budget, FolderBudget
from providers.registry import Target

LONGEST_NAME = 200
"""Characters of a folder's name, as its columns hold it."""

USED_UP: dict[budgets.Scope, Promise] = {
    "conversation": _("The budget of this conversation is used up."),
    "day": _("Your budget for today is used up."),
    "user": _("Your budget for this month is used up."),
    "folder": _("The budget of the project “{project}” is used up. You can raise it in its settings."),
}

NO_PRICE = _("The price of this model is not known, and your budget is for models with a known price only.")

_last: dict[str, float] = {}
"""USD of the last answer of each ref, as far as this process has seen: the next may be as long."""
_held: set[str] = set()
"""The keys of what this process holds."""
_any_budget = SharedRead(budgets.has_budgets, kept=LOOKED_UP, unset=Unset((Budget, FolderBudget), False))
"""Where there is none, an answer begins without the database."""


def lookup() -> SharedRead[bool]:
    """What `check_budget` asks the database for where there is no budget."""
    return _any_budget


def connect_signals() -> None:
    for budget in (Budget, FolderBudget):
        post_save.connect(follow_new_budget, sender=budget, dispatch_uid=f"chat.policy.spending.{budget}")


def follow_new_budget(**_: Any) -> None:
    """There may be a budget now, or will be when the transaction commits."""
    _any_budget.outdate()
    transaction.on_commit(_any_budget.outdate)


class BudgetError(ChatError):
    code = "quota"


async def check_budget(user: User, room: Room | None = None, *, folder: str = "") -> None:
    """Raises BudgetError where a hard limit is reached; says so in the conversation where a soft one is.
    `folder`: where a conversation is to begin."""
    verdict = await verdict_on(asker_in(room) if room else budgets.Asker(user.owner_id, folder=folder))
    refuse_used_up(verdict)
    if verdict.level == "soft" and room is not None:
        room.note("budget_soft")


async def is_budget_used_up(room: Room) -> bool:
    """Whether a hard limit is reached: asked before what nobody wanted just now, as titles."""
    return (await verdict_on(asker_in(room))).level == "hard"


def refuse_used_up(verdict: budgets.Verdict) -> None:
    """Raises BudgetError where the verdict is that a hard limit is reached."""
    if verdict.level == "hard" and verdict.limit is not None:
        said: Any = USED_UP[verdict.limit.scope]
        raise BudgetError(format_lazy(said, project=verdict.limit.name))


def asker_in(room: Room) -> budgets.Asker:
    return budgets.Asker(room.owner or "", room.id, folder_of(room))


def folder_of(room: Room) -> str:
    """As a column holds it: another program may have written any name into the file."""
    return (room.file.tree.settings["folder"] or "").replace("\x00", "")[:LONGEST_NAME]


async def verdict_on(asker: budgets.Asker) -> budgets.Verdict:
    if not await _any_budget.get():
        return budgets.Verdict("ok")
    return budgets.judge_spending(await budgets.limits_for(*asker))


def account_of(room: Room, kind: budgets.Kind) -> Account:
    """What a request in this conversation is charged to: its owner, its folder, and itself unless it is
    temporary."""
    return Account(room.owner or "", "" if room.temporary else room.id, kind, folder_of(room))


async def hold_for_answer(answer: Answer, target: Target, request: types.ChatRequest) -> None:
    """Sets money aside before the server is asked. Raises BudgetError."""
    if not await _any_budget.get():
        return
    account, usage = account_of(answer.room, "answer"), estimate_usage(target, request)
    before = answer.spent().cost.usd or 0.0
    await hold_cost(answer.id, account, target, usage, at_least=_last.get(target.ref, 0.0), before=before)


async def hold_for_account(key: str, account: Account, target: Target, usage: types.Usage) -> None:
    """As `hold_for_answer`, for what Divan asks of its own accord and for `/v1`. Raises OverBudgetError."""
    try:
        await hold_cost(key, account, target, usage)
    except BudgetError as error:
        raise OverBudgetError(error.message) from error


async def hold_cost(
    key: str,
    account: Account,
    target: Target,
    usage: types.Usage,
    *,
    at_least: float = 0.0,
    before: float = 0.0,
) -> None:
    """Holds what the request may cost, and `at_least` so many USD, until it is counted with that `key`.
    `before`: USD that earlier requests of it have cost. Raises BudgetError where what is spent and held
    reaches a hard limit already."""
    if not await _any_budget.get():
        return
    cost = cost_of(target.server, target.model, usage, info=target.info)
    usd = max(unpriced.counted_usd(cost, usage), at_least)
    _held.add(key)
    asker = budgets.Asker(account.owner, account.conversation, account.folder)
    limits = await reservations.reserve_cost(key, asker, usd, before)
    refuse_used_up(budgets.judge_spending(limits))
    if unpriced.is_refused(cost) and any(limit.hard is not None for limit in limits):
        raise BudgetError(NO_PRICE)


def release(key: str) -> None:
    """Once the request is counted, or where there is nothing to count."""
    if key in _held:
        _held.remove(key)
        ledger.release(key)


def count_answer(room: Room, answer: Answer) -> None:
    """Counts an answer that has ended: a stopped or failed one may have cost as much."""
    record = answer.record
    if record is None:
        return
    usage, cost, first = record["usage"], record["cost"], record["timing"]["first_token_ms"]
    _last[record["model"]] = cost["usd"] or 0.0
    budgets.record_request(
        room.owner or "",
        "" if room.temporary else room.id,
        record["model"],
        "answer",
        types.Usage(usage["input"], usage["output"]),
        Cost(cost["usd"], cost["source"]),
        folder=folder_of(room),
        failed=record["status"] == "failed",
        first_token_ms=first,
    )
    release(answer.id)
