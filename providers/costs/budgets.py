"""What may still be spent. `judge_spending` decides and is pure; the rest keeps the sums.

Every request that costs counts: answers (stopped and failed ones too), retries, titles, summaries.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple

from channels.db import database_sync_to_async
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from providers.costs import unpriced
from providers.costs.ledger import Key, ledger
from providers.costs.prices import Cost
from providers.models import Budget, FolderBudget, Reservation, Spending
from providers.types import Usage

Scope = Literal["day", "user", "conversation", "folder"]
Level = Literal["ok", "soft", "hard"]
Kind = Literal["answer", "title", "summary", "reading", "embedding", "tools", "judging", "other"]
WhenRecorded = Callable[[str, Usage, Cost, bool], None]
SCOPES: tuple[Scope, ...] = ("conversation", "day", "user")

when_recorded: list[WhenRecorded] = []
"""Told of each request that is counted: its model's ref, tokens and cost, and whether it failed. Where tokens
stream, so none may wait."""


class Asker(NamedTuple):
    """In whose name, and where, something is asked. `conversation`: empty where it belongs to none that is
    kept; `folder`: empty where it lies in none."""

    owner: str
    conversation: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """USD. `spent` has no sum for `unpriced` requests but by the rule for them (`unpriced.py`); `held`: what
    requests that run may cost; `name`: the folder's, where the limit is one's."""

    scope: Scope
    soft: float | None
    hard: float | None
    spent: float
    unpriced: int = 0
    held: float = 0.0
    name: str = ""

    def level(self, more: float = 0.0) -> Level:
        # Eight times 0.9 is 7.2, whatever floating point makes of it.
        total = round(self.spent + self.held + more, 9)
        if self.hard is not None and total >= self.hard:
            return "hard"
        return "soft" if self.soft is not None and total >= self.soft else "ok"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`limit`: the one that decides, where the level is not `ok`."""

    level: Level
    limit: Limit | None = None


def judge_spending(limits: Sequence[Limit], more: float | None = None) -> Verdict:
    """The strictest of the limits, with `more` USD about to be spent. A request of unknown cost is let
    through unless a limit is reached already: nobody can say that it is too dear."""
    for level in ("hard", "soft"):
        for limit in limits:
            if limit.level(more or 0.0) == level:
                return Verdict(level, limit)
    return Verdict("ok")


def utc_today() -> date:
    return datetime.now(UTC).date()


def has_budgets() -> bool:
    """Whether there is any budget, of anybody's. Asks the database."""
    return Budget.objects.exists() or FolderBudget.objects.exists()


async def limits_for(owner: str, conversation: str = "", folder: str = "") -> list[Limit]:
    """The limits in force for that user, with what is spent of each."""
    found: list[Limit] = await database_sync_to_async(read_limits, thread_sensitive=False)(
        Asker(owner, conversation, folder), utc_today()
    )
    return found


def read_limits(asker: Asker, day: date) -> list[Limit]:
    ledger.write()
    return limits_in_force(asker, day)


def limits_in_force(asker: Asker, day: date) -> list[Limit]:
    """The limits for this person there, as the database has them: a person's own before everybody's."""
    owner, conversation, folder = asker
    rows = Budget.objects.filter(Q(owner=owner) | Q(owner=""))
    own: dict[str, Budget] = {}
    for row in sorted(rows, key=lambda row: row.owner):
        own[row.scope] = row
    found = []
    for scope in SCOPES:
        if scope in own and (scope != "conversation" or conversation):
            spent, unpriced = read_spent(scope, owner, conversation, day)
            held = read_held(scope, owner, conversation)
            found.append(Limit(scope, own[scope].soft_usd, own[scope].hard_usd, spent, unpriced, held))
    of_folder = FolderBudget.objects.filter(owner=owner, folder=folder).first() if folder else None
    if of_folder is not None:
        spent, unpriced = spent_in_folder(owner, folder, of_folder.period, day)
        held = held_in_folder(owner, folder)
        found.append(Limit("folder", None, of_folder.usd, spent, unpriced, held, folder))
    return found


def spent_in_folder(owner: str, folder: str, period: str, day: date) -> tuple[float, int]:
    """USD, and requests without a price, of what was asked in it, wherever that lies by now."""
    rows = Spending.objects.filter(owner=owner, folder=folder)
    if period == FolderBudget.Period.DAY:
        rows = rows.filter(day=day)
    elif period == FolderBudget.Period.MONTH:
        rows = rows.filter(day__gte=day.replace(day=1), day__lte=day)
    return sum_spent(rows)


def held_in_folder(owner: str, folder: str) -> float:
    return sum_held(Reservation.objects.filter(owner=owner, folder=folder))


def read_spent(scope: Scope, owner: str, conversation: str, day: date) -> tuple[float, int]:
    rows = Spending.objects.all()
    if scope == "conversation":
        rows = rows.filter(conversation=conversation)
    elif scope == "day":
        rows = rows.filter(owner=owner, day=day)
    else:
        rows = rows.filter(owner=owner, day__gte=day.replace(day=1), day__lte=day)
    return sum_spent(rows)


def sum_spent(rows: "QuerySet[Spending]") -> tuple[float, int]:
    summed = rows.aggregate(usd=Sum("usd"), unpriced=Sum("unpriced"))
    return summed["usd"] or 0.0, summed["unpriced"] or 0


def read_held(scope: Scope, owner: str, conversation: str) -> float:
    whose = {"conversation": conversation} if scope == "conversation" else {"owner": owner}
    return sum_held(Reservation.objects.filter(**whose))


def sum_held(rows: "QuerySet[Reservation]") -> float:
    held: float | None = rows.filter(until__gt=timezone.now()).aggregate(usd=Sum("usd"))["usd"]
    return held or 0.0


async def check_limits(
    owner: str, conversation: str = "", estimates: Sequence[Cost] = (), folder: str = ""
) -> Verdict:
    """Whether that user may ask now. `estimates`: of each lane, where there are any."""
    limits = await limits_for(owner, conversation, folder)
    if not limits:
        return Verdict("ok")
    return judge_spending(limits, sum(cost.usd or 0.0 for cost in estimates))


def record_request(
    owner: str,
    conversation: str,
    model: str,
    kind: Kind,
    usage: Usage,
    cost: Cost,
    *,
    folder: str = "",
    failed: bool = False,
    first_token_ms: float | None = None,
) -> None:
    """Counts one request that has ended. `model` is its ref."""
    figures: dict[str, Any] = {
        "requests": 1,
        "failures": int(failed),
        "unpriced": int(cost.usd is None and not failed),
        "input_tokens": usage.input or 0,
        "output_tokens": usage.output or 0,
        "usd": unpriced.counted_usd(cost, usage),
        "first_token_ms": first_token_ms or 0.0,
        "timed": int(first_token_ms is not None),
    }
    ledger.add(Key(utc_today(), owner, conversation, model, kind, folder), Counter(figures))
    for told in when_recorded:
        told(model, usage, cost, failed)
