"""`/api/models/estimate`, `/budget`, `/suggest` and `/auto`: what a message would cost, what may be spent,
whether another model would suit it better, and which one Auto would ask."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from core.accounts import owner_id
from providers import registry
from providers.catalogue.listing import Viewer
from providers.costs import budgets, prices, tool_tokens
from providers.errors import ProviderError
from providers.refs import AUTO
from providers.rest.common import authenticated_user, viewer_of
from providers.rest.schemas import Ref, reply
from providers.suggestions import rules as suggestions
from providers.suggestions.experience import experience_of, usual_answers
from providers.suggestions.model_choice import choose_models, usable_models
from providers.tokens import IMAGE_TOKENS, estimate_tokens
from providers.types import Params

USUAL_ANSWER = 500
MOST_TOKENS = 100_000_000
Tokens = Annotated[int, Field(ge=0, le=MOST_TOKENS, strict=True)]


class LaneIn(Schema):
    """`output_tokens`: what to reckon with; absent: as long as this model's answers to whoever asks have
    been, else 500. `max_tokens`: no answer is longer. `tools`: as a lane has them, where their definitions
    are not among the `input_tokens` yet."""

    model: Ref
    input_tokens: Tokens
    output_tokens: Tokens | None = None
    max_tokens: Tokens | None = None
    tools: bool | Annotated[list[Ref], Field(max_length=500)] = False


class EstimateIn(Schema):
    """`text`: a draft that each lane is sent beside its `input_tokens`; `images`: how many go with it.
    `folder`: where the conversation lies."""

    lanes: Annotated[list[LaneIn], Field(max_length=64)]
    text: Annotated[str, Field(max_length=1_000_000)] = ""
    images: Annotated[int, Field(ge=0, le=100, strict=True)] = 0
    conversation: Ref = ""
    folder: Ref = ""


class CostOut(Schema):
    """`usd` is null where nobody knows; `reason` then says why. The tokens are what was reckoned with."""

    model: str
    input_tokens: int
    output_tokens: int
    usd: float | None
    source: Literal["provider", "priced", "free", "unknown"]
    reason: str


class BudgetOut(Schema):
    level: Literal["ok", "soft", "hard"]
    scope: str | None


class EstimateOut(Schema):
    """`usd`: the sum of what is known; `complete`: nothing is unknown."""

    lanes: list[CostOut]
    usd: float
    complete: bool
    budget: BudgetOut


class LimitOut(Schema):
    """`held`: what answers that run may cost, until they are counted. `name`: of a folder's limit, its."""

    scope: str
    soft: float | None
    hard: float | None
    spent: float
    unpriced: int
    held: float
    name: str


class LimitsOut(Schema):
    limits: list[LimitOut]
    level: Literal["ok", "soft", "hard"]


class WrittenIn(Schema):
    """`tokens`: of the conversation with the draft; `attachments`: MIME types."""

    text: Annotated[str, Field(max_length=1_000_000)]
    tokens: Tokens = 0
    attachments: Annotated[list[Ref], Field(max_length=100)] = []


class DraftIn(WrittenIn):
    """What is being written, and for which model. `model`: the chosen ref."""

    model: Ref = ""


class SuggestionOut(Schema):
    model: str
    rule: str
    reason: str
    score: float


class SuggestionsOut(Schema):
    suggestions: list[SuggestionOut]


class AutoQuestionIn(WrittenIn):
    """`count`: for how many lanes a model is to be chosen; `without`: refs that other lanes ask anyway.
    `tools`: tools may be called. `conversation` and `folder`: whose budgets hold."""

    tools: bool = False
    count: Annotated[int, Field(ge=1, le=24, strict=True)] = 1
    without: Annotated[list[Ref], Field(max_length=24)] = []
    conversation: Ref = ""
    folder: Ref = ""


class AutoChoiceOut(Schema):
    """`rule`: the name of what weighed most, `reason` in words. `others`: who is asked where this model does
    not answer, the next best first."""

    model: str
    rule: str
    reason: str
    others: list[str]


class AutoChoicesOut(Schema):
    """In the order of the lanes; fewer where there is nothing to choose from."""

    choices: list[AutoChoiceOut]


