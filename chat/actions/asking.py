"""The lanes of a turn are asked: an answer of each begins."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language

from chat.actions.auto import AskedLane
from chat.actions.records import answer_header
from chat.actions.toolboxes import toolboxes_for_turn
from chat.actions.web import search_first
from chat.engine import current_engine
from chat.engine.answers.plan import Plan
from chat.engine.room import Room
from chat.policy.access import refuse_read_only
from chat.policy.running import place_for_answers
from chat.prompting import builder, memory, retrieval
from chat.prompting.builder import AnswerContext
from chat.prompting.reading.turn import Reading
from chat.protocol import lanes
from conversations.records import AnswerHeader, UserMessage
from conversations.settings import Settings
from conversations.store.base import Journal


def answer_headers(message: UserMessage, row: Sequence[AskedLane]) -> list[AnswerHeader]:
    return [answer_header(message["id"], asked.lane, asked.choice) for asked in row]


async def ask_lanes(
    room: Room,
    message: UserMessage,
    row: Sequence[AskedLane],
    headers: Sequence[AnswerHeader],
    journals: Sequence[Journal] = (),
    *,
    after: Sequence[str] = (),
    attended: bool = True,
) -> list[str]:
    """`headers`: of the answers, one of each lane; `journals`: those begun with the message. `after`: answers
    that still stream and that these go on from. `attended`: a person can be asked."""
    engine = current_engine()
    with engine.ending_journals_on_error(journals):
        plans = plans_of(room, message, row, headers, attended=attended)
    together = room.file.tree.settings["mode"] == "parallel"
    language = get_language()
    return await engine.begin(
        room, plans, together=together, after=after, language=language, journals=journals
    )


def plans_of(
    room: Room,
    message: UserMessage,
    asked_lanes: Sequence[AskedLane],
    headers: Sequence[AnswerHeader],
    *,
    attended: bool,
) -> list[Plan]:
    row = [asked.lane for asked in asked_lanes]
    settings = room.file.tree.settings
    plans: list[Plan] = []
    found, recall = retrieval.passages_for_turn(room, message), memory.for_turn(room)
    reading, web = Reading(room, message["id"]), search_first(room, message["id"], row[0])
    toolboxes = toolboxes_for_turn(room, message["id"], attended=attended)
    for asked_lane, header in zip(asked_lanes, headers, strict=True):
        lane = asked_lane.lane
        told = lanes.lanes_before(message["lanes"], row, lane["id"]) if is_relayed(settings) else []
        before = [plan.header["id"] for plan in plans if plan.lane["id"] in told]
        asked = AnswerContext(room, message["id"], lane, reading, found, web, recall, before)
        prepare = builder.prepare_answer(asked, header["id"])
        toolbox = toolboxes(lane, header["id"])
        plans.append(Plan(header, lane, prepare, open_toolbox=toolbox, otherwise=asked_lane.others))
    return plans


def is_relayed(settings: Settings) -> bool:
    return settings["mode"] == "sequential" and settings["relay"]


async def begin_answer(room: Room, plan: Plan) -> dict[str, Any]:
    refuse_read_only(room)
    async with place_for_answers(room.owner or "", 1):
        answers = await current_engine().begin(room, [plan], together=True, language=get_language())
    return {"conversation": room.id, "message": plan.header["id"], "answers": answers}
