"""What requests may cost is held against the budgets before they are asked, and settled when they are
counted: any number that begin at once, in any number of processes, do not spend the same rest."""

from collections.abc import Sequence
from datetime import date, timedelta

from channels.db import database_sync_to_async
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from providers.costs import budgets
from providers.costs.ledger import ledger
from providers.models import Budget, FolderBudget, Reservation

LONGEST = timedelta(hours=1)
"""No process that died holds anything for longer."""


async def reserve_cost(
    key: str, asker: budgets.Asker, usd: float, spent: float = 0.0
) -> Sequence[budgets.Limit]:
    """Returns the limits in force before; `usd` is held where none of them is reached, once for each `key`.
    `spent`: what was spent for it already, and is not counted yet."""
    found: Sequence[budgets.Limit] = await database_sync_to_async(_hold, thread_sensitive=False)(
        key, asker, usd, budgets.utc_today(), spent
    )
    return found


def _hold(
    key: str, asker: budgets.Asker, usd: float, day: date, spent: float = 0.0
) -> Sequence[budgets.Limit]:
    ledger.write()
    with transaction.atomic():
        # One after the other, in all processes: SQLite lets only one write, PostgreSQL locks these rows.
        whose = Q(owner=asker.owner) | Q(owner="")
        list(Budget.objects.select_for_update().filter(whose).values_list("pk"))
        own = FolderBudget.objects.filter(owner=asker.owner, folder=asker.folder)
        list(own.select_for_update().values_list("pk"))
        Reservation.objects.filter(pk=key).delete()
        until = timezone.now() + LONGEST
        held = Reservation(pk=key, **asker._asdict(), usd=spent, until=until)
        if spent:
            held.save(force_insert=True)
        limits = budgets.limits_in_force(asker, day)
        if limits and budgets.judge_spending(limits).level != "hard":
            held.usd = spent + usd
            held.save()
    return limits


def forget_all() -> None:
    """For a server that knows itself alone: whatever is held was left by one that died."""
    Reservation.objects.all().delete()
