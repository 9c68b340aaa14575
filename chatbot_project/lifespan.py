"""ASGI's lifespan, for servers that speak it (uvicorn): `serve` looks and refuses by itself."""

import asyncio
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core import checks

from chat.engine import lifespan as engine_lifespan
from conversations.errors import StoreError
from conversations.in_use import serving


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Does not start where `serve` refuses to: with a configuration that is wrong, or beside another server
    that would not hear of this one."""
    with ExitStack() as held:
        problem = await asyncio.to_thread(find_misconfiguration)
        try:
            held.enter_context(serving(settings.DATA_DIR, alone=not settings.REDIS_URL))
        except StoreError as error:
            problem = problem or str(error)
        if not problem:
            await engine_lifespan(scope, receive, send)
            return
    await receive()
    await send({"type": "lifespan.startup.failed", "message": problem})


def find_misconfiguration() -> str:
    """What is wrong, with what to do, a line each; empty where nothing is."""
    errors = [found for found in checks.run_checks() if found.is_serious()]
    return "\n".join(" ".join(filter(None, (error.msg, error.hint))) for error in errors)
