"""Tasks that live as long as the process: whatever goes wrong in one is logged, and it goes on."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

PAUSE = 1.0
"""Seconds after which work that broke off begins again."""


def keep_running(
    name: str, work: Callable[[], Coroutine[Any, Any, None]], *, expected: tuple[type[Exception], ...] = ()
) -> asyncio.Task[None]:
    """Only cancelling ends the task. Of what is `expected` to go wrong the log has no traceback."""
    return asyncio.create_task(_begin_again_and_again(name, work, expected), name=name)


async def _begin_again_and_again(
    name: str, work: Callable[[], Coroutine[Any, Any, None]], expected: tuple[type[Exception], ...]
) -> None:
    while True:
        try:
            await work()
        except expected as error:
            logger.warning(f"{name} broke off, and begins again: %s", error)  # noqa: G004 - one message a name
        except Exception:
            logger.exception(f"{name} broke off, and begins again")  # noqa: G004 - as above
        await asyncio.sleep(PAUSE)
