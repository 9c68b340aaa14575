"""What several who answer at one moment need: done once for all of them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class SharedWork(Generic[Result]):
    """Work that is done once, however many wait for it. A lane that is stopped takes nothing from the others;
    with the last one the work ends too, and whoever comes after that begins it anew. So does whoever comes
    after it failed: a database that was away for a moment is not away for the whole turn."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> None:
        self._work = work
        self._task: asyncio.Task[Result] | None = None
        self._waiting = 0

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    async def get(self) -> Result:
        if self._task is None or self._task.cancelling() or has_failed(self._task):
            self._task, self._waiting = asyncio.create_task(self._work()), 0
        task = self._task
        self._waiting += 1
        try:
            return await asyncio.shield(task)
        finally:
            if task is self._task:
                self._waiting -= 1
                if not self._waiting and not task.done():
                    task.cancel()


def has_failed(task: "asyncio.Future[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
