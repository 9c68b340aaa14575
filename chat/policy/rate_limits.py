"""How many requests a minute a user may make, on REST and WebSocket together, in all processes: Redis counts.
While it does not answer, each process counts for itself."""

import asyncio
import logging
import time
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from chat.protocol.errors import RateLimitedError
from core.repeated_messages import OnceAMinute

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

WAIT_FOR_REDIS = 1.0
"""Seconds."""
ALONE_FOR = 5.0
"""Seconds after which a Redis that did not answer is asked again: most requests must not wait for it."""


class RequestCounter:
    def __init__(self, own: "MovingWindowRateLimiter", shared: "MovingWindowRateLimiter | None") -> None:
        self._own = own
        self._shared = shared
        self._alone_until = 0.0

    async def count(self, allowed: "RateLimitItem", user: str) -> float | None:
        """None where the user may go on, else the seconds until then."""
        if self._shared is not None and time.monotonic() >= self._alone_until:
            from redis.exceptions import RedisError

            try:
                async with asyncio.timeout(WAIT_FOR_REDIS):
                    return await count_in(self._shared, allowed, user)
            except (RedisError, OSError) as error:
                self._alone_until = time.monotonic() + ALONE_FOR
                logger.warning("Each process counts requests for itself: Redis does not answer (%s)", error)
        return await count_in(self._own, allowed, user)


async def count_in(limiter: "MovingWindowRateLimiter", allowed: "RateLimitItem", user: str) -> float | None:
    if await limiter.hit(allowed, "requests", user):
        return None
    window = await limiter.get_window_stats(allowed, "requests", user)
    return max(1.0, round(window.reset_time - time.time(), 1))


@cache
def counter() -> RequestCounter:
    """Imported on first use: it brings the clients of every store that it knows."""
    from limits.aio.storage import MemoryStorage, RedisStorage
    from limits.aio.strategies import MovingWindowRateLimiter

    shared = None
    if settings.REDIS_URL:
        storage = RedisStorage(f"async+{settings.REDIS_URL}", implementation="redispy")
        shared = MovingWindowRateLimiter(storage)
    return RequestCounter(MovingWindowRateLimiter(MemoryStorage()), shared)


async def count_request(user: str) -> None:
    """Raises RateLimitedError, with the seconds until the next may come."""
    from limits import RateLimitItemPerMinute

    wait = await counter().count(RateLimitItemPerMinute(settings.REQUESTS_PER_MINUTE), user)
    if wait is not None:
        raise RateLimitedError(retry_after=wait)
