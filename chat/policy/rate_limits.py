"""How many requests a minute a user may make, on REST and WebSocket together, in all processes: Redis counts.
While it does not answer, each process counts for itself."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from chat.protocol.errors import RateLimitedError
from core.repeated_messages import OnceAMinute

if TYPE_CHECKING:
    from limits.aio.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

MINUTE = 60.0
MANY = 1_000
"""Users of whom is remembered when they asked, before it is looked who asks no more."""
WAIT_FOR_REDIS = 1.0
"""Seconds."""
ALONE_FOR = 5.0
"""Seconds after which a Redis that did not answer is asked again: most requests must not wait for it."""


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
    def __init__(self, own: OwnCounter, shared: "MovingWindowRateLimiter | None") -> None:
        self._own = own
        self._shared = shared
        self._alone_until = 0.0

    async def count(self, allowed: int, user: str) -> float | None:
        """None where the user may go on, else the seconds until then."""
        if self._shared is not None and time.monotonic() >= self._alone_until:
            from redis.exceptions import RedisError

            try:
                async with asyncio.timeout(WAIT_FOR_REDIS):
                    return await count_in(self._shared, allowed, user)
            except (RedisError, OSError) as error:
                self._alone_until = time.monotonic() + ALONE_FOR
                logger.warning("Each process counts requests for itself: Redis does not answer (%s)", error)
        return self._own.count(allowed, user)


async def count_in(limiter: "MovingWindowRateLimiter", allowed: int, user: str) -> float | None:
    from limits import RateLimitItemPerMinute

    item = RateLimitItemPerMinute(allowed)
    if await limiter.hit(item, "requests", user):
        return None
    window = await limiter.get_window_stats(item, "requests", user)
    return at_least_a_second(window.reset_time - time.time())


def at_least_a_second(seconds: float) -> float:
    return max(1.0, round(seconds, 1))


@cache
def counter() -> RequestCounter:
    """What counts in Redis is imported where there is one: it brings the clients of every store it knows."""
    if not settings.REDIS_URL:
        return RequestCounter(OwnCounter(), None)
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import MovingWindowRateLimiter

    storage = RedisStorage(f"async+{settings.REDIS_URL}", implementation="redispy")
    return RequestCounter(OwnCounter(), MovingWindowRateLimiter(storage))


async def count_request(user: str) -> None:
    """Raises RateLimitedError, with the seconds until the next may come."""
    wait = await counter().count(settings.REQUESTS_PER_MINUTE, user)
    if wait is not None:
        raise RateLimitedError(retry_after=wait)