async def cost_in(
    lane: LaneIn, more: int, usual: Mapping[str, float], viewer: Viewer, owner: str
) -> tuple[prices.Cost, int, int]:
    """The cost and the tokens in and out that it was reckoned with."""
    answered = lane.output_tokens
    if answered is None:
        answered = round(usual.get(lane.model, USUAL_ANSWER))
        answered = min(answered, lane.max_tokens or answered)
    try:
        target = await registry.resolve(lane.model, viewer=viewer)
    except ProviderError:
        return prices.Cost(None, "unknown", "no_price"), lane.input_tokens + more, answered
    if lane.tools and not (target.info is not None and target.info.knows_no_tools):
        more += await tool_tokens.count_tool_tokens(owner, lane.tools, target.window(Params()))
    asked = lane.input_tokens + round(more * target.learned.density)
    cost = prices.estimate(target.server, target.model, asked, answered, info=target.info)
    return cost, asked, answered


async def estimate(request: HttpRequest, body: EstimateIn) -> HttpResponse:
    """What the lanes would cost, before anything is sent."""
    owner = owner_id(authenticated_user(request))
    usual = await usual_answers(owner, [lane.model for lane in body.lanes])
    more = estimate_tokens(body.text) + body.images * IMAGE_TOKENS
    viewer = await viewer_of(request)
    lanes_in = await chosen_lanes(body, viewer, owner)
    found = [await cost_in(lane, more, usual, viewer, owner) for lane in lanes_in]
    costs = [cost for cost, _in, _out in found]
    verdict = await budgets.check_limits(
        owner, body.conversation.replace("\x00", ""), costs, body.folder.replace("\x00", "")
    )
    lanes = [
        {"model": lane.model, "input_tokens": asked, "output_tokens": answered, **asdict(cost)}
        for lane, (cost, asked, answered) in zip(lanes_in, found, strict=True)
    ]
    return reply(
        {
            "lanes": lanes,
            "usd": sum(cost.usd or 0.0 for cost in costs),
            "complete": all(cost.usd is not None for cost in costs),
            "budget": {"level": verdict.level, "scope": verdict.limit.scope if verdict.limit else None},
        }
    )


async def chosen_lanes(body: EstimateIn, viewer: Viewer, owner: str) -> list[LaneIn]:
    """The lanes, those of Auto with the models that it would choose."""
    free = [lane for lane in body.lanes if lane.model == AUTO]
    if not free:
        return body.lanes
    tokens = max(lane.input_tokens for lane in free)
    draft = suggestions.Draft(body.text, tokens, ["image/*"] * body.images, any(lane.tools for lane in free))
    asker = budgets.Asker(owner, body.conversation.replace("\x00", ""), body.folder.replace("\x00", ""))
    others = [lane.model for lane in body.lanes if lane.model != AUTO]
    chosen = iter(await choose_models(draft, viewer, asker, count=len(free), without=others))
    return [
        lane.model_copy(update={"model": one.model})
        if lane.model == AUTO and (one := next(chosen, None)) is not None
        else lane
        for lane in body.lanes
    ]


async def budget(request: HttpRequest, conversation: Ref = "", folder: Ref = "") -> HttpResponse:
    """The limits that hold for whoever asks, in that conversation and that folder, and what is spent of
    each."""
    where = (conversation.replace("\x00", ""), folder.replace("\x00", ""))
    limits = await budgets.limits_for(owner_id(authenticated_user(request)), *where)
    listed: list[dict[str, Any]] = [asdict(limit) for limit in limits]
    return reply({"limits": listed, "level": budgets.judge_spending(limits).level})


async def suggest(request: HttpRequest, body: DraftIn) -> HttpResponse:
    """Models that may suit the draft better than the chosen one, at most three, each with why."""
    models = await usable_models(await viewer_of(request))
    draft = suggestions.Draft(body.text, body.tokens, body.attachments)
    seen = await experience_of(owner_id(authenticated_user(request)))
    found = suggestions.suggest(draft, models, seen, body.model)
    return reply({"suggestions": [asdict(one) for one in found]})


async def choose(request: HttpRequest, body: AutoQuestionIn) -> HttpResponse:
    """Which model Auto would ask, and why, before anything is sent. No model is asked."""
    draft = suggestions.Draft(body.text, body.tokens, body.attachments, tools=body.tools)
    where = (body.conversation.replace("\x00", ""), body.folder.replace("\x00", ""))
    asker = budgets.Asker(owner_id(authenticated_user(request)), *where)
    chosen = await choose_models(
        draft, await viewer_of(request), asker, count=body.count, without=body.without
    )
    return reply({"choices": [asdict(one) for one in chosen]})


def add_to(router: Router) -> None:
    router.post("/estimate", response=EstimateOut)(estimate)
    router.get("/budget", response=LimitsOut)(budget)
    router.post("/suggest", response=SuggestionsOut)(suggest)
    router.post("/auto", response=AutoChoicesOut)(choose)
