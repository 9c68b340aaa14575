"""Fields of an answer's record, from what its connector told."""

from collections.abc import Iterable, Sequence
from typing import Any

from conversations.records import AnswerHeader, Cost, ToolCallPart, Usage, WaitingCall
from providers import types
from providers.asking import Asking, RequestUsage
from providers.catalogue.identity import is_another_model, shown_name
from providers.catalogue.spelling import fold_model_id
from providers.costs import prices
from providers.refs import split_ref
from providers.registry import Target


def served_by(target: Target, answered: str | None) -> str:
    """The model ref that answered: what the server says, where that is another model than was asked for."""
    if answered and is_another_model(target.model, answered):
        return f"{target.server.name}/{shown_name(answered)}"
    named, asked = split_ref(target.ref)
    if named == target.server.name and fold_model_id(asked) == fold_model_id(target.model):
        return target.ref
    return f"{target.server.name}/{target.model}"


def names_of_server(target: Target | None, answered: str | None, header: AnswerHeader) -> dict[str, Any]:
    """The fields `served_by`, where another model answered than was asked, or `version`: the service's own
    name for it, as `gpt-4o-2024-08-06`, where that is not the one it was asked for. Where Auto's choice did
    not answer and another was asked, that is the answer's `model`."""
    if target is None:
        return {}
    fields: dict[str, Any] = {}
    model = header["model"]
    if "choice" in header and target.ref != model:
        fields = {"model": target.ref, "choice": {**header["choice"], "instead_of": model}}
        model = target.ref
    served, told = served_by(target, answered), shown_name(answered or "")
    if served != model:
        return {**fields, "served_by": served}
    return {**fields, "version": told} if told and told != target.model else fields


def tool_call_part(call: types.ToolCall) -> ToolCallPart:
    part: ToolCallPart = {
        "type": "tool_call",
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }
    if call.signature:
        part["signature"] = call.signature
    return part


def waiting_call(call: ToolCallPart) -> WaitingCall:
    waiting: WaitingCall = {
        "id": call["id"],
        "name": call["name"],
        "arguments": call["arguments"],
        "source": call.get("source", ""),
    }
    return {**waiting, "title": call["title"]} if "title" in call else waiting


def sum_spent(rounds: Sequence[Asking]) -> RequestUsage:
    """Of all rounds together that a server was asked, or of the only one. What a round that told nothing used
    is not known, and counts as nothing beside the others."""
    spent = [asked.spent() for asked in rounds if asked.was_sent or len(rounds) == 1]
    if len(spent) == 1:
        return spent[0]
    told = [one for one in spent if one.usage != types.Usage()]
    if not told:
        return RequestUsage(types.Usage(), prices.Cost(None, "unknown"))
    usages = [one.usage for one in told]
    usage = types.Usage(
        *(
            sum_known(getattr(one, name) for one in usages)
            for name in ("input", "output", "reasoning", "cached")
        )
    )
    return RequestUsage(usage, sum_costs([one.cost for one in told]), any(one.estimated for one in told))


def sum_known(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def sum_costs(costs: Sequence[prices.Cost]) -> prices.Cost:
    """The sum is unknown where one of the costs is."""
    usd = [cost.usd for cost in costs if cost.usd is not None]
    if len(usd) < len(costs):
        return prices.Cost(None, "unknown")
    sources = {cost.source for cost in costs} - {"free"}
    return prices.Cost(
        sum(usd), costs[0].source if len(sources) == 0 else "priced" if "priced" in sources else "provider"
    )


def usage_of(spent: RequestUsage, rounds: Iterable[Asking]) -> Usage:
    kept: Usage = {
        "input": spent.usage.input,
        "output": spent.usage.output,
        "reasoning": spent.usage.reasoning,
        "cached": spent.usage.cached,
    }
    if spent.estimated:
        kept["estimated"] = True
    if tools := sum(asked.tokens_of_tools() for asked in rounds):
        kept["tools"] = tools
    return kept


def cost_in_record(spent: RequestUsage) -> Cost:
    kept: Cost = {"usd": spent.cost.usd, "source": spent.cost.source}
    return {**kept, "estimated": True} if spent.estimated and spent.cost.source == "priced" else kept
