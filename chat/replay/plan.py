import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.actions import auto
from chat.engine.room import Room
from chat.policy.access import User, access_file
from chat.prompting import context, memory
from chat.prompting.attachments import attached_to, tokens_of
from chat.prompting.memory_cache import MemoryTexts
from chat.prompting.projects import with_instructions
from chat.protocol.errors import ConflictError, InvalidError, NotFoundError
from conversations.ids import random_id
from conversations.records import MessageRecord, UserMessage
from conversations.settings import Lane
from conversations.shapes import parts_of
from providers import registry
from providers.catalogue.viewers import viewer_for
from providers.costs import prices
from providers.costs.prices import Cost
from providers.errors import ProviderError
from providers.refs import AUTO
from providers.tokens import MESSAGE_TOKENS, estimate_tokens

TURNS = re.compile(r"(\d{1,6})?(-)?(\d{1,6})?", re.ASCII)
USUAL_ANSWER = 500
"""Tokens that an answer is reckoned with where the old one says nothing."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """`models`: refs; none: the conversation's own lanes. `turns`: `A-B`, `A-`, `-B` or `A`, counted from 1
    on the path; empty: all. `branch`: its name; none: what is shown."""

    models: Sequence[str] = ()
    turns: str = ""
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """`questions`: the user messages that are asked again, oldest first. `head`: where their path ends."""

    room: Room
    lanes: list[Lane]
    questions: list[UserMessage]
    head: str


@dataclass(frozen=True, slots=True)
class LaneEstimate:
    """What one lane would be sent and cost for one question."""

    message: str
    lane: str
    model: str
    input_tokens: int
    output_tokens: int
    cost: Cost


async def plan_replay(user: User, conversation: str, wanted: ReplayOptions) -> ReplayPlan:
    """Says what is asked again, of whom. Raises NotFoundError, InvalidError, ConflictError."""
    room = await access_file(user, conversation)
    await room.catch_up()
    tree = room.file.tree
    if "dialogue" in tree.settings:
        raise ConflictError(_("A dialogue between models cannot be re-run."))
    head = head_of(room, wanted.branch)
    asked = [message for message in tree.path(head) if tree.messages[message]["role"] == "user"]
    first, last = turns_in(wanted.turns, len(asked))
    records = await asyncio.to_thread(room.file.messages, asked[first - 1 : last])
    questions = [record for record in records if record["role"] == "user"]
    row = lanes_for(room, wanted.models)
    await check_models(room, row)
    return ReplayPlan(room, row, questions, head)


def head_of(room: Room, branch: str | None) -> str:
    tree = room.file.tree
    if branch is not None and branch not in tree.branches:
        raise NotFoundError(_("There is no branch of that name in this conversation."))
    head = tree.head if branch is None else tree.branches[branch]
    if head is None or head not in tree.messages:
        raise ConflictError(_("There is no question in this conversation."))
    return head


def turns_in(turns: str, count: int) -> tuple[int, int]:
    """First and last, counted from 1, both asked. Raises InvalidError."""
    match = TURNS.fullmatch(turns.strip())
    if match is None or turns.strip() == "-":
        raise InvalidError(_("Turns are given as 2-5, 2-, -5 or 2."))
    first = int(match[1] or 1)
    last = int(match[3] or (count if match[2] or not match[1] else first))
    if not 1 <= first <= last or first > count:
        has = ngettext("The conversation has %(count)s turn.", "The conversation has %(count)s turns.", count)
        raise InvalidError(has % {"count": count})
    return first, min(last, count)


def lanes_for(room: Room, models: Sequence[str]) -> list[Lane]:
    """A model that has a lane of its own is asked as it stands there; another with the first lane's system
    prompt, so that the answers can be compared."""
    known = room.file.tree.settings["lanes"]
    if not models:
        if not known:
            raise ConflictError(_("This conversation has no model. Choose one."))
        return list(known)
    system = known[0].get("system", "") if known else ""
    free = list(known)
    row: list[Lane] = []
    for place, model in enumerate(models):
        lane = next((lane for lane in free if lane["model"] == model), None)
        if lane is None:
            lane = {"id": random_id(8), "model": model, "system": system, "params": {}}
        else:
            free.remove(lane)
        row.append({**lane, "role": "primary" if place == 0 else "secondary"})
    return row


async def check_models(room: Room, row: Sequence[Lane]) -> None:
    viewer = await viewer_for(room.owner or "")
    for lane in row:
        if lane["model"] == AUTO:
            continue
        try:
            await registry.resolve(lane["model"], viewer=viewer)
        except ProviderError as error:
            raise NotFoundError(
                _("There is no model %(model)s here. Choose another one.") % {"model": lane["model"]}
            ) from error


async def estimate_replay(made: ReplayPlan) -> list[LaneEstimate]:
    """In the order of the questions, lane by lane. Reckoned with the old answers in place of the new."""
    sizes = await asyncio.to_thread(sizes_of, made)
    recall = memory.for_turn(made.room)
    told = MemoryTexts() if recall is None else await recall.get()
    found: list[LaneEstimate] = []
    for lane in made.lanes:
        for question, (sent, answered) in zip(made.questions, sizes, strict=True):
            target = await target_for(made.room, lane, question)
            window = target.window(target.defaults)
            system = estimate_tokens(
                with_instructions(made.room.file.tree.settings, lane.get("system") or target.system)
            )
            system += estimate_tokens(memory.format_memory(memory.shorten_memory(told, window)))
            tokens = sent + system if window is None else min(sent + system, window)
            tokens = round(tokens * target.learned.density)
            cost = prices.estimate(target.server, target.model, tokens, answered, info=target.info)
            found.append(LaneEstimate(question["id"], lane["id"], target.ref, tokens, answered, cost))
    place = {question["id"]: number for number, question in enumerate(made.questions)}
    return sorted(found, key=lambda one: place[one.message])


async def target_for(room: Room, lane: Lane, question: UserMessage) -> registry.Target:
    """What that lane will ask; Auto's may be another one for each question."""
    if lane["model"] == AUTO:
        (asked,) = await auto.choose_lanes(auto.place_in_room(room, question), question, [lane])
        lane = asked.lane
    return await registry.resolve(lane["model"], viewer=await viewer_for(room.owner or ""))


def sizes_of(made: ReplayPlan) -> list[tuple[int, int]]:
    """For each question the tokens of it and of all before it, and those of its old answer."""
    tree, wanted = made.room.file.tree, {question["id"] for question in made.questions}
    path = tree.path(made.head)
    sizes: list[tuple[int, int]] = []
    before = 0
    for place, message in enumerate(path):
        (record,) = made.room.file.messages([message])
        before += size_of(record)
        if message in wanted:
            answers = made.room.file.messages(path[place + 1 : place + 2])
            sizes.append((before, answer_size(answers[0]) if answers else USUAL_ANSWER))
    return sizes


def size_of(record: MessageRecord) -> int:
    if record["role"] == "assistant":
        return estimate_tokens(context.text_of(record))
    attached = sum(map(tokens_of, attached_to(parts_of(record))))
    return MESSAGE_TOKENS + estimate_tokens(context.text_of(record)) + attached


def answer_size(record: MessageRecord) -> int:
    if record["role"] != "assistant":
        return USUAL_ANSWER
    return record["usage"]["output"] or estimate_tokens(context.text_of(record)) or USUAL_ANSWER
