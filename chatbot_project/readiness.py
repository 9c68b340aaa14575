"""Whether this process can be given requests: its database, Redis and its store answer, and it is not about
to end. Each look is short, and there is one at a time however often it is asked."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import connection

from chat.engine.draining import draining
from core import disk

WITHIN = 2.0
"""Seconds in which each must answer."""


async def check_readiness() -> dict[str, Any]:
    """`status`: `ok`, `unavailable` or `draining`; `missing`: what does not answer."""
    if draining.has_begun:
        return {"status": "draining", "missing": []}
    missing = await _look.shared()
    return {"status": "unavailable", "missing": missing} if missing else {"status": "ok"}


async def look_at_database() -> None:
    await asyncio.to_thread(ask_database)


def ask_database() -> None:
    # A connection of its own: one that is there already may not know yet that its server is gone.
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        own.close()


async def look_at_redis() -> None:
    if settings.REDIS_URL:
        from redis.asyncio import Redis

        async with Redis.from_url(settings.REDIS_URL) as client:
            await client.ping()


async def look_at_store() -> None:
    await asyncio.to_thread(ask_store)


def ask_store() -> None:
    disk.make_folder(settings.DATA_DIR)
    if not os.access(settings.DATA_DIR, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError(settings.DATA_DIR)


class Look:
    """At all parts at once. Who asks while one is under way is told what that finds."""

    def __init__(self, parts: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._parts = parts
        self._running: asyncio.Task[list[str]] | None = None

    async def shared(self) -> list[str]:
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._find_missing())
        return await asyncio.shield(self._running)

    async def _find_missing(self) -> list[str]:
        found = await asyncio.gather(*(self._answers(look) for look in self._parts.values()))
        return [name for name, answers in zip(self._parts, found, strict=True) if not answers]

    async def _answers(self, look: Callable[[], Awaitable[None]]) -> bool:
        try:
            async with asyncio.timeout(WITHIN):
                await look()
        except Exception:  # noqa: BLE001 - whatever it is, it does not answer
            return False
        return True


_look = Look({"database": look_at_database, "redis": look_at_redis, "store": look_at_store})
