"""What counts against budgets where nobody knows what a request cost: the administrator's rule.

The answer itself still says that its cost is unknown.
"""

from django.conf import settings

from providers.costs.prices import Cost
from providers.types import Usage

FREE, REFUSED = "free", "refused"


def counted_usd(cost: Cost, usage: Usage) -> float:
    """What the answer counts for in budgets, in USD."""
    rule: float | str = settings.UNPRICED_MODELS
    if cost.usd is not None:
        return cost.usd
    if isinstance(rule, str):
        return 0.0
    return ((usage.input or 0) + (usage.output or 0)) * rule / 1_000_000


def is_refused(cost: Cost) -> bool:
    """Whether a user with a hard limit may not ask for it."""
    return cost.usd is None and settings.UNPRICED_MODELS == REFUSED
