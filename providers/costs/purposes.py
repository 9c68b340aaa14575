"""What was asked of models beside answers, by what for: titles, summaries, reading, embedding …"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from providers.costs.ledger import ledger
from providers.models import Spending

Sums = dict[str, dict[str, float]]


def read_purposes(
    since: datetime, until: datetime, *, owner: str | None = None, model: str = "", server: str = ""
) -> Sums:
    """By the kind of request, without answers: `requests`, `failures`, `unpriced`, tokens and `usd`. Kept by
    days in UTC: of the first and the last day all counts. `owner`: None for everybody's."""
    ledger.write()
    rows = Spending.objects.filter(day__gte=since.date(), day__lte=(until - timedelta(microseconds=1)).date())
    rows = rows.exclude(kind=Spending.Kind.ANSWER)
    if owner is not None:
        rows = rows.filter(owner=owner)
    if model:
        rows = rows.filter(model=model)
    if server:
        rows = rows.filter(model__startswith=f"{server}/")
    names = ("requests", "failures", "unpriced", "input_tokens", "output_tokens", "usd")
    summed: Any = rows.values("kind").annotate(**{f"sum_{name}": Sum(name) for name in names})
    return {row["kind"]: {name: row[f"sum_{name}"] or 0 for name in names} for row in summed}
