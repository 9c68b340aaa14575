"""Lanes whose model Auto chooses: for each question anew, unless the person overrules it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.engine.room import Room
from chat.policy.model_refs import require_servers
from chat.policy.spending import asker_in
from chat.prompting import context
from chat.protocol.errors import InvalidError
from conversations.records import AnswerChoice, MessageRecord
from conversations.settings import Lane, UsedTools
from conversations.shapes import parts_of
from providers import registry
from providers.catalogue.viewers import viewer_for
from providers.costs.budgets import Asker
from providers.refs import AUTO
from providers.suggestions.model_choice import choose_models
from providers.suggestions.rules import Draft
from providers.tokens import estimate_tokens

BYTES_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class AskedLane:
    """A lane as it is asked now: never Auto. `choice`: how its model was chosen, where Auto did. `others`:
    models to ask where that one does not answer."""

    lane: Lane
    choice: AnswerChoice | None = None
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Where a question is asked: its `owner`, whose budgets hold, which tools lanes may call that say nothing
    of their own, and how many `tokens` come before it."""

    owner: str
    conversation: str = ""
    folder: str = ""
    tools: UsedTools = False
    tokens: int = 0


def place_in_room(room: Room, message: MessageRecord) -> Where:
    """Where a question in this room is asked. What came before is reckoned by its bytes: nothing is read."""
    tree = room.file.tree
    before = tree.path(message["parent"]) if message["parent"] is not None else []
    size = sum(tree.places[one][1] for one in before if one in tree.places)
    return Where(*asker_in(room), tools=tree.settings["tools"], tokens=size // BYTES_A_TOKEN)


async def choose_lanes(
    where: Where, message: MessageRecord, row: Sequence[Lane], overruled: Mapping[str, str] | None = None
) -> list[AskedLane]:
    """Gives the lanes that answer the user's `message`, Auto's with the models that it chose. `overruled`:
    the models that the person wants instead of Auto's, by lane."""
    overruled = overruled or {}
    free = [lane for lane in row if lane["model"] == AUTO and lane["id"] not in overruled]
    chosen: dict[str, AskedLane] = {}
    if free:
        asked = [overruled.get(lane["id"], lane["model"]) for lane in row]
        chosen = await _choose(where, message, free, [model for model in asked if model != AUTO])
    for lane in row:
        if lane["id"] in overruled:
            by_person: AnswerChoice = {"rule": "person", "reason": _("You chose it for this question.")}
            chosen[lane["id"]] = AskedLane({**lane, "model": overruled[lane["id"]]}, by_person)
    return [chosen.get(lane["id"], AskedLane(lane)) for lane in row]


async def check_overruled(overruled: Mapping[str, str] | None, row: Sequence[Lane], owner: str) -> None:
    """Raises InvalidError where a lane is not Auto's, NotFoundError where a server does not exist."""
    if not overruled:
        return
    if set(overruled) - {lane["id"] for lane in row if lane["model"] == AUTO}:
        raise InvalidError(_("Only the choice of a lane that is set to Auto can be overruled."))
    await require_servers(overruled.values(), owner)


async def _choose(
    where: Where, message: MessageRecord, free: Sequence[Lane], without: Sequence[str]
) -> dict[str, AskedLane]:
    viewer = await viewer_for(where.owner)
    asker = Asker(where.owner, where.conversation, where.folder)
    draft = draft_of(where, message, free)
    found = await choose_models(draft, viewer, asker, count=len(free), without=without)
    chosen: dict[str, AskedLane] = {}
    for place, lane in enumerate(free):
        if place < len(found):
            one = found[place]
            choice: AnswerChoice = {"rule": one.rule, "reason": one.reason}
            chosen[lane["id"]] = AskedLane({**lane, "model": one.model}, choice, one.others)
        else:
            model = await registry.default_model(viewer=viewer)
            only: AnswerChoice = {"rule": "only", "reason": _("No other model suits this question.")}
            chosen[lane["id"]] = AskedLane({**lane, "model": model}, only)
    return chosen


def draft_of(where: Where, message: MessageRecord, row: Sequence[Lane]) -> Draft:
    text = context.text_of(message)
    attached = [part["mime"] for part in parts_of(message) if part["type"] in ("image", "file")]
    tools = any(lane.get("tools", where.tools) for lane in row)
    return Draft(text, where.tokens + estimate_tokens(text), attached, tools=tools)


async def choose_lane_again(room: Room, user: str, lane: Lane) -> AskedLane:
    """Gives the lane as it answers a message of earlier once more."""
    if lane["model"] != AUTO:
        return AskedLane(lane)
    (message,) = await asyncio.to_thread(room.file.messages, [user])
    (asked,) = await choose_lanes(place_in_room(room, message), message, [lane])
    return asked
