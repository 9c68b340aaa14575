"""ASGI's lifespan, for servers that speak it (uvicorn): `serve` looks and refuses by itself."""

import asyncio
from typing import Any

from django.core import checks

from chat.engine import lifespan as engine_lifespan


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Does not start with a configuration that `serve` refuses."""
    if problem := await asyncio.to_thread(find_misconfiguration):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": problem})
        return
    await engine_lifespan(scope, receive, send)


def find_misconfiguration() -> str:
    """What is wrong, with what to do, a line each; empty where nothing is."""
    errors = [found for found in checks.run_checks() if found.is_serious()]
    return "\n".join(" ".join(filter(None, (error.msg, error.hint))) for error in errors)
