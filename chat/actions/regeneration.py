"""Another answer in the place of one that has ended: asked for again, or gone on with where it broke off."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.actions import auto, synthesis
from chat.actions.asking import begin_answer, is_relayed
from chat.actions.completion import run_to_completion
from chat.actions.lookups import look_up_together
from chat.actions.messages import NO_MESSAGE, STILL_GIVEN
from chat.actions.records import answer_header
from chat.actions.registry import handles
from chat.actions.toolboxes import toolboxes_for_turn
from chat.actions.web import search_first
from chat.engine.answers.plan import Plan
from chat.engine.room import Room
from chat.policy.access import User, access_conversation, refuse_read_only
from chat.policy.model_refs import require_servers
from chat.policy.spending import check_budget
from chat.prompting import builder, context, memory, retrieval
from chat.prompting.builder import AnswerContext
from chat.prompting.reading.turn import Reading
from chat.protocol import commands, lanes
from chat.protocol.errors import ConflictError, NotFoundError
from conversations.records import AnswerHeader
from conversations.settings import Lane
from conversations.shapes import parts_of
from providers.refs import AUTO


@handles(commands.Regenerate)
@run_to_completion
async def regenerate(user: User, command: commands.Regenerate) -> dict[str, Any]:
    """Another answer to the same message, beside the earlier one."""
    room, answer = await ended_answer(user, command.conversation, command.message)
    await look_up_together(user.owner_id, room.file.tree.settings)
    await check_budget(user, room)
    lane = lane_of(room, answer)
    if command.model is not None and command.model != lane["model"]:
        if command.model != AUTO:
            await require_servers([command.model], user.owner_id)
        lane = {**lane, "model": command.model}
    if command.params is not None:
        lane = {**lane, "params": {**lane.get("params", {}), **lanes.params_of(command.params)}}
    return await begin_answer(room, await plan_answer(room, answer, lane))


@handles(commands.Continue)
@run_to_completion
async def continue_answer(user: User, command: commands.Continue) -> dict[str, Any]:
    """A new answer that begins with the text of one that was cut short, and goes on from there."""
    room, answer = await ended_answer(user, command.conversation, command.message)
    if not was_cut_short(answer):
        raise ConflictError(_("Only an answer that was cut short can be continued."))
    await look_up_together(user.owner_id, room.file.tree.settings)
    await check_budget(user, room)
    (record,) = await asyncio.to_thread(room.file.messages, [command.message])
    text = context.text_of(record)
    lane = lane_of(room, answer, chosen_again=False)
    again = await plan_answer(room, answer, lane, made_of=synthesis.made_of(record))
    header: AnswerHeader = {**again.header, "continues": command.message}
    prepare = builder.prepare_continuation(again.prepare, parts_of(record), lane)
    return await begin_answer(room, replace(again, header=header, prepare=prepare, begins_with=text))


def was_cut_short(answer: dict[str, Any]) -> bool:
    """A failed one has to have words to go on from."""
    if answer["status"] == "failed":
        return "broke_off" in answer
    return answer["status"] in ("stopped", "interrupted") or answer.get("finish") == "length"


async def plan_answer(room: Room, answer: dict[str, Any], lane: Lane, *, made_of: Sequence[str] = ()) -> Plan:
    """`made_of`: the answers that a synthesis is made of, if not the last ones."""
    user = answer["parent"]
    if "synthesis" in answer:
        return synthesis.plan_synthesis(room, user, answer["synthesis"], lane, made_of)
    asked_now = await auto.choose_lane_again(room, user, lane)
    lane = asked_now.lane
    header = answer_header(user, lane, asked_now.choice)
    tree = room.file.tree
    before = lanes.answers_before(tree, user, lane["id"]) if is_relayed(tree.settings) else []
    found = await retrieval.passages_for_message(room, user)
    web = search_first(room, user, lane)
    asked = AnswerContext(room, user, lane, Reading(room, user), found, web, memory.for_turn(room), before)
    open_toolbox = toolboxes_for_turn(room, user)(lane, header["id"])
    prepare = builder.prepare_answer(asked, header["id"])
    return Plan(header, lane, prepare, open_toolbox=open_toolbox, otherwise=asked_now.others)


def lane_of(room: Room, answer: dict[str, Any], *, chosen_again: bool = True) -> Lane:
    """The lane that gave an answer; one that has left the conversation is made up from the answer.
    `chosen_again`: where Auto chose the answer's model, it chooses anew."""
    for lane in room.file.tree.settings["lanes"]:
        if lane["id"] == answer["lane"]:
            if chosen_again and lane["model"] == AUTO and "chosen" in answer:
                return lane
            return lane if lane["model"] == answer["model"] else {**lane, "model": answer["model"]}
    return {"id": answer["lane"], "model": answer["model"]}


async def ended_answer(user: User, conversation: str, message: str) -> tuple[Room, dict[str, Any]]:
    room = await access_conversation(user, conversation)
    refuse_read_only(room)
    if message in room.live:
        raise ConflictError(STILL_GIVEN)
    header = room.file.tree.messages.get(message)
    if header is None or header["role"] != "assistant":
        raise NotFoundError(NO_MESSAGE)
    if "speaker" in header:
        raise ConflictError(_("A line of a dialogue is said again by giving its speaker the word."))
    return room, header
