"""The requests of an answer whose model may call tools: each round is told what the earlier ones gave."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chat.engine.answers.answer_messages import messages_of, shorten_results, tokens_of, write_calls_as_text
from chat.engine.answers.plan import Plan, Prepared
from chat.engine.answers.toolbox import CallOutcome, Toolbox
from chat.engine.transcript import Transcript
from chat.protocol import lanes
from conversations.records import AnswerFacts, Part, ToolCallPart, ToolResultPart
from conversations.settings import Lane
from providers.registry import Target
from providers.tokens import estimate_tools
from providers.types import Image, ToolCall

RESULTS_WITH_PICTURES = 2
"""Whose pictures a model is given: every round sends them again."""
SAME_SOURCE = ("url", "document", "name", "passage")
"""Where these are equal it is one source, however well it was found to fit."""


class AnswerRequests:
    """Builds the requests of one answer whose model may call tools. `may_call`: false once a limit is
    reached."""

    def __init__(self, plan: Plan, transcript: Transcript, toolbox: Toolbox) -> None:
        self._plan = plan
        self._transcript = transcript
        self._toolbox = toolbox
        self._sources: list[dict[str, Any]] = []
        self._made: set[str] = set()
        self.may_call = True

    async def prepare(self, target: Target) -> Prepared:
        window = window_of(target, self._plan.lane)
        tools = self._toolbox.offered(window) if self.may_call and may_take_tools(target) else ()
        defined = estimate_tools(tools)
        parts = self._own_parts()
        pictures = await self._pictures_in(parts) if can_see_pictures(target) else {}
        said = messages_of(parts, unsigned=True, pictures=pictures)
        if window is not None:
            said = shorten_results(said, max(window - defined, 0) // 2)
        beside = target.set_aside + defined + tokens_of(said)
        prepared = await self._plan.prepare(replace(target, set_aside=beside))
        facts = self.with_sources(prepared.facts)
        messages = [*prepared.request.messages, *said]
        # Without definitions some models take no calls: then they are told in words.
        told = messages if may_take_tools(target) else write_calls_as_text(messages)
        return Prepared(replace(prepared.request, messages=told, tools=tools), facts)

    def describe_call(self, call: ToolCall) -> ToolCallPart:
        """The part of a call that has come, with an id that no other call of the answer has: some servers
        count anew in each round."""
        known = unique = call.id or "call"
        number = 1
        while unique in self._made:
            number += 1
            unique = f"{known}-{number}"
        self._made.add(unique)
        return self._toolbox.describe_call(replace(call, id=unique))

    def cite(self, outcome: CallOutcome) -> ToolResultPart:
        """The result, with the numbers under which the answer's sources list what it stands on."""
        if not outcome.sources:
            return outcome.result
        lines = [f"[{number}] {title}" for number, title in map(self._number, outcome.sources)]
        return {**outcome.result, "content": "\n".join([outcome.result["content"], "", "Sources:", *lines])}

    def with_sources(self, facts: AnswerFacts) -> AnswerFacts:
        """Returns the facts with the sources that tools gave, behind those that the request had."""
        if not self._sources:
            return facts
        others = [source for source in facts.get("sources", ()) if source not in self._sources]
        return {**facts, "sources": [*others, *self._sources]}

    def _number(self, source: Mapping[str, Any]) -> tuple[int, str]:
        """Its number, which it may have from before the answer began, and what a model is told of it."""
        told = str(source.get("title") or source.get("name") or source.get("url") or "")
        listed = [*self._transcript.facts.get("sources", ()), *self._sources]
        numbered = [given for given in listed if isinstance(given.get("n"), int)]
        for known in numbered:
            if all(known.get(name) == source.get(name) for name in SAME_SOURCE):
                return known["n"], told
        number = max((given["n"] for given in numbered), default=0) + 1
        self._sources.append({"n": number, **source})
        return number, told

    async def _pictures_in(self, parts: Sequence[Part]) -> Mapping[str, Sequence[Image]]:
        """By the id of their call, of the last results that have any."""
        found: dict[str, Sequence[Image]] = {}
        for part in reversed(parts):
            if part["type"] != "tool_result" or len(found) == RESULTS_WITH_PICTURES:
                continue
            if pictures := await self._toolbox.pictures_of(part):
                found[part["id"]] = pictures
        return found

    def _own_parts(self) -> Sequence[Part]:
        """Without the words of an answer that this one goes on from: its request has them."""
        parts, begun = self._transcript.parts(), self._plan.begins_with
        if begun and parts and parts[0]["type"] == "text":
            parts[0] = {**parts[0], "text": parts[0]["text"].removeprefix(begun)}
        return parts


async def prepare_without_tools(plan: Plan, target: Target) -> Prepared:
    """The request of an answer that may call nothing. Earlier calls are in it as text, since services refuse
    calls in requests without tools."""
    prepared = await plan.prepare(target)
    messages = prepared.request.messages
    told = write_calls_as_text(messages)
    if told is messages:
        return prepared
    return replace(prepared, request=replace(prepared.request, messages=told))


def may_take_tools(target: Target) -> bool:
    """False only where it is known that the model calls none. Of a model of which nothing is known it is
    tried."""
    info = target.info
    known = info is None or not info.capabilities or "tools" in info.capabilities
    return known and "tools" not in target.learned.refused


def can_see_pictures(target: Target) -> bool:
    """Whether its model is known to see pictures: one that no person sent must fail no answer."""
    return target.info is not None and "vision" in target.info.capabilities


def window_of(target: Target, lane: Lane) -> int | None:
    return target.window(lanes.merge_params(target.defaults, lane))
