"""One answer made of several: a model merges what the lanes said, says where they agree and differ, or
writes from the best, once the models have ranked each other's answers (council.py)."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from chat.actions.asking import begin_answer
from chat.actions.completion import run_to_completion
from chat.actions.council import RankedAnswer, hold_council, summary_for_writer
from chat.actions.messages import NO_MESSAGE, known_message
from chat.actions.records import answer_header
from chat.actions.registry import handles
from chat.engine.answers.plan import Plan, Prepared
from chat.engine.answers.shortening import shorten_evenly
from chat.engine.room import Room
from chat.policy.access import User
from chat.policy.model_refs import require_servers
from chat.policy.spending import check_budget
from chat.prompting import context
from chat.protocol import commands, lanes
from chat.protocol.errors import ConflictError, NotFoundError
from conversations.ids import random_id
from conversations.records import AnswerFacts, Council, MessageRecord
from conversations.settings import Lane
from providers.registry import Target
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Text

Kind = Literal["merge", "compare", "rank"]
LEAST_MODELS = 3
"""Of a council: so that each has two answers of others to rank."""

MERGE = """Several models answered the question below. Write the one best answer from theirs: keep what is
right, settle what they contradict each other in and say where you had to, leave out what is doubtful.
After each statement name the answers it comes from, as [1] or [1][3]. Answer in the question's language."""

COMPARE = """Several models answered the question below. Say in one Markdown table where they agree and where
they differ: a row for each point, a column for each answer, headed [1], [2] and so on. Below the table say
in at most three sentences which differences matter. Answer in the question's language."""

WRITE = """Several models answered the question below, and ranked the answers of the others without knowing
whose they were. Write the one best answer: from those that were ranked highest, with what the others have
right and these lack. Where the ranking seems wrong, or the minority has a point, say so in a last short
paragraph. After each statement name the answers it comes from, as [1] or [1][3]. Answer in the question's
language."""

PROMPTS: dict[Kind, str] = {"merge": MERGE, "compare": COMPARE, "rank": WRITE}


@handles(commands.Synthesize)
@run_to_completion
async def synthesize(user: User, command: commands.Synthesize) -> dict[str, Any]:
    """`message` is the user's whose answers are taken; the new answer hangs beside them, in an own lane."""
    room = await known_message(user, command.conversation, command.message)
    if room.file.tree.messages[command.message]["role"] != "user":
        raise NotFoundError(NO_MESSAGE)
    await require_servers([command.model], user.owner_id)
    await check_budget(user, room)
    lane: Lane = {"id": random_id(8), "model": command.model}
    return await begin_answer(room, plan_synthesis(room, command.message, command.kind, lane))


def plan_synthesis(room: Room, message: str, kind: Kind, lane: Lane, made_of: Sequence[str] = ()) -> Plan:
    """`made_of`: the answers to take, if not the last ones. Raises ConflictError where there are too few."""
    tree = room.file.tree
    taken = [answer for answer in made_of if answer in tree.messages] or lanes.last_answers(tree, message)
    if len(taken) < 2:
        raise ConflictError(_("There are not two answers yet that could be brought together."))
    if kind == "rank" and len({tree.messages[answer]["model"] for answer in taken}) < LEAST_MODELS:
        raise ConflictError(_("A council needs answers of three different models."))
    header = answer_header(message, lane)
    header["synthesis"] = kind
    header["sources"] = [
        {"n": number, "message": answer, "model": tree.messages[answer]["model"]}
        for number, answer in enumerate(taken, 1)
    ]

    facts = AnswerFacts()

    async def prepare(target: Target) -> Prepared:
        params = lanes.merge_params(target.defaults, lane)
        said = await asyncio.to_thread(quote_answers, room, message, taken)
        if kind == "rank":
            if "council" not in facts:
                room.note("ranking", message=header["id"])
                facts["council"] = await ask_council(room, header["id"], message, taken)
            said[0] = f"{said[0]}\n\n{summary_for_writer(facts['council'])}"
        window = target.window(params)
        if window is not None:
            beside = estimate_tokens(synthesis_prompt(kind, [""] * len(said)) + target.system)
            tokens = context.tokens_left_for_turns(window, target.reserved_for_answer(params) + beside)
            fitted = await asyncio.to_thread(shorten_evenly, said, tokens)
            if fitted != said:
                room.note("answers_cut", message=header["id"])
            said = fitted
        request = ChatRequest(
            target.model,
            [Message("user", (Text(synthesis_prompt(kind, said)),))],
            system=target.system,
            params=params,
            streaming=target.streaming,
        )
        return Prepared(request, AnswerFacts(**facts))

    return Plan(header, lane, prepare)


async def ask_council(room: Room, key: str, message: str, answers: Sequence[str]) -> Council:
    """Has the models rank each other's answers. Raises OverBudgetError."""
    question, *said = await asyncio.to_thread(room.file.messages, [message, *answers])
    unnamed = [
        RankedAnswer(number, room.file.tree.messages[answer]["model"], context.text_of(record))
        for number, (answer, record) in enumerate(zip(answers, said, strict=True), 1)
    ]
    return await hold_council(room, key, context.text_of(question), unnamed)


def made_of(record: MessageRecord) -> list[str]:
    """The answers that this one was made of; none where it is no synthesis."""
    if record["role"] == "user" or "synthesis" not in record:
        return []
    return [str(source.get("message")) for source in record.get("sources", [])]


def quote_answers(room: Room, message: str, answers: Sequence[str]) -> list[str]:
    """The question, then the answers. Blocks on the disk."""
    question, *answered = room.file.messages([message, *answers])
    return [context.text_of(question), *map(context.labelled_text, answered)]


def synthesis_prompt(kind: Kind, said: Sequence[str]) -> str:
    question, *answers = said
    numbered = [f"[{number}] {answer}" for number, answer in enumerate(answers, 1)]
    return "\n\n".join([PROMPTS[kind], f"Question:\n{question}", *numbered])
