"""How the request of an answer is made, once its turn has come (see chat/engine/answers/plan.py)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chat.engine.answers.answer_messages import has_calls, messages_of, shorten_results
from chat.engine.answers.plan import Prepare, Prepared
from chat.engine.recent import NotRecentError
from chat.engine.room import Room
from chat.prompting import context, memory, summaries
from chat.prompting.memory import Recall
from chat.prompting.projects import with_instructions
from chat.prompting.reading.given_files import Given
from chat.prompting.reading.turn import Reading
from chat.prompting.retrieval import Passages
from chat.prompting.web import Web, tell_pages
from chat.protocol import lanes
from conversations.records import AnswerFacts, MessageRecord, Part, SummaryRecord
from conversations.settings import History, Lane
from conversations.tree import Tree
from providers.registry import Target
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Params, Text

GO_ON = (
    "Your answer was cut off. Go on exactly where it stops, without repeating any of it and without a remark."
)


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What an answer answers: the `user` message, in a `lane` of a `room`. `relayed`: answers of the same
    turn that the lane is to see, as far as they exist by then."""

    room: Room
    user: str
    lane: Lane
    reading: Reading
    passages: Passages | None = None
    web: Web | None = None
    recall: Recall | None = None
    relayed: Sequence[str] = ()


def prepare_answer(asked: AnswerContext, answer: str) -> Prepare:
    async def prepare(target: Target) -> Prepared:
        return await build(asked, answer, target)

    return prepare


def prepare_continuation(prepare: Prepare, parts: Sequence[Part], lane: Lane) -> Prepare:
    """`parts`: of the answer so far. Of one that fills a window its end is sent, and less of what was said
    before."""
    calls = messages_of(parts)
    text = "".join(part["text"] for part in parts if part["type"] == "text")

    async def prepare_more(target: Target) -> Prepared:
        window = target.window(lanes.merge_params(target.defaults, lane))
        room = None if window is None else context.tokens_left_for_turns(window, 0) // 2
        if has_calls(calls):
            more = list(calls) if room is None else shorten_results(calls, room)
        else:
            begun = text if room is None else context.end_within(text, room)
            more = [Message("assistant", (Text(begun),))] if begun else []
        more.append(Message("user", (Text(GO_ON),)))
        prepared = await prepare(replace(target, set_aside=sum(map(context.message_tokens, more))))
        request = prepared.request
        return replace(prepared, request=replace(request, messages=[*request.messages, *more]))

    return prepare_more


async def build(asked: AnswerContext, answer: str, target: Target) -> Prepared:
    """`answer`: the id of the answer that is prepared; notes stand beside it."""
    params = lanes.merge_params(target.defaults, asked.lane)
    window = target.window(params)
    system = with_instructions(asked.room.file.tree.settings, asked.lane.get("system") or target.system)
    facts: AnswerFacts = {}
    if asked.recall is not None and (told := memory.shorten_memory(await asked.recall.get(), window)):
        recalled = memory.format_memory(told)
        system = f"{system}\n\n{recalled}".strip()
        facts["memory"] = estimate_tokens(recalled)
    if asked.passages is not None:
        found = await asked.passages.get(answer)
        system = f"{system}\n\n{found.context_text}".strip()
        facts["sources"] = found.sources
        if found.unread:
            facts["unread"] = found.unread
    if asked.web is not None:
        passages = facts.get("sources", ())
        system, pages = await add_pages(system, asked.web, answer, window, first=len(passages) + 1)
        facts["sources"] = [*passages, *pages]
    reserved = target.reserved_for_answer(params) + estimate_tokens(system)
    sources = facts.get("sources", [])
    given = await given_files(asked, answer, target, params, reserved, first_source=len(sources) + 1)
    facts |= facts_of(given, sources)
    if window is not None and given.tokens:
        reserved = context.kept_free(window, reserved) + given.tokens
    said, summary = await fit_history(asked, answer, target, window, reserved, given)
    system = f"{system}\n\n{summaries.summary_in_words(summary)}".strip()
    request = ChatRequest(target.model, said, system=system, params=params, streaming=target.streaming)
    return Prepared(request, facts)


async def add_pages(
    system: str, web: Web, answer: str, window: int | None, first: int = 1
) -> tuple[str, list[dict[str, Any]]]:
    """What a model is told, with the pages of the web; and these, numbered from `first` on."""
    pages = await web.get(answer)
    numbered = pages.sources(first)
    return f"{system}\n\n{tell_pages(pages, numbered, window)}".strip(), numbered


async def given_files(
    asked: AnswerContext, answer: str, target: Target, params: Params, reserved: int, *, first_source: int = 1
) -> Given:
    """What the lane is given of the turn's files. `first_source`: the number that their first source gets."""
    window = target.window(params)
    room = None if window is None else context.tokens_left_for_turns(window, reserved)
    return await asked.reading.get(answer, target, params, room, first_source)


def facts_of(given: Given, sources: Sequence[dict[str, Any]] = ()) -> AnswerFacts:
    """What an answer's record says of the files that its lane was given. `sources`: those numbered before."""
    facts: AnswerFacts = {}
    if given.sources or sources:
        facts["sources"] = [*sources, *given.sources]
    if given.files:
        facts["files"] = list(given.files)
    return facts


async def fit_history(
    asked: AnswerContext, answer: str, target: Target, window: int | None, reserved: int, given: Given
) -> tuple[Sequence[Message], SummaryRecord | None]:
    """What the lane is told of the conversation so far, and the summary that stands for what comes before."""
    room, lane, tree = asked.room, asked.lane, asked.room.file.tree
    rule: History = tree.settings["history"]

    def fit(
        summary: SummaryRecord | None, window: int | None, read: context.ReadMessages = room.file.messages
    ) -> context.Context:
        return context.build(
            tree,
            read,
            given.attach,
            user=asked.user,
            lane=lane,
            history=rule,
            window=window,
            reserved=reserved + estimate_tokens(summaries.summary_in_words(summary)),
            relayed=[answer for answer in asked.relayed if is_relayable(tree, answer)],
            after=summary["covers"] if summary else None,
        )

    def what_to_sum_up(summary: SummaryRecord | None, window: int) -> tuple[list[str], str]:
        turns = fit(summary, window // 2).left_out
        covers = turns[-1].chosen or turns[-1].user
        return list(context.describe_turns(tree, room.file.messages, turns, lane=lane, history=rule)), covers

    summary = summaries.newest_summary(tree, lane["id"], asked.user)
    try:
        made = fit(summary, window, partial(read_recent, asked))
    except NotRecentError:
        made = await asyncio.to_thread(fit, summary, window)
    if made.left_out and window is not None:
        room.note("compacting", message=answer)
        turns, covers = await asyncio.to_thread(what_to_sum_up, summary, window)
        summary = (
            await summaries.sum_up(
                room, target, turns, window=window, lane=lane["id"], covers=covers, earlier=summary
            )
            or summary
        )
        made = await asyncio.to_thread(fit, summary, window)
    if made.left_out:
        room.note("history_cut", {"dropped": len(made.left_out)}, message=answer)
    return given.place_files(made.messages), summary


def read_recent(asked: AnswerContext, ids: Sequence[str]) -> Sequence[MessageRecord]:
    """A conversation that has just begun is not read from the disk; what came with its messages is. Raises
    NotRecentError."""
    if asked.reading.has_files:
        raise NotRecentError
    return asked.room.recent.read(asked.room.file, ids)


def is_relayable(tree: Tree, answer: str) -> bool:
    return answer in tree.messages and context.belongs_to_history(tree, answer, chosen=None)
