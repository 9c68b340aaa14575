"""What a run would be sent and cost, before anything is asked."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from chat.actions.auto import Where, choose_lanes
from chat.prompting.attachments import attachment_parts
from chat.protocol import lanes
from chat.protocol.errors import InvalidError
from chat.testsets.judging import criteria_of, tokens_of_judging
from conversations.records import CostSource, Part, UserMessage
from conversations.settings import Lane
from providers import registry
from providers.catalogue.viewers import viewer_for
from providers.costs import prices
from providers.refs import AUTO
from providers.tokens import IMAGE_TOKENS, MESSAGE_TOKENS, estimate_tokens

USUAL_ANSWER = 500
"""Tokens of an answer to a case that no model has answered yet."""


@dataclass(slots=True)
class RunEstimate:
    """What one lane, or the judge, may cost. `usd`: of what is known; `source`: unknown where something is
    not."""

    model: str
    lane: str | None
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    source: CostSource = "free"

    def add(self, target: registry.Target, sent: int, answered: int, requests: int) -> None:
        cost = prices.estimate(target.server, target.model, sent, answered, info=target.info)
        self.requests += requests
        self.input_tokens += sent * requests
        self.output_tokens += answered * requests
        if cost.usd is None or self.source == "unknown":
            self.source = "unknown"
        elif cost.usd:
            self.source = cost.source
        self.usd += (cost.usd or 0.0) * requests


async def estimate_lanes(
    owner: str,
    cases: Sequence[Mapping[str, Any]],
    row: Sequence[Lane],
    judge: str | None,
    repeat: int,
    answered_before: Mapping[str, int],
) -> list[RunEstimate]:
    """What the lanes may cost, then the judge. `answered_before`: tokens of earlier answers by the case's id.
    Raises ProviderError for a model that is not there."""
    viewer = await viewer_for(owner)
    found = [RunEstimate(lane["model"], lane["id"]) for lane in row]
    for case in cases:
        for one, lane in zip(found, await lanes_of_case(owner, case, row), strict=True):
            target = await registry.resolve(lane["model"], viewer=viewer)
            most = lanes.merge_params(target.defaults, lane).max_tokens
            sent = round(size_of(case, lane.get("system") or target.system) * target.learned.density)
            answered = answered_before.get(case["id"], USUAL_ANSWER)
            one.add(target, sent, min(answered, most or answered), repeat)
    if judge is not None and any(criteria_of(case) for case in cases):
        target = await registry.resolve(judge, viewer=viewer)
        found.append(estimate_judging(target, cases, answered_before, repeat * len(row)))
    return found


async def lanes_of_case(owner: str, case: Mapping[str, Any], row: Sequence[Lane]) -> Sequence[Lane]:
    """As they would be asked now: those of Auto with the models that it would choose."""
    if all(lane["model"] != AUTO for lane in row):
        return row
    parts: list[Part] = [{"type": "text", "text": case["text"]}]
    with suppress(InvalidError):
        # A file that is gone is said when it is to be asked.
        parts += await attachment_parts(owner, case.get("attachments", ()))
    question = cast(UserMessage, {"role": "user", "parts": parts})
    asked = await choose_lanes(Where(owner), question, row)
    return [one.lane for one in asked]


def estimate_judging(
    target: registry.Target,
    cases: Iterable[Mapping[str, Any]],
    answered_before: Mapping[str, int],
    answers: int,
) -> RunEstimate:
    one = RunEstimate(target.ref, None)
    for case in cases:
        for criteria in criteria_of(case):
            tokens = answered_before.get(case["id"], USUAL_ANSWER)
            sent, answered = tokens_of_judging(case["text"], criteria, tokens)
            one.add(target, sent // 2, answered // 2, 2 * answers)
    return one


def size_of(case: Mapping[str, Any], system: str) -> int:
    """The tokens of a case's request. Files are reckoned as pictures: what is in them is read when they are
    asked."""
    told = estimate_tokens(case.get("system") or system)
    files = IMAGE_TOKENS * len(case.get("attachments", ()))
    return MESSAGE_TOKENS + told + estimate_tokens(case["text"]) + files
