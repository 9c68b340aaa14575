"""`/api/models/spending`: what whoever asks has spent, by model and by day."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.db.models import Min, Sum
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from core.accounts import owner_id
from providers.costs.budgets import utc_today
from providers.costs.ledger import ledger
from providers.models import Spending
from providers.rest.common import authenticated_user
from providers.rest.schemas import Ref, reply

SUMS = ("requests", "failures", "unpriced", "input_tokens", "output_tokens", "usd")


class SumOut(Schema):
    """USD. Of `unpriced` requests nobody knows the cost: they are in no sum."""

    requests: int
    failures: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    usd: float


class ModelSumOut(SumOut):
    model: str


class KindSumOut(SumOut):
    """`kind`: answer, title, summary, reading, embedding, tools, judging or other."""

    kind: str


class DaySumOut(SumOut):
    day: date


class SpendingOut(Schema):
    """The dearest model first; days in UTC, oldest first, those without a request left out."""

    since: date
    until: date
    total: SumOut
    models: list[ModelSumOut]
    kinds: list[KindSumOut]
    days: list[DaySumOut]


async def spending(
    request: HttpRequest, days: Annotated[int, Query(ge=1, le=366)] = 30, conversation: Ref = ""
) -> HttpResponse:
    """The last `days` days, today among them; with `conversation`, what was spent there since it began."""
    owner = owner_id(authenticated_user(request))
    found = await database_sync_to_async(read_spending, thread_sensitive=False)(
        owner, days, conversation.replace("\x00", "")
    )
    return reply(found)


def read_spending(owner: str, days: int, conversation: str) -> dict[str, Any]:
    ledger.write()
    mine = Spending.objects.filter(owner=owner)
    until = utc_today()
    since = until - timedelta(days=days - 1)
    if conversation:
        mine = mine.filter(conversation=conversation)
        since = mine.aggregate(first=Min("day"))["first"] or until
    rows = mine.filter(day__gte=since, day__lte=until)
    sums = {name: Sum(name) for name in SUMS}
    total = rows.aggregate(**sums)
    return {
        "since": since,
        "until": until,
        "total": {name: total[name] or 0 for name in SUMS},
        "models": sorted(plain_rows(rows.values("model").annotate(**sums)), key=by_cost),
        "kinds": sorted(plain_rows(rows.values("kind").annotate(**sums)), key=by_cost),
        "days": plain_rows(rows.values("day").annotate(**sums).order_by("day")),
    }


def plain_rows(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def by_cost(row: dict[str, Any]) -> tuple[float, int]:
    return -row["usd"], -row["requests"]


def add_to(router: Router) -> None:
    router.get("/spending", response=SpendingOut)(spending)
