"""Fields of an answer's record, from what its connector told."""

from conversations.records import Cost, Part, ToolCallPart, Usage
from providers import types
from providers.asking import Spent
from providers.catalogue.identity import is_another_model, shown_name
from providers.catalogue.spelling import spelt
from providers.refs import split_ref
from providers.registry import Target


def served_by(target: Target, answered: str | None) -> str:
    """The model ref that answered: what the server says, where that is another model than was asked for."""
    if answered and is_another_model(target.model, answered):
        return f"{target.server.name}/{shown_name(answered)}"
    named, asked = split_ref(target.ref)
    if named == target.server.name and spelt(asked) == spelt(target.model):
        return target.ref
    return f"{target.server.name}/{target.model}"


def tool_call_part(call: types.ToolCall) -> Part:
    part: ToolCallPart = {
        "type": "tool_call",
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }
    if call.signature:
        part["signature"] = call.signature
    return part


def usage_of(usage: types.Usage, *, estimated: bool = False) -> Usage:
    kept: Usage = {
        "input": usage.input,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "cached": usage.cached,
    }
    return {**kept, "estimated": True} if estimated else kept


def cost_in_record(spent: Spent) -> Cost:
    kept: Cost = {"usd": spent.cost.usd, "source": spent.cost.source}
    return {**kept, "estimated": True} if spent.estimated and spent.cost.source == "priced" else kept
