"""How many requests a minute a user may make, on REST and WebSocket together, in all processes: Redis counts,
by its own clock, so those of the machines may differ. While it does not answer, each process counts for
itself.

    divan.requests.<user>    when the user's last requests came (seconds of Redis's clock), newest first
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from chat.protocol.errors import RateLimitedError
from core.repeated_messages import OnceAMinute

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

MINUTE = 60.0
MANY = 1_000
"""Users of whom is remembered when they asked, before it is looked who asks no more."""
WAIT_FOR_REDIS = 1.0
"""Seconds."""
ALONE_FOR = 5.0
"""Seconds after which a Redis that did not answer is asked again: most requests must not wait for it."""
PREFIX = "divan.requests."
COUNT = """
local time, allowed = redis.call('TIME'), tonumber(ARGV[1])
local now = time[1] + time[2] / 1000000
if allowed < 1 then return ARGV[2] end
local first = redis.call('LINDEX', KEYS[1], allowed - 1)
if first and first + ARGV[2] > now then return tostring(first + ARGV[2] - now) end
redis.call('LPUSH', KEYS[1], string.format('%.6f', now))
redis.call('LTRIM', KEYS[1], 0, allowed - 1)
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[2]))
return false
"""
"""As `OwnCounter.count`, in one round trip."""

CountShared = Callable[[int, str], Awaitable[float | None]]


class OwnCounter:
    """Of one process: when each user's last requests were. Waits for nothing, and begins no thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def count(self, allowed: int, user: str) -> float | None:
        """None where the user may go on, else the seconds until then. What is refused does not count."""
        now = self._clock()
        times = self._times.get(user)
        if times is None:
            self._forget_old(now)
            times = self._times[user] = deque()
        while times and now - times[0] >= MINUTE:
            times.popleft()
        if len(times) < allowed:
            times.append(now)
            return None
        return at_least_a_second(times[-allowed] + MINUTE - now) if allowed > 0 else MINUTE

    def _forget_old(self, now: float) -> None:
        """Those who have asked nothing for a minute; each time that somebody new comes and there are many."""
        if len(self._times) >= MANY:
            self._times = {
                user: times for user, times in self._times.items() if times and now - times[-1] < MINUTE
            }


class RequestCounter:
    """`count_shared`: counts as `OwnCounter.count` does, in Redis."""

    def __init__(self, own: OwnCounter, count_shared: CountShared | None) -> None:
        self._own = own
        self._count_shared = count_shared
        self._alone_until = 0.0

    async def count(self, allowed: int, user: str) -> float | None:
        """None where the user may go on, else the seconds until then."""
        if self._count_shared is not None and time.monotonic() >= self._alone_until:
            from redis.exceptions import RedisError

            try:
                async with asyncio.timeout(WAIT_FOR_REDIS):
                    return await self._count_shared(allowed, user)
            except (RedisError, OSError) as error:
                self._alone_until = time.monotonic() + ALONE_FOR
                logger.warning("Each process counts requests for itself: Redis does not answer (%s)", error)
        return self._own.count(allowed, user)


def at_least_a_second(seconds: float) -> float:
    return max(1.0, round(seconds, 1))


def counting_in(redis: "Redis") -> CountShared:
    script = redis.register_script(COUNT)

    async def count(allowed: int, user: str) -> float | None:
        wait = await script(keys=[PREFIX + user], args=[allowed, MINUTE])
        return None if wait is None else at_least_a_second(float(wait))

    return count


@cache
def counter() -> RequestCounter:
    if not settings.REDIS_URL:
        return RequestCounter(OwnCounter(), None)
    from redis.asyncio import Redis

    redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=WAIT_FOR_REDIS)
    return RequestCounter(OwnCounter(), counting_in(redis))


async def count_request(user: str) -> None:
    """Raises RateLimitedError, with the seconds until the next may come."""
    wait = await counter().count(settings.REQUESTS_PER_MINUTE, user)
    if wait is not None:
        raise RateLimitedError(retry_after=wait)
