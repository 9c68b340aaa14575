"""What holds for every connector's stream: its grammar, its timeouts, its retries.

Connectors say what a service said. This module makes sure that it is a whole answer, that nobody waits
for ever, and that as long as nobody has seen a word, a failure which may pass is tried again and a request
that was refused for what it carries is made again as the model takes it (providers/learning).
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass

from providers.connectors.base import Connector
from providers.errors import ErrorCode, ProviderError, map_faults
from providers.learning.adapting import Adapting, Shorten
from providers.learning.refusals import is_out_of_room
from providers.types import (
    ChatRequest,
    Done,
    Notice,
    PictureDelta,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from providers.wire.failures import wants_text_alone

log = logging.getLogger(__name__)

ALIVE = Notice("alive")
"""What a connector yields (this very object) when bytes came that say nothing yet: a comment, an empty
chunk, a part of a long line. It keeps the timeouts off and never reaches a reader."""

PATIENCE = 3
"""How many times a timeout a server may take that says nothing but that it is alive."""

RETRIED: frozenset[ErrorCode] = frozenset({"rate_limited", "overloaded", "server_error", "bad_response"})
"""Not `unreachable` and `timeout`: a person should hear of these at once, not after three times the wait. Not
`hardware`: a machine has no more memory a second later."""

_WANTS_TEXT: frozenset[ErrorCode] = frozenset({"invalid", "server_error"})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`sleep` and `jitter` (0 to 1) are for tests. Times in seconds."""

    attempts: int = 3
    longest_wait: float = 60.0
    first_wait: float = 0.5
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random

    def wait_before(self, attempt: int, error: ProviderError) -> float | None:
        """Seconds to wait before `attempt` (the second is 2), or None where it is not to be made."""
        if attempt > self.attempts or error.code not in RETRIED:
            return None
        if error.retry_after is None:
            return self.first_wait * float(2 ** (attempt - 2)) * (1 + self.jitter())
        if error.retry_after > self.longest_wait and error.code == "rate_limited":
            return None
        return min(error.retry_after * (1 + self.jitter() / 10), self.longest_wait)


TakePlace = Callable[[], AbstractAsyncContextManager[None]]
"""Held while one request runs; given back before the next is made, or waited for."""


def stream_chat(
    connector: Connector,
    request: ChatRequest,
    *,
    policy: RetryPolicy = RetryPolicy(),
    shorten: Shorten | None = None,
    take_place: TakePlace = nullcontext,
) -> AsyncGenerator[StreamEvent]:
    """Deltas and notices, then exactly one `Done`; or `ProviderError`, after which what came stays valid.

    Consume it under `contextlib.aclosing`. Cancelling the task that does so closes the connection to the
    service. An attempt that fails before its first delta may be made again, announced by a `retrying`
    notice (`in_s`, `attempt`, `code`); after the first delta nothing is tried again. What of the request the
    model does not take is left out, told by an `adapted` notice (`model`, `fields`); `shorten` makes the
    request again where it is longer than the model reads. Tools that the service refuses are told by a
    `tools_set_aside` notice (`model`, `tools`). An answer that runs out of room ends as `length`.
    """
    source = _tried(connector, request, policy, shorten, take_place)
    return source if request.streaming else _held_back(source)


async def _tried(
    connector: Connector,
    request: ChatRequest,
    policy: RetryPolicy,
    shorten: Shorten | None,
    take_place: TakePlace,
) -> AsyncGenerator[StreamEvent]:
    number = 1
    adapting = Adapting(connector.server.name, request, shorten, connector.takes_tool)
    while True:
        for notice in adapting.notices():
            yield notice
        attempt = _Attempt(connector, adapting.request)
        async with take_place():
            try:
                with map_faults(connector.server.name, request.model):
                    while not attempt.ended:
                        yield await attempt.next()
                return
            except ProviderError as failure:
                error = failure
            finally:
                await attempt.aclose()
                if attempt.spoken or attempt.ended:
                    adapting.learn_from_answer(attempt.usage)
        if attempt.spoken and is_out_of_room(error):
            yield Done("length", attempt.usage)
            return
        if not attempt.spoken and await adapting.learns_from(error):
            continue
        wait = None if attempt.spoken else policy.wait_before(number + 1, error)
        if wait is None:
            log.warning(
                "server %s, model %s: %s, HTTP %s: %s",
                error.server, error.model, error.code, error.status or "-", error.detail,
            )  # fmt: skip
            raise error
        number += 1
        yield Notice("retrying", {"in_s": round(wait, 1), "attempt": number, "code": error.code})
        await policy.sleep(wait)


