"""What is asked while the database is away for a moment, as in its restart, is done once it is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from chat.protocol.errors import DATABASE_AWAY, DatabaseAwayError
from conversations.errors import StorageAwayError

BACK_WITHIN = 10.0
"""Seconds in which a database that is away is waited for: as long as processes have to come back after a
restart of PostgreSQL."""
TRY_AGAIN = 0.5
"""Seconds between two tries."""

Done = TypeVar("Done")


async def try_until_back(
    action: Callable[[], Awaitable[Done]],
    *,
    may_try: Callable[[], bool] = lambda: True,
    is_whole: Callable[[Done], Any] = bool,
) -> Done:
    """What `action` gives. It may be carried out again, and does nothing twice, for as long as `may_try`
    holds. Raises what it raises, also where the database stays away; DatabaseAwayError where a try that was
    cut off left half of it, which the next leaves so."""
    deadline = asyncio.get_running_loop().time() + BACK_WITHIN
    away: Exception | None = None
    while True:
        try:
            done = await action()
        except (StorageAwayError, DatabaseAwayError, *DATABASE_AWAY) as error:
            away = error
            if not may_try() or asyncio.get_running_loop().time() >= deadline:
                raise
            await asyncio.sleep(TRY_AGAIN)
            continue
        if away is not None and not is_whole(done):
            raise DatabaseAwayError from away
        return done
