"""The one way to ask a model, for an answer, a title, a vector: from its ref to what it said and cost.

A place at the server is held for exactly one request. What a request is made of is fetched before, and after
a refusal the place is given back before it is made anew: whoever holds a place waits for no other.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from uuid import uuid4

from providers import limits, registry
from providers.catalogue.listing import Viewer
from providers.connectors.base import Embedder
from providers.costs import budgets
from providers.costs.prices import Cost, cost_of
from providers.errors import NoEmbeddingsError, OverBudgetError, ProviderError, map_faults
from providers.learning import memory
from providers.learning.fields import adapt_request
from providers.learning.without_tools import speaks_of_tools, without_tools
from providers.limits import RequestPlace
from providers.registry import Target
from providers.streaming import stream_chat
from providers.tokens import estimate_request, estimate_tokens, estimate_tools
from providers.types import (
    ChatRequest,
    Done,
    Embeddings,
    Learned,
    Notice,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    Usage,
)

MakeRequest = Callable[[Target], Awaitable[ChatRequest]]
"""The request, as that target can read it. Called again, with what was learned of the model, where it reads
less than was thought. It may ask models itself."""

OnPosition = Callable[[int | None], None]
"""Called with the place in the server's queue each time that it changes, and with None when a request goes
out. Both may happen several times: after a refusal, or after a failure that may pass."""


OWN_FAULT = frozenset({"content_blocked", "internal", "invalid"})
"""Refusals that say nothing of the model: another would have to refuse too, or Divan could not ask."""

USUAL_ANSWER = 1_000
"""Tokens of an answer for which nobody has set a limit."""


@dataclass(frozen=True, slots=True)
class Account:
    """In whose name a request is counted. `conversation`: empty where it belongs to none that is kept;
    `folder`: where that lies."""

    owner: str
    conversation: str
    kind: budgets.Kind
    folder: str = ""


BeforeAsking = Callable[[str, Account, Target, Usage], Awaitable[None]]

before_asking: list[BeforeAsking] = []
"""Told, by a key, of each request that is counted in somebody's name, and of the tokens that it may take; may
raise OverBudgetError. What knows of people's budgets stands above and puts itself here (chat/apps.py)."""
when_counted: list[Callable[[str], None]] = []
"""Told of that key once the request is counted, or will not be asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """`model`: a ref that is `viewer`'s to use (None: anybody's), or what one was resolved to. `account`:
    None where whoever asks counts it. `background`: nobody waits for the answer. `otherwise`: refs that are
    asked in turn where a model does not answer at all."""

    model: str | Target
    make_request: MakeRequest
    viewer: Viewer | None = None
    account: Account | None = None
    background: bool = False
    on_position: OnPosition | None = None
    otherwise: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RequestUsage:
    """`estimated`: the service did not tell the tokens of an answer that was cut short."""

    usage: Usage
    cost: Cost
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    usage: Usage
    target: Target


class Asking:
    """A question that is being asked. `events` is read once; all else tells how far it has come, also after a
    failure or when it was cancelled."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._said = StringIO()
        self._usage = Usage()
        self._sent = False
        self._has_left_out_tools = False
        self._key = "" if question.account is None else uuid4().hex
        self._otherwise = iter(question.otherwise)
        self.target: Target | None = None
        """What answers, or was asked last."""
        self.request: ChatRequest | None = None
        """What it was asked last."""
        self.done: Done | None = None

    async def events(self) -> AsyncGenerator[StreamEvent]:
        """The target's notices, and one where it is offered tools and knows none; then as
        `providers.streaming.stream_chat`. Consume it under `contextlib.aclosing`. Raises ProviderError, also
        where there is no such model."""
        question = self._question
        target = await _resolve(question)
        say = self._said.write
        try:
            while self.done is None:
                self.target = target
                for notice in target.notices:
                    yield notice
                try:
                    with limits.announce_request(
                        target, self._tell_position, background=question.background
                    ) as place:
                        stream = await self._begin(target, place)
                        if self._has_left_out_tools:
                            yield Notice("adapted", {"model": target.model, "fields": "tools"})
                        async with aclosing(stream) as events:
                            async for event in events:
                                kind = type(event)
                                if kind is TextDelta or kind is ReasoningDelta:
                                    say(event.text)  # type: ignore[union-attr]
                                elif kind is Done or kind is Usage:
                                    self._note(target, event)
                                yield event
                except ProviderError as error:
                    target = await self._replace(target, error)
        finally:
            self._count()

    @property
    def was_sent(self) -> bool:
        """Whether a server was asked at all."""
        return self._sent

    def spent(self) -> RequestUsage:
        """What it cost, as far as it has come. What was said has to be paid for, also where the service had
        no time to count it."""
        usage, request, said = self._usage, self.request, self._said.getvalue()
        estimated = self.done is None and usage.output is None and request is not None and bool(said)
        if estimated and request is not None:
            read = estimate_request(request) if usage.input is None else usage.input
            usage = replace(usage, input=read, output=estimate_tokens(said))
        if (target := self.target) is None:
            return RequestUsage(usage, Cost(None, "unknown"), estimated)
        return RequestUsage(usage, cost_of(target.server, target.model, usage, info=target.info), estimated)

    def tokens_of_tools(self) -> int:
        """About how many the definitions of tools took that were sent with the request."""
        if not self._sent or self.request is None or self.target is None:
            return 0
        learned = memory.learned_of(self.target.server.name, self.target.model)
        return estimate_tools(adapt_request(self.request, learned).tools)

    async def _begin(self, target: Target, place: RequestPlace) -> AsyncGenerator[StreamEvent]:
        async def make(learned: Learned) -> ChatRequest:
            known = target if target.learned == learned else replace(target, learned=learned)
            made = await self._question.make_request(known)
            if target.info is not None and target.info.knows_no_tools and speaks_of_tools(made):
                self._has_left_out_tools |= bool(made.tools)
                made = without_tools(made)
            if (account := self._question.account) is not None:
                await _allow(self._key, account, target, estimate_usage(target, made))
            self.request = made
            return made

        # More may have been learned since the ref was resolved.
        request = await make(memory.learned_of(target.server.name, target.model))
        return stream_chat(
            target.connector, request, shorten=make, take_place=partial(self._take_place, place)
        )

    @asynccontextmanager
    async def _take_place(self, place: RequestPlace) -> AsyncIterator[None]:
        async with place.occupy():
            self._sent = True
            if self._question.on_position is not None:
                self._question.on_position(None)
            yield

    def _tell_position(self, position: int) -> None:
        if self._question.on_position is not None:
            self._question.on_position(position)

    def _note(self, target: Target, event: StreamEvent) -> None:
        if isinstance(event, Usage):
            self._usage = event
        elif isinstance(event, Done):
            self.done, self._usage = event, event.usage
            registry.report_outcome(target)
            registry.look_for_window(target)

    async def _replace(self, target: Target, error: ProviderError) -> Target:
        """What to ask instead; else raises `error`."""
        if isinstance(error, OverBudgetError):
            raise error
        if self._sent:
            registry.report_outcome(target, error)
        if self._said.tell():
            raise error
        other = None
        if error.code == "model_not_found":
            other = await registry.find_replacement(target, viewer=self._question.viewer)
        other = other or await self._next(target, error)
        if other is None:
            raise error
        return other

    async def _next(self, target: Target, error: ProviderError) -> Target | None:
        """The next of `otherwise` that can be asked, with a notice."""
        if error.code in OWN_FAULT:
            return None
        for ref in self._otherwise:
            with suppress(ProviderError):
                found = await registry.resolve(ref, viewer=self._question.viewer)
                notice = Notice("asked_next", {"wanted": target.ref, "model": ref})
                return replace(found, notices=(*found.notices, notice))
        return None

    def _count(self) -> None:
        account, target = self._question.account, self.target
        if account is None:
            return
        if target is not None and self._sent:
            _record(account, target, self.spent(), failed=self.done is None)
        _settle(self._key)


