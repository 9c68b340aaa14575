"""Actions that are carried out whole. Django cancels a view whose client hangs up, and a message that is on
disk must not stand there without the answers that it asked for."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Done = TypeVar("Done")

_running: set[asyncio.Task[Any]] = set()


def run_to_completion(
    action: Callable[Given, Coroutine[Any, Any, Done]],
) -> Callable[Given, Coroutine[Any, Any, Done]]:
    """Decorates an action that, once begun, goes on to its end; only the waiting for it is cancelled."""

    @wraps(action)
    async def run_shielded(*args: Given.args, **kwargs: Given.kwargs) -> Done:
        task = asyncio.create_task(action(*args, **kwargs))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return await asyncio.shield(task)

    return run_shielded
