"""A conversation asked again of the same or other models, and the answers beside the old ones."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import ASKS
from chat.engine import current_engine
from chat.policy.access import access_conversation
from chat.protocol.commands import ModelRef
from chat.protocol.errors import NotFoundError
from chat.replay.compare import compare
from chat.replay.plan import ReplayOptions, ReplayPlan, estimate_replay, plan_replay
from chat.replay.run import begin_replay
from conversations.records import CostSource
from core.schemas import Name, Strict

router = Router(tags=["replay"])


class NewReplay(Strict):
    """`models`: absent, the conversation's own lanes. `turns`: `2-5`, `2-`, `-5` or `2`; absent: all."""

    models: Annotated[list[ModelRef], Field(max_length=24)] = []
    turns: Annotated[str, StringConstraints(max_length=20)] = ""
    branch: Name | None = None
    dry_run: bool = False


class EstimatedAnswer(Schema):
    message: str
    model: str
    input_tokens: int
    output_tokens: int
    usd: float | None
    source: CostSource


class Estimated(Schema):
    """`usd`: the sum of what is known; `complete`: nothing is unknown."""

    turns: int
    answers: list[EstimatedAnswer]
    usd: float
    complete: bool


class Begun(Estimated):
    conversation: str


class FiguresOut(Schema):
    words: int
    tokens: int | None
    usd: float | None
    total_ms: int | None


class SideOut(Schema):
    message: str
    model: str
    status: str
    figures: FiguresOut


class PairOut(Schema):
    """An answer then and now. `removed` and `added`: how many words."""

    question: str
    text: str
    before: SideOut | None
    after: SideOut
    removed: int
    added: int


class ComparisonOut(Schema):
    """`conversation` and `title`: of the one that was asked again."""

    conversation: str
    title: str
    pairs: list[PairOut]
    before: FiguresOut
    after: FiguresOut


async def estimate_json(made: ReplayPlan) -> dict[str, Any]:
    answers = await estimate_replay(made)
    return {
        "turns": len(made.questions),
        "answers": [
            {
                "message": one.message,
                "model": one.model,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "usd": one.cost.usd,
                "source": one.cost.source,
            }
            for one in answers
        ],
        "usd": sum(one.cost.usd or 0.0 for one in answers),
        "complete": all(one.cost.usd is not None for one in answers),
    }


@router.post("/{conversation}/replay", response={200: Estimated, 201: Begun, **ASKS})
async def replay(request: ApiRequest, conversation: str, body: NewReplay) -> Any:
    """Asks the questions again in a new conversation, which streams like any other. With `dry_run` only what
    would be sent and its estimated cost."""
    wanted = ReplayOptions(body.models, body.turns, body.branch)
    made = await plan_replay(request.auth, conversation, wanted)
    figures = await estimate_json(made)
    if body.dry_run:
        return Status(200, figures)
    begun = await begin_replay(request.auth, made)
    current_engine().spawn(begun.run())
    return Status(201, {**figures, "conversation": begun.room.id})


@router.get("/{conversation}/comparison", response=ComparisonOut)
async def comparison(request: ApiRequest, conversation: str) -> Any:
    """Of a conversation that was made by asking another one again: answer by answer, then and now."""
    room = await access_conversation(request.auth, conversation)
    first = room.file.tree.conversation
    origin = None if first is None else first.get("replay_of")
    if origin is None:
        raise NotFoundError(_("This conversation is not a re-run of another one."))
    old = await access_conversation(request.auth, origin["conversation"])
    return asdict(await asyncio.to_thread(compare, old.file, room.file, origin["message"]))