def ask(question: Question) -> Asking:
    """Nothing is asked before its `events` are read."""
    return Asking(question)


async def ask_for_text(question: Question, *, seconds: float | None = None) -> Reply:
    """The whole text of an answer. ProviderError, also after `seconds` (the wait for a place not counted)."""
    loop = asyncio.get_running_loop()
    patience = asyncio.timeout(None)

    def follow(position: int | None) -> None:
        if seconds is not None:
            patience.reschedule(loop.time() + seconds if position is None else None)
        if question.on_position is not None:
            question.on_position(position)

    asking = ask(replace(question, on_position=follow))
    try:
        async with patience, aclosing(asking.events()) as events:
            text = "".join([event.text async for event in events if isinstance(event, TextDelta)])
    except TimeoutError:
        raise ProviderError("timeout", f"no answer within {seconds:g} s") from None
    if asking.done is None or asking.target is None:
        raise ProviderError("bad_response", "the stream had no end")
    return Reply(text, asking.done.usage, asking.target)


async def embed(
    model: str | Target,
    texts: Sequence[str],
    *,
    viewer: Viewer | None = None,
    account: Account | None = None,
    background: bool = False,
) -> Embeddings:
    """One vector for each text, of that model and no other: only another server may take its place. Raises
    ProviderError; NoEmbeddingsError where the server makes none."""
    target = await registry.resolve(model, viewer=viewer) if isinstance(model, str) else model
    key = uuid4().hex
    try:
        while True:
            if account is not None:
                await _allow(key, account, target, Usage(sum(map(estimate_tokens, texts)), 0))
            try:
                return await _embed_with(target, texts, account, background=background)
            except ProviderError as error:
                registry.report_outcome(target, error)
                if error.code != "model_not_found":
                    raise
                other = await registry.find_replacement(target, viewer=viewer)
                if other is None or other.model != target.model:
                    raise
                target = other
    finally:
        if account is not None:
            _settle(key)


