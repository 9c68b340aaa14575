"""How many requests a server gets at once and in a minute, first come first served.

A request takes its place before its first byte and gives it back at its end; nothing here runs for a
token. Whoever holds a place waits for no other: what a request is made of is fetched before. Places belong
to an event loop; those of the loop that serves are for the other loops of its process too. Where several
processes serve (REDIS_URL), what the others ask of a server that has limits counts as well, on whichever
machine they run; while Redis is away each process counts for itself.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Protocol

from core.holdings import Alone, Holdings, Others, current_holdings
from providers import connectors
from providers.errors import ProviderError
from providers.ollama import administration
from providers.types import ServerConfig

logger = logging.getLogger(__name__)

OnPosition = Callable[[int], None]
MINUTE = 60.0
MOST_PASSED = 4
MOST_YIELDED = 20
"""Younger requests that one of the background lets go first."""
LOOK_FOR = 5.0
LOOK_ELSEWHERE = 0.1
"""Seconds after which somebody who waits looks whether another process has made room."""
NEVER = float("-inf")


class SlotRequest(Protocol):
    """What `announce_request` needs of a registry's `Target`."""

    @property
    def server(self) -> ServerConfig: ...
    @property
    def model(self) -> str: ...


@dataclass(eq=False, slots=True)
class RequestPlace:
    """Somebody's place in the line of a server: announced while the request is made, then taken for one
    request at a time. Whoever was announced first goes first, each time anew."""

    slots: "Slots"
    server: ServerConfig
    model: str
    number: int
    on_position: OnPosition
    background: bool
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    admitted: asyncio.Future[None] | None = None
    told_position: int = 0
    passed: int = 0
    """How many younger ones went before it while its model had to wait for its turn."""
    yielded: int = 0
    """How many younger ones it has let go before it because nobody waits for it."""

    @property
    def order(self) -> tuple[bool, int]:
        return self.background, self.number

    @asynccontextmanager
    async def occupy(self) -> AsyncGenerator[None]:
        """Waits for room at the server; while the block lasts, one request has it."""
        self.admitted = self.loop.create_future()
        self.slots.call(self.slots.enter, self)
        try:
            await self.admitted
            yield
        finally:
            self.slots.call(self.slots.leave, self)

    def admit(self) -> None:
        if self.admitted is not None and not self.admitted.done():
            self.admitted.set_result(None)

    def tell_position(self, position: int) -> None:
        if self.told_position != position:
            self.told_position = position
            self.run_in_loop(partial(self.on_position, position))

    def run_in_loop(self, what: Callable[[], object]) -> None:
        """In the event loop of whoever has the place."""
        if self.loop is self.slots.loop:
            what()
            return
        with suppress(RuntimeError):  # That loop has been closed.
            self.loop.call_soon_threadsafe(what)


@dataclass(frozen=True, slots=True)
class Taken:
    """By other processes: `models` that run. And when, by the loop's clock, each of their requests of the
    last minute `started`, the longest ago first."""

    models: Counter[str] = field(default_factory=Counter)
    started: list[float] = field(default_factory=list)

    @classmethod
    def from_others(cls, others: Others, now: float) -> "Taken":
        """What a process that has ended began still counts for the minute."""
        models: Counter[str] = Counter()
        for held in others.alive.values():
            models.update(held["models"])
        processes = [*others.alive.values(), *others.ended.values()]
        ages = [time.time() - at for held in processes for at in held["started"]]
        return cls(models, sorted(now - age for age in ages if 0 <= age < MINUTE))


