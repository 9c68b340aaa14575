"""One question to a model, from its first refusal to an answer."""

from collections.abc import Awaitable, Callable, Iterator

from providers.errors import ErrorCode, ProviderError
from providers.learning import memory, refusals, usage
from providers.learning.facts import Fact, learned_from, merge_facts
from providers.learning.fields import LIMIT_NAMES, adapt_request, find_dropped_fields, offer_tools
from providers.learning.without_tools import goes_on_from_calls
from providers.tokens import estimate_request
from providers.types import ChatRequest, Learned, Notice, ToolDefinition, Usage

MOST_ASKED = 7
"""Requests for one answer that may be refused for what they carry, the last of them for good."""
MOST_GUESSES = 3
"""How often a question is shortened for a service that does not say how much it reads."""
SHORTENED = 0.6
LEAST_ANSWER = 256
ANSWER_SHARE = 8
"""A question leaves an eighth of the window, or that many tokens where this is less."""

READ: frozenset[ErrorCode] = frozenset({"invalid", "context_length", "model_not_found", "server_error"})
"""Refusals that may be about what was sent: services use these words freely."""

Shorten = Callable[[Learned], Awaitable[ChatRequest]]
"""Makes the request again, for a model of which that was learned."""
TakesTool = Callable[[ToolDefinition], bool]
"""Whether a service can be told of a tool at all."""


class Adapting:
    """`request` is what is to be sent next. What is learned on the way is remembered once an answer shows
    that it was right."""

    def __init__(
        self, server: str, wanted: ChatRequest, shorten: Shorten | None, takes_tool: TakesTool
    ) -> None:
        self._model = (server, wanted.model)
        self._takes_tool = takes_tool
        self._wanted = wanted
        self._shorten = shorten
        self._facts = memory.facts_of(self._model)
        self._new: list[Fact] = []
        self._refused = 0
        self._guesses = 0
        self.request = self._adapted(learned_from(self._facts))
        # What an answer's first round has told, its later ones do not tell again.
        self._told = list(self._to_tell()) if goes_on_from_calls(wanted) else []

    def notices(self) -> list[Notice]:
        """Those that are new. They name the settings of whoever asks that the model does not take, and the
        tools that its service refuses where it takes others."""
        new = [notice for notice in self._to_tell() if notice not in self._told]
        self._told += new
        return new

    def _to_tell(self) -> Iterator[Notice]:
        model, sent = self.request.model, self.request
        if sent is self._wanted and not sent.learned.refused:
            return
        if names := ", ".join(find_dropped_fields(self._wanted, self.request)):
            yield Notice("adapted", {"model": model, "fields": names})
        elif missing := [tool.name for tool in self._wanted.tools if tool not in self.request.tools]:
            yield Notice("tools_set_aside", {"model": model, "tools": ", ".join(missing)})

    async def learns_from(self, error: ProviderError) -> bool:
        """Whether the refusal taught something, so that `request` is another one now."""
        self._refused += 1
        if error.code not in READ or self._refused >= MOST_ASKED:
            return False
        found = [
            fact
            for fact in refusals.facts_in(error, self.request)
            if not fact.says_the_same(self._facts.get(fact.key))
        ]
        if not found and error.code == "context_length":
            found = self._guess(error)
        if not found:
            return False
        self._facts = merge_facts(self._facts, found)
        self._new += found
        return await self._make_again(any(fact.kind in ("window", "input") for fact in found))

    def learn_from_answer(self, counted: Usage) -> None:
        """Notes that the model has taken `request`, and learns from what was `counted`."""
        known = learned_from(self._facts)
        memory.remember_facts(self._model, [*self._new, *usage.facts_in(self.request, counted, known)])

    def _guess(self, error: ProviderError) -> list[Fact]:
        """For a refusal that does not say how much is too much: first without a limit that nobody asked for,
        since some services count it with the question; then with less and less of the conversation."""
        reason = error.detail[: refusals.LONGEST_REASON]
        known = learned_from(self._facts)
        if self._wanted.params.max_tokens is None and set(LIMIT_NAMES) - known.refused:
            return refusals.limit_left_out(reason)
        if self._shorten is None or self._guesses == MOST_GUESSES:
            return []
        self._guesses += 1
        tokens = int(estimate_request(self.request) * known.density * SHORTENED)
        return [Fact("input", value=tokens, reason=reason)]

    async def _make_again(self, shorter: bool) -> bool:
        known = learned_from(self._facts)
        if shorter and not self._fits(known):
            if self._shorten is None:
                return False
            made = await self._shorten(known)
            if estimate_request(made) >= estimate_request(self._wanted):
                return False
            self._wanted = made
        self.request = self._adapted(known)
        return True

    def _adapted(self, known: Learned) -> ChatRequest:
        wanted = self._wanted
        if wanted.tools and not all(map(self._takes_tool, wanted.tools)):
            wanted = offer_tools(wanted, [tool for tool in wanted.tools if self._takes_tool(tool)])
        return adapt_request(wanted, known)

    def _fits(self, known: Learned) -> bool:
        tokens = estimate_request(self._wanted) * known.density
        if known.input is not None and tokens > known.input:
            return False
        if known.window is None:
            return True
        return tokens + min(LEAST_ANSWER, known.window // ANSWER_SHARE) <= known.window