async def _held_back(source: AsyncGenerator[StreamEvent]) -> AsyncGenerator[StreamEvent]:
    """Text and reasoning only once the answer is whole, or has failed."""
    held: list[StreamEvent] = []
    try:
        async with aclosing(source) as events:
            async for event in events:
                if isinstance(event, Notice | Usage):
                    yield event
                else:
                    held.append(event)
    except ProviderError:
        for event in held:
            yield event
        raise
    for event in held:
        yield event


def sees_no_picture(request: ChatRequest, error: ProviderError) -> bool:
    """Whether a picture is what was refused. Some servers only say that they take nothing but text."""
    return error.code in _WANTS_TEXT and request.has_pictures and wants_text_alone(error.detail)


class _Attempt:
    """One request: the connector's stream, its grammar checked, under a watch for silence.

    The watch is one timer for the whole stream: an event moves a number and, but for the first, sets no
    timer, since this is the path of every token. It fires only while the connector is being waited for,
    never while a reader is at work.
    """

    __slots__ = (
        "_answered",
        "_armed",
        "_deadline",
        "_fired",
        "_limit",
        "_loop",
        "_request",
        "_server",
        "_silent_since",
        "_source",
        "_task",
        "_timer",
        "ended",
        "spoken",
        "usage",
    )

    def __init__(self, connector: Connector, request: ChatRequest) -> None:
        self._source = connector.stream(request)
        self._server = connector.server
        self._request = request
        self._loop = asyncio.get_running_loop()
        # A whole answer begins when it ends.
        self._limit = self._server.timeouts.first_byte * (1 if request.streaming else PATIENCE)
        self._deadline = 0.0
        self._silent_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._armed = False
        self._fired = False
        self._answered = False
        self.spoken = False
        """A reader has seen something of the answer."""
        self.ended = False
        self.usage = Usage()
        """What has been counted so far."""

    async def next(self) -> StreamEvent:
        while True:
            event = await self._watched()
            if event is ALIVE:
                continue
            if isinstance(event, Notice | Usage):
                if isinstance(event, Usage):
                    self.usage = event
                return event
            self._limit = self._server.timeouts.chunk
            self._silent_since = None
            if self._is_shown(event):
                return event

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._source.aclose()

    def _is_shown(self, event: StreamEvent) -> bool:
        kind = type(event)
        if kind is TextDelta:
            text = event.text  # type: ignore[union-attr]
            if not text:
                return False
            if type(text) is not str:
                raise self._failure("bad_response", "a text that is none")
            self.spoken = self._answered = True
        elif isinstance(event, ReasoningDelta):
            if type(event.text) is not str:
                raise self._failure("bad_response", "reasoning that is no text")
            # A signature alone is nothing that a reader sees.
            self.spoken = self.spoken or bool(event.text)
        elif isinstance(event, ToolCallDelta):
            call = event.call
            if not (type(call.id) is type(call.name) is type(call.arguments) is str):
                raise self._failure("bad_response", "a call that is none")
            self.spoken = self._answered = True
        elif isinstance(event, PictureDelta):
            self.spoken = self._answered = True
        elif isinstance(event, Done):
            self._check_end(event)
        return True

    def _check_end(self, done: Done) -> None:
        """An answer without a word is a failure, unless the limit on its length explains it: reasoning
        may have used that up, and it was paid for."""
        self.ended = True
        self.usage = done.usage
        if self._answered or done.finish == "length":
            return
        if done.finish == "content_filter":
            raise self._failure("content_blocked", "the service withheld the answer")
        raise self._failure(
            "bad_response",
            "the model reasoned but gave no answer" if self.spoken else "the answer was empty",
        )

    async def _watched(self) -> StreamEvent:
        task = self._task = asyncio.current_task() or self._task
        if task is None:
            raise RuntimeError("a stream is read outside a task")
        cancels_before = task.cancelling()
        now = self._loop.time()
        if self._silent_since is None:
            self._silent_since = now
        self._deadline = min(now + self._limit, self._silent_since + PATIENCE * self._limit)
        if self._timer is not None and self._timer.when() > self._deadline:
            # After the first word a server is given less time.
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._check)
        self._armed = True
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            raise self._failure("bad_response", "the connector's stream had no end") from None
        except asyncio.CancelledError:
            if self._fired and task.uncancel() <= cancels_before:
                raise self._silence() from None
            raise
        except ProviderError as error:
            error.server = error.server or self._server.name
            error.model = error.model or self._request.model
            if sees_no_picture(self._request, error):
                error.code = "no_vision"
            raise
        finally:
            self._armed = False

    def _check(self) -> None:
        self._timer = None
        if not self._armed:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check)
            return
        self._fired = True
        if self._task is not None:
            self._task.cancel()

    def _silence(self) -> ProviderError:
        return self._failure("timeout", f"nothing came for {self._limit:g} s")

    def _failure(self, code: ErrorCode, detail: str) -> ProviderError:
        return ProviderError(code, detail, server=self._server.name, model=self._request.model)