@dataclass(slots=True)
class Queue:
    """One server's places: those announced, those whose request runs (counted by model), and those that
    wait, in their order."""

    server: ServerConfig
    announced: set[RequestPlace] = field(default_factory=set)
    running: set[RequestPlace] = field(default_factory=set)
    waiting: list[RequestPlace] = field(default_factory=list)
    started: deque[float] = field(default_factory=deque)
    taken: Taken = field(default_factory=Taken)
    """By other processes, as far as anybody has looked."""
    counting: asyncio.Task[None] | None = None
    has_changed: bool = False
    """Since it was last counted with the other processes."""
    loaded: frozenset[str] = frozenset()
    looked_at: float = NEVER
    timer: asyncio.TimerHandle | None = None
    look: asyncio.Task[None] | None = None

    @property
    def models(self) -> Counter[str]:
        return Counter(place.model for place in self.running) + self.taken.models

    def recent_starts(self, now: float) -> list[float]:
        """When each request of the last minute began, whichever process asked it; the longest ago first."""
        while self.started and now - self.started[0] >= MINUTE:
            self.started.popleft()
        elsewhere = [at for at in self.taken.started if now - at < MINUTE]
        return sorted([*self.started, *elsewhere])

    def own_share(self, now: float) -> dict[str, Any]:
        """What this process has of the server, for the others; empty where that is nothing."""
        models = Counter(place.model for place in self.running)
        at = [round(time.time() - (now - one), 3) for one in self.started if now - one < MINUTE]
        return {"models": dict(models), "started": at} if models or at else {}


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of this process that a server works on, and those in its queue."""

    running: int
    waiting: int


IsLoaded = Callable[[ServerConfig], Awaitable[frozenset[str]]]


async def models_in_memory(server: ServerConfig) -> frozenset[str]:
    """Empty where the server does not say."""
    try:
        entries = await administration.list_loaded_models(server)
    except ProviderError:
        return frozenset()
    return frozenset(administration.full_name(entry.model) for entry in entries)


class Slots:
    """The queues of one event loop. What is called from another loop is done in this one."""

    def __init__(self, in_memory: IsLoaded = models_in_memory, holdings: Holdings | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self._queues: dict[str, Queue] = {}
        self._numbers = count()
        self._in_memory = in_memory
        self._holdings = holdings or Alone()

    def load_of(self, server: str) -> int:
        """Requests that run or wait there, or are being made."""
        queue = self._queues.get(server)
        return len(queue.announced) if queue else 0

    def loads(self) -> dict[str, Load]:
        """The load of each server, by its name."""
        return {name: Load(len(queue.running), len(queue.waiting)) for name, queue in self._queues.items()}

    @contextmanager
    def announce(
        self, target: SlotRequest, on_position: OnPosition, *, background: bool = False
    ) -> Iterator[RequestPlace]:
        server = target.server
        model = administration.full_name(target.model) if one_at_a_time(server) else target.model
        place = RequestPlace(self, server, model, next(self._numbers), on_position, background)
        self.call(self._note, place)
        try:
            yield place
        finally:
            self.call(self._forget, place)

    def call(self, function: Callable[[RequestPlace], None], place: RequestPlace) -> None:
        if place.loop is self.loop:
            function(place)
            return
        with suppress(RuntimeError):  # The server has stopped.
            self.loop.call_soon_threadsafe(function, place)

    def enter(self, place: RequestPlace) -> None:
        queue = self._queue(place)
        place.told_position = 0
        queue.waiting.append(place)
        queue.waiting.sort(key=lambda one: one.order)
        self._admit(queue)

    def leave(self, place: RequestPlace) -> None:
        """Whoever waits leaves the line; whoever holds a place gives it back."""
        queue = self._queue(place)
        if place in queue.running:
            queue.running.remove(place)
            self._hold(queue)
            if one_at_a_time(queue.server):
                administration.forget_loaded_models(queue.server)
                queue.looked_at = NEVER
        elif place in queue.waiting:
            queue.waiting.remove(place)
        self._admit(queue)

    def _queue(self, place: RequestPlace) -> Queue:
        found = self._queues.get(place.server.name)
        return found or self._queues.setdefault(place.server.name, Queue(place.server))

    def _note(self, place: RequestPlace) -> None:
        queue = self._queue(place)
        queue.server = place.server
        queue.announced.add(place)

    def _forget(self, place: RequestPlace) -> None:
        self._queue(place).announced.discard(place)

    def _admit(self, queue: Queue) -> None:
        if self._holdings.alone or not queue.waiting or not has_limits(queue.server):
            self._admit_counted(queue)
            return
        queue.has_changed = True
        if queue.counting is None or queue.counting.done():
            queue.counting = asyncio.create_task(self._admit_with_others(queue))

    async def _admit_with_others(self, queue: Queue) -> None:
        """Counts again where somebody came or went meanwhile."""
        try:
            while queue.has_changed:
                queue.has_changed = False
                async with self._holdings.counting(f"places.{queue.server.name}") as others:
                    queue.taken = Taken.from_others(others, self.loop.time())
                    self._admit_counted(queue)
                    self._hold(queue)
        except Exception:
            logger.exception("What other processes ask of a model server could not be counted")
            self._admit_counted(queue)

    def _hold(self, queue: Queue) -> None:
        """Tells other processes which places are taken."""
        if has_limits(queue.server):
            self._holdings.publish(f"places.{queue.server.name}", lambda: queue.own_share(self.loop.time()))

    def _admit_counted(self, queue: Queue) -> None:
        """Lets in who may go, in their order. One that must wait for its model's turn lets some pass whose
        model is in memory already (swapping models costs seconds), but not for ever."""
        now = self.loop.time()
        blocked: list[RequestPlace] = []
        for place in list(queue.waiting):
            if place.admitted is None or place.admitted.cancelled():
                queue.waiting.remove(place)
                continue
            if not self._has_room(queue, now):
                break
            if not self._may_pass(place, blocked) or not self._may_run(queue, place.model, now):
                blocked.append(place)
                continue
            for one in blocked:
                one.passed += 1
            self._start(queue, place, now)
        for position, place in enumerate(queue.waiting, start=1):
            place.tell_position(position)
        self._watch(queue, now)

    def _may_pass(self, place: RequestPlace, blocked: list[RequestPlace]) -> bool:
        """What nobody waits for passes nobody."""
        return not blocked or not (place.background or any(one.passed >= MOST_PASSED for one in blocked))

    def _start(self, queue: Queue, place: RequestPlace, now: float) -> None:
        queue.waiting.remove(place)
        queue.running.add(place)
        if queue.server.requests_per_minute:
            queue.started.append(now)
        for one in queue.waiting:
            if one.background and one.number < place.number:
                one.yielded += 1
                one.background = one.yielded < MOST_YIELDED
        queue.waiting.sort(key=lambda one: one.order)
        place.run_in_loop(place.admit)

    def _has_room(self, queue: Queue, now: float) -> bool:
        most = queue.server.max_concurrent
        if most is not None and queue.models.total() >= most:
            return False
        each_minute = queue.server.requests_per_minute
        return each_minute is None or len(queue.recent_starts(now)) < each_minute

    def _may_run(self, queue: Queue, model: str, now: float) -> bool:
        if not one_at_a_time(queue.server) or not queue.models:
            return True
        if now - queue.looked_at >= LOOK_FOR:
            return model in queue.models
        # Both in memory at once, as Ollama itself tells: a model that is only now being loaded may push
        # the other out.
        return model in queue.models or {model, *queue.models} <= queue.loaded

    def _watch(self, queue: Queue, now: float) -> None:
        """While someone waits: come back when the minute allows one more, or another process may have made
        room, and ask once what the server holds in memory."""
        if queue.timer:
            queue.timer.cancel()
            queue.timer = None
        if not queue.waiting:
            return
        each_minute = queue.server.requests_per_minute
        if each_minute and len(started := queue.recent_starts(now)) >= each_minute:
            self._come_back(queue, max(0.0, started[-each_minute] + MINUTE - now))
        elif queue.taken.models:
            self._come_back(queue, LOOK_ELSEWHERE)
        old = now - queue.looked_at >= LOOK_FOR
        if one_at_a_time(queue.server) and queue.look is None and old:
            queue.look = asyncio.create_task(self._ask_what_is_loaded(queue))

    def _come_back(self, queue: Queue, pause: float) -> None:
        if queue.timer:
            queue.timer.cancel()
        queue.timer = self.loop.call_later(pause, self._admit, queue)

    async def _ask_what_is_loaded(self, queue: Queue) -> None:
        try:
            queue.loaded = await self._in_memory(queue.server)
            queue.looked_at = self.loop.time()
        finally:
            queue.look = None
        self._admit(queue)


def one_at_a_time(server: ServerConfig) -> bool:
    """Such a server takes one model out of memory to load another, in the middle of a queue of both."""
    return connectors.manages_models(server)


def has_limits(server: ServerConfig) -> bool:
    return server.max_concurrent is not None or bool(server.requests_per_minute) or one_at_a_time(server)


_slots: dict[asyncio.AbstractEventLoop, Slots] = {}
_serving: Slots | None = None


def slots() -> Slots:
    if _serving is not None and not _serving.loop.is_closed():
        return _serving
    loop = asyncio.get_running_loop()
    if loop not in _slots:
        for closed in [known for known in _slots if known.is_closed()]:
            del _slots[closed]
        _slots[loop] = Slots(holdings=current_holdings())
    return _slots[loop]


def count_here() -> None:
    """The places of the running loop are those of all loops of this process from now on."""
    global _serving
    _serving = slots()


def announce_request(
    target: SlotRequest, on_position: OnPosition, *, background: bool = False
) -> AbstractContextManager[RequestPlace]:
    """A place at `target`'s server, to be taken inside the `with`. `on_position(n)` is called, from 1 on,
    each time the place in its queue changes; not at all where there is room at once. `background`: nobody
    waits for the answer."""
    return slots().announce(target, on_position, background=background)


def load_of(server: str) -> int:
    return slots().load_of(server)
