"""Auto's choice of a model, of those that a person may use now. No model is asked."""

from collections.abc import Sequence

from providers import registry
from providers.catalogue.listing import Viewer
from providers.costs import budgets
from providers.suggestions.auto import ModelChoice, choose, ref_of
from providers.suggestions.experience import recent_experience
from providers.suggestions.rules import Draft
from providers.types import ModelInfo


async def choose_models(
    draft: Draft, viewer: Viewer, asker: budgets.Asker, *, count: int = 1, without: Sequence[str] = ()
) -> list[ModelChoice]:
    """For each of `count` lanes that Auto chooses for, another one as long as there are others. `without`:
    refs that are asked anyway. Shorter where there is nothing to choose from."""
    models = await usable_models(viewer)
    seen = await recent_experience(asker.owner)
    left = await left_to_spend(asker)
    chosen: list[ModelChoice] = []
    for _lane in range(count):
        taken = {*without, *(one.model for one in chosen)}
        free = [info for info in models if ref_of(info) not in taken]
        found = choose(draft, free, seen, left_usd=left) or choose(draft, models, seen, left_usd=left)
        if found is not None:
            chosen.append(found)
    return chosen


async def usable_models(viewer: Viewer) -> list[ModelInfo]:
    """Of the servers that are known to answer; where none is, of all."""
    lists = await registry.list_models(viewer=viewer)
    states = await registry.health()
    there = [
        info
        for server, infos in lists.items()
        if server not in states or states[server].available
        for info in infos
    ]
    return there or [info for infos in lists.values() for info in infos]


async def left_to_spend(asker: budgets.Asker) -> float | None:
    """USD until the first hard limit; None where there is none."""
    limits = await budgets.limits_for(*asker)
    left = [limit.hard - limit.spent - limit.held for limit in limits if limit.hard is not None]
    return max(min(left), 0.0) if left else None
