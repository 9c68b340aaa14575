"""What is asked while the database is away for a moment, as in its restart, is done once it is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from chat.protocol.errors import BACK_WITHIN, TRY_AGAIN, DatabaseAwayError, map_store_errors

Done = TypeVar("Done")


async def try_until_back(
    action: Callable[[], Awaitable[Done]], is_whole: Callable[[Done], Any] = bool
) -> Done:
    """What `action` gives, which may be carried out again and does nothing twice. Raises DatabaseAwayError
    where the database stays away, or a try that was cut off left half of it, which the next leaves so."""
    deadline = asyncio.get_running_loop().time() + BACK_WITHIN
    away: DatabaseAwayError | None = None
    while True:
        try:
            with map_store_errors():
                done = await action()
        except DatabaseAwayError as error:
            away = error
            if asyncio.get_running_loop().time() >= deadline:
                raise
            await asyncio.sleep(TRY_AGAIN)
            continue
        if away is not None and not is_whole(done):
            raise away
        return done
