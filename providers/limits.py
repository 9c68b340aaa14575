"""How many requests a server gets at once and in a minute, first come first served.

A request takes its place before its first byte and gives it back at its end; nothing here runs for a
token. Places belong to an event loop: each process keeps its own count.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakKeyDictionary

from providers.errors import ProviderError
from providers.ollama import administration
from providers.types import ServerConfig

OnPosition = Callable[[int], None]
MINUTE = 60.0
MOST_PASSED = 4
LOOK_FOR = 5.0
NEVER = float("-inf")


class SlotRequest(Protocol):
    """What `acquire` needs of a registry's `Target`."""

    @property
    def server(self) -> ServerConfig: ...
    @property
    def model(self) -> str: ...


@dataclass(eq=False, slots=True)
class Waiter:
    model: str
    on_position: OnPosition
    admitted: asyncio.Future[None]
    told: int = 0
    passed: int = 0
    """How many younger ones went before it."""


@dataclass(slots=True)
class Queue:
    """One server's requests: those that run, counted by model, and those that wait, oldest first."""

    server: ServerConfig
    running: Counter[str] = field(default_factory=Counter)
    waiting: deque[Waiter] = field(default_factory=deque)
    started: deque[float] = field(default_factory=deque)
    loaded: frozenset[str] = frozenset()
    looked_at: float = NEVER
    timer: asyncio.TimerHandle | None = None
    look: asyncio.Task[None] | None = None


IsLoaded = Callable[[ServerConfig], Awaitable[frozenset[str]]]


async def models_in_memory(server: ServerConfig) -> frozenset[str]:
    """Empty where the server does not say."""
    try:
        entries = await administration.loaded(server)
    except ProviderError:
        return frozenset()
    return frozenset(administration.full_name(entry.model) for entry in entries)


class Slots:
    """The queues of one event loop."""

    def __init__(self, in_memory: IsLoaded = models_in_memory) -> None:
        self._queues: dict[str, Queue] = {}
        self._in_memory = in_memory

    def load_of(self, server: str) -> int:
        """Requests that run or wait there."""
        queue = self._queues.get(server)
        return queue.running.total() + len(queue.waiting) if queue else 0

    @asynccontextmanager
    async def acquire(self, target: SlotRequest, on_position: OnPosition) -> AsyncGenerator[None]:
        queue = self._queues.setdefault(target.server.name, Queue(target.server))
        queue.server = target.server
        model = administration.full_name(target.model) if one_at_a_time(target.server) else target.model
        await self._enter(queue, model, on_position)
        try:
            yield
        finally:
            queue.running[model] -= 1
            queue.running += Counter()
            if one_at_a_time(queue.server):
                administration.forget(queue.server)
                queue.looked_at = NEVER
            self._admit(queue)

    async def _enter(self, queue: Queue, model: str, on_position: OnPosition) -> None:
        waiter = Waiter(model, on_position, asyncio.get_running_loop().create_future())
        queue.waiting.append(waiter)
        self._admit(queue)
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter in queue.waiting:
                queue.waiting.remove(waiter)
            elif waiter.admitted.done() and not waiter.admitted.cancelled():
                queue.running[model] -= 1
                queue.running += Counter()
            self._admit(queue)
            raise

    def _admit(self, queue: Queue) -> None:
        """Lets in who may go, oldest first. One that must wait for its model's turn lets some pass whose
        model is in memory already (swapping models costs seconds), but not for ever."""
        now = asyncio.get_running_loop().time()
        blocked: list[Waiter] = []
        for waiter in list(queue.waiting):
            if waiter.admitted.cancelled():
                queue.waiting.remove(waiter)
                continue
            if not self._has_room(queue, now):
                break
            if not self._may_run(queue, waiter.model, now) or any(
                one.passed >= MOST_PASSED for one in blocked
            ):
                blocked.append(waiter)
                continue
            for one in blocked:
                one.passed += 1
            queue.waiting.remove(waiter)
            queue.running[waiter.model] += 1
            if queue.server.requests_per_minute:
                queue.started.append(now)
            waiter.admitted.set_result(None)
        for position, waiter in enumerate(queue.waiting, start=1):
            if waiter.told != position:
                waiter.told = position
                waiter.on_position(position)
        self._watch(queue, now)

    def _has_room(self, queue: Queue, now: float) -> bool:
        most = queue.server.max_concurrent
        if most is not None and queue.running.total() >= most:
            return False
        each_minute = queue.server.requests_per_minute
        while queue.started and now - queue.started[0] >= MINUTE:
            queue.started.popleft()
        return each_minute is None or len(queue.started) < each_minute

    def _may_run(self, queue: Queue, model: str, now: float) -> bool:
        if not one_at_a_time(queue.server) or not queue.running:
            return True
        if now - queue.looked_at >= LOOK_FOR:
            return queue.running[model] > 0
        # Both in memory at once, as Ollama itself tells: a model that is only now being loaded may push
        # the other out.
        return queue.running[model] > 0 or {model, *queue.running} <= queue.loaded

    def _watch(self, queue: Queue, now: float) -> None:
        """While someone waits: come back when the minute allows one more, and ask once what the server
        holds in memory."""
        if queue.timer:
            queue.timer.cancel()
            queue.timer = None
        if not queue.waiting:
            return
        each_minute = queue.server.requests_per_minute
        if each_minute is not None and len(queue.started) >= each_minute:
            pause = max(0.0, queue.started[0] + MINUTE - now)
            queue.timer = asyncio.get_running_loop().call_later(pause, self._admit, queue)
        old = now - queue.looked_at >= LOOK_FOR
        if one_at_a_time(queue.server) and queue.look is None and old:
            queue.look = asyncio.create_task(self._ask_what_is_loaded(queue))

    async def _ask_what_is_loaded(self, queue: Queue) -> None:
        try:
            queue.loaded = await self._in_memory(queue.server)
            queue.looked_at = asyncio.get_running_loop().time()
        finally:
            queue.look = None
        self._admit(queue)


def one_at_a_time(server: ServerConfig) -> bool:
    """Ollama takes one model out of memory to load another, in the middle of a queue of both."""
    return server.provider == "ollama"


_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, Slots] = WeakKeyDictionary()


def slots() -> Slots:
    return _slots.setdefault(asyncio.get_running_loop(), Slots())


def acquire(target: SlotRequest, on_position: OnPosition) -> AbstractAsyncContextManager[None]:
    """A place at `target`'s server, held inside the `async with`. `on_position(n)` is called, from 1 on,
    each time the place in its queue changes; not at all where there is room at once."""
    return slots().acquire(target, on_position)


def load_of(server: str) -> int:
    return slots().load_of(server)
