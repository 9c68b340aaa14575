"""Which model answers a question where a person leaves that to Auto, and why. Pure: the same question, models
and experience give the same choice. No model is asked.

The rules are those of suggestions (rules.py), among them the person's own comparisons. Between equals decides
what costs less, then what the person has used most, then the administrator's order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from providers import connectors
from providers.suggestions.rules import NOTHING, Case, Draft, Experience, can_answer, usual_cost, weigh_rules
from providers.types import ModelInfo

OTHERS = 3
"""How many are named that could be asked instead."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """`rule`: the name of what weighed most; `reason` says it in the active language. `others`: refs to ask
    where this model does not answer, and for a person who overrules the choice; the next best first."""

    model: str
    rule: str
    reason: str
    others: Sequence[str] = ()


def choose(
    draft: Draft,
    models: Sequence[ModelInfo],
    seen: Mapping[str, Experience],
    *,
    left_usd: float | None = None,
) -> ModelChoice | None:
    """`models`: those that the person may use, on servers that answer, in the administrator's order.
    `left_usd`: what may still be spent; None: no limit. None where there is nothing to choose from."""
    able = [info for info in models if can_answer(draft, info)] or [info for info in models if can_chat(info)]
    cases = [Case(draft, info, seen.get(ref_of(info), NOTHING)) for info in able]
    affordable = [case for case in cases if left_usd is None or (usual_cost(case) or 0.0) <= left_usd]
    ranked = sorted(enumerate(affordable or cases), key=lambda one: rank(*one))
    if not ranked:
        return None
    best, *others = (case for _place, case in ranked)
    rule, reason = explain_choice(best, others)
    # Where its server does not answer, no other model of that server will.
    others.sort(key=lambda case: case.model.server == best.model.server)
    return ModelChoice(ref_of(best.model), rule, reason, [ref_of(case.model) for case in others[:OTHERS]])


def rank(place: int, case: Case) -> tuple[float, float, int, int]:
    """An unknown cost counts as a middling one."""
    cost = usual_cost(case)
    return (
        -round(weigh_rules(case)[0], 6),
        UNKNOWN_COST if cost is None else cost,
        -case.seen.answers,
        place,
    )


UNKNOWN_COST = 0.005
"""USD of an answer whose price nobody knows."""


def explain_choice(best: Case, others: Sequence[Case]) -> tuple[str, str]:
    """The name of the reason, and the reason in words."""
    _score, rule = weigh_rules(best)
    if rule is not None:
        return rule.name, rule.says(best)
    if not others:
        return "only", _("No other model suits this question.")
    cost, next_cost = usual_cost(best), usual_cost(others[0])
    if cost == 0:
        return "free", _("It costs nothing.")
    if cost is not None and next_cost is not None and cost < next_cost:
        return "cheaper", _("It costs less than others that would do.")
    if best.seen.answers:
        return "used", _("You ask it most often.")
    return "first", _("Nothing speaks for another model.")


def can_chat(info: ModelInfo) -> bool:
    """Whether it is for conversations at all, whatever this one needs."""
    missing = bool(info.metadata.get("missing")) or connectors.only_repeats(info.provider)
    return not missing and (not info.capabilities or "chat" in info.capabilities)


def ref_of(info: ModelInfo) -> str:
    return f"{info.server}/{info.id}"
