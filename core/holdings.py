"""What each process holds of things that all of them count together, over all machines: in Redis, where there
is one. What a process held that died counts no more after `LEASE`; while Redis does not answer, each process
counts what it holds itself.

    divan.holdings.<key>         by process: until when it counts (ms of Redis's clock), and its JSON
    divan.holdings.<key>.lock    which process counts just now
"""

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakKeyDictionary

from django.conf import settings

from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

LEASE = 15.0
"""Seconds for which what a process holds counts without a word of it."""
RENEWED = 5.0
REMEMBERED = 60.0
"""Seconds for which what a process held is told after it counts no more."""
LOCKED = 2.0
"""Seconds, at most, for which one process counts."""
LOCKED_AGAIN = 0.003
WAIT_FOR_REDIS = 1.0
ALONE_FOR = 5.0
"""Seconds after which a Redis that did not answer is asked again: nobody must wait for it each time."""
PREFIX = "divan.holdings."

NOW = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
LOCK = "if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3]) then return false end "
READ = """
local all, found = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
    local till, value = string.match(all[i + 1], '^(%d+) (.*)$')
    if not till or tonumber(till) + tonumber(ARGV[2]) < now then
        redis.call('HDEL', KEYS[1], all[i])
    elseif all[i] ~= ARGV[1] then
        table.insert(found, all[i])
        table.insert(found, tonumber(till) < now and 0 or 1)
        table.insert(found, value)
    end
end
return found
"""
WRITE = """
if ARGV[2] == '' then
    redis.call('HDEL', KEYS[1], ARGV[1])
else
    redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now + ARGV[3]) .. ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
"""
UNLOCK = "if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end"


@dataclass(frozen=True, slots=True)
class Others:
    """What other processes hold, by their names; and what those held that have ended within a minute."""

    alive: Mapping[str, Any] = field(default_factory=dict)
    ended: Mapping[str, Any] = field(default_factory=dict)


NOBODY = Others()


class Holdings(Protocol):
    """`name`: of this process, as others see it; `alone`: whether there are no others."""

    name: str
    alone: bool

    def counting(self, key: str) -> AbstractAsyncContextManager[Others]:
        """Inside, no other process counts that key; what is held from there on they see when they do."""

    async def look(self, key: str) -> Others: ...

    def publish(self, key: str, tell: Callable[[], Any]) -> None:
        """From now on others see soon what `tell` gives, which is asked again and again; once that is empty,
        nothing."""

    async def aclose(self) -> None: ...


class Alone:
    """One process, or one event loop, that shares nothing."""

    name, alone = "", True

    @asynccontextmanager
    async def counting(self, key: str) -> AsyncIterator[Others]:
        yield NOBODY

    async def look(self, key: str) -> Others:
        return NOBODY

    def publish(self, key: str, tell: Callable[[], Any]) -> None:
        pass

    async def aclose(self) -> None:
        pass


class SharedHoldings:
    """Tells other processes, through Redis, what this event loop holds."""

    alone = False

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis

        self.name = uuid4().hex
        self._redis = Redis.from_url(url, socket_connect_timeout=WAIT_FOR_REDIS)
        self._lock = self._redis.register_script(NOW + LOCK + READ)
        self._read = self._redis.register_script(NOW + READ)
        self._write = self._redis.register_script(NOW + WRITE)
        self._unlock = self._redis.register_script(NOW + WRITE + UNLOCK)
        self._own: dict[str, Callable[[], Any]] = {}
        self._counting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._told: dict[str, str] = {}
        """What others see of each key, where this process has told it."""
        self._changed: set[str] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._alone_until = 0.0

    @asynccontextmanager
    async def counting(self, key: str) -> AsyncIterator[Others]:
        async with self._counting[key]:
            found = await self._enter(key)
            try:
                yield NOBODY if found is None else found
            finally:
                if found is not None:
                    self._changed.discard(key)
                    await self._tell(self._unlock, key)

    async def _enter(self, key: str) -> Others | None:
        """None where Redis does not answer."""
        deadline = time.monotonic() + WAIT_FOR_REDIS
        while time.monotonic() < deadline:
            answered, found = await self._call(
                self._lock, key, to_milliseconds(REMEMBERED), to_milliseconds(LOCKED)
            )
            if not answered:
                return None
            if found is not None:
                return parse_others(found)
            await asyncio.sleep(LOCKED_AGAIN)
        return None

    async def look(self, key: str) -> Others:
        answered, found = await self._call(self._read, key, to_milliseconds(REMEMBERED))
        return parse_others(found) if answered else NOBODY

    def publish(self, key: str, tell: Callable[[], Any]) -> None:
        self._own[key] = tell
        self._changed.add(key)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_changed())
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())

    async def aclose(self) -> None:
        """What is held here counts no more, and is remembered."""
        for task in (self._renewing, self._writing):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        for key in list(self._own):
            await self._call(self._write, key, self._text_of(key), 0, to_milliseconds(REMEMBERED))
        await self._redis.aclose()

    async def _write_changed(self) -> None:
        while self._changed:
            key = self._changed.pop()
            # Whoever counts it here writes it at the end.
            if not self._counting[key].locked() and self._told.get(key) != self._text_of(key):
                await self._tell(self._write, key)

    async def _renew(self) -> None:
        while self._own:
            await asyncio.sleep(RENEWED)
            for key in list(self._own):
                await self._tell(self._write, key)

    def _text_of(self, key: str) -> str:
        tell = self._own.get(key)
        value = None if tell is None else tell()
        return json.dumps(value, separators=(",", ":")) if value else ""

    async def _tell(self, script: Any, key: str) -> None:
        text = self._text_of(key)
        if not text:
            self._own.pop(key, None)
        self._told.pop(key, None)
        until = to_milliseconds(LEASE), to_milliseconds(LEASE + REMEMBERED)
        answered, _ = await self._call(script, key, text, *until)
        if answered and text:
            self._told[key] = text

    async def _call(self, script: Any, key: str, *values: Any) -> tuple[bool, Any]:
        """Whether Redis answered, and what."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._alone_until:
            return False, None
        keys = [PREFIX + key, f"{PREFIX}{key}.lock"]
        try:
            async with asyncio.timeout(WAIT_FOR_REDIS):
                return True, await script(keys=keys, args=[self.name, *values])
        except (RedisError, OSError) as error:
            self._alone_until = time.monotonic() + ALONE_FOR
            logger.warning("Each process counts for itself: Redis does not answer (%s)", error)
            return False, None


def to_milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def parse_others(found: list[Any]) -> Others:
    made = Others({}, {})
    for name, alive, value in zip(found[::3], found[1::3], found[2::3], strict=True):
        held = made.alive if alive else made.ended
        held[name.decode()] = json.loads(value)  # type: ignore[index]
    return made


_of_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, Holdings]" = WeakKeyDictionary()


async def close_holdings() -> None:
    """What belongs to the running event loop."""
    found = _of_loops.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.aclose()


def current_holdings() -> Holdings:
    """The holdings of the running event loop, made on first use."""
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    if found is None:
        made = SharedHoldings(settings.REDIS_URL) if settings.REDIS_URL else Alone()
        found = _of_loops[loop] = made
    return found
