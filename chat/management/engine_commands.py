"""What the commands have in common that ask models."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from django.core.management.base import CommandError

from chat.engine import current_engine
from chat.protocol.errors import ChatError


def run_with_engine(work: Coroutine[Any, Any, str]) -> None:
    """Runs `work` and ends the engine that it used. `work` says in words what did not go well, or nothing.

    Raises CommandError with these words, with those of a ChatError, or where it is stopped by Ctrl+C.
    """
    try:
        problem = asyncio.run(_with_engine(work))
    except ChatError as error:
        raise CommandError(str(error.message)) from error
    except KeyboardInterrupt:
        raise CommandError("Stopped. What was answered is kept.", returncode=130) from None
    if problem:
        raise CommandError(problem)


async def _with_engine(work: Coroutine[Any, Any, str]) -> str:
    engine = current_engine()
    try:
        return await work
    finally:
        await engine.shutdown()
