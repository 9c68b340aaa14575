"""Time as a test wants it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def waiting_clock() -> Iterator[Callable[[], float]]:
    """The running loop's time begins at 0 and moves only when nothing else is left to do, straight to the
    next timer: what lasts an hour is over at once, and nothing is late on a busy machine. Only for tests
    without sockets and threads: the loop does not wait for them. Gives the time, in seconds."""
    loop: Any = asyncio.get_running_loop()
    now = 0.0
    look = loop._selector.select

    def select(timeout: float | None) -> Any:
        nonlocal now
        if timeout is None:
            return look(None)
        now += timeout
        return look(0)

    def time() -> float:
        return now

    with patch.object(loop._selector, "select", select), patch.object(loop, "time", time):
        yield time
