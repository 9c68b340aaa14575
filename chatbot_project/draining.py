"""How a server ends that was told to by SIGTERM: it says that it is not ready, sends its sockets elsewhere
(1012) and gives what it answers DRAIN_SECONDS. What has not ended by then becomes `interrupted`.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from chat.consumers import RESTARTING, close_sockets
from chat.engine import current_engine
from chat.engine.draining import draining, wait_for_answers

logger = logging.getLogger(__name__)

NOT_READ_YET = 0.2
LAST_REQUESTS = 2.0
"""Seconds."""


class OpenRequests:
    """Those that may wait for an answer: who is told it over HTTP shall be. Who only reads along goes
    elsewhere."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    async def follow(self, app: Any, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self._count += 1
        self._none.clear()
        try:
            await app(scope, receive, send)
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def wait_for_none(self) -> None:
        await self._none.wait()


open_requests = OpenRequests()


def counting_requests(app: Any) -> Any:
    async def door(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["method"] in ("GET", "HEAD"):
            await app(scope, receive, send)
        else:
            await open_requests.follow(app, scope, receive, send)

    return door


async def wait_for_last_requests() -> None:
    """Once nobody gets in any more: of those that had just come in some are not even read."""
    await asyncio.sleep(NOT_READ_YET)
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_REQUESTS):
            await open_requests.wait_for_none()


async def drain_answers(seconds: float) -> None:
    """Returns when nothing is answered any more, at the latest after so many seconds."""
    draining.has_begun = True
    await close_sockets(RESTARTING)
    engine = current_engine()
    if engine.answers:
        logger.info("Waiting up to %g s for %d answers to end", seconds, len(engine.answers))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wait_for_answers(engine)
            await open_requests.wait_for_none()