async def _embed_with(
    target: Target, texts: Sequence[str], account: Account | None, *, background: bool
) -> Embeddings:
    connector = target.connector
    if not isinstance(connector, Embedder):
        raise NoEmbeddingsError(server=target.server.name, model=target.model)
    with limits.announce_request(target, lambda position: None, background=background) as place:
        async with place.occupy():
            usage, failed = Usage(), True
            try:
                with map_faults(target.server.name, target.model):
                    made = await connector.embed(target.model, texts)
                usage, failed = made.usage, False
            finally:
                if account is not None:
                    cost = cost_of(target.server, target.model, usage, info=target.info)
                    _record(account, target, RequestUsage(usage, cost), failed=failed)
    registry.report_outcome(target)
    return made


async def _resolve(question: Question) -> Target:
    if isinstance(question.model, str):
        return await registry.resolve(question.model, viewer=question.viewer)
    return question.model


def estimate_usage(target: Target, request: ChatRequest) -> Usage:
    """The tokens that a request may take."""
    most = target.info.max_tokens if target.info else None
    answer = request.params.max_tokens or min(most or USUAL_ANSWER, USUAL_ANSWER)
    return Usage(input=estimate_request(request), output=answer)


async def _allow(key: str, account: Account, target: Target, usage: Usage) -> None:
    for allow in before_asking:
        await allow(key, account, target, usage)


def _settle(key: str) -> None:
    for told in when_counted:
        told(key)


def _record(account: Account, target: Target, spent: RequestUsage, *, failed: bool) -> None:
    budgets.record_request(
        account.owner,
        account.conversation,
        target.ref,
        account.kind,
        spent.usage,
        spent.cost,
        folder=account.folder,
        failed=failed,
    )
