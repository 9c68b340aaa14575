"""How many requests a minute a user may make, on REST and WebSocket together."""

import time
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from chat.protocol.errors import RateLimitedError

if TYPE_CHECKING:
    from limits.aio.strategies import MovingWindowRateLimiter


@cache
def limiter() -> "MovingWindowRateLimiter":
    """Imported on first use: it brings the clients of every store that it knows."""
    from limits.aio.storage import MemoryStorage, RedisStorage, Storage
    from limits.aio.strategies import MovingWindowRateLimiter

    storage: Storage = (
        RedisStorage(f"async+{settings.REDIS_URL}", implementation="redispy")
        if settings.REDIS_URL
        else MemoryStorage()
    )
    return MovingWindowRateLimiter(storage)


async def count_request(user: str) -> None:
    """Raises RateLimitedError, with the seconds until the next may come."""
    from limits import RateLimitItemPerMinute

    allowed = RateLimitItemPerMinute(settings.REQUESTS_PER_MINUTE)
    if not await limiter().hit(allowed, "requests", user):
        window = await limiter().get_window_stats(allowed, "requests", user)
        raise RateLimitedError(retry_after=max(1.0, round(window.reset_time - time.time(), 1)))
